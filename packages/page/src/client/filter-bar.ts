import { outcomes, type Filter, type FilterChoices, type Outcome } from '../questions/filter';
import { choice, element } from './elements';

const PAUSE_MS = 120;

/** What chooses among questions: a row of selects, of which those without a choice are left out, and words. */
export class FilterBar {
  readonly node: HTMLElement;
  private readonly selects: Record<'benchmark' | 'ability' | 'leaf' | 'outcome' | 'run', HTMLSelectElement>;
  private readonly text = element('input', {
    type: 'search',
    placeholder: 'words in question, options or answers',
    'aria-label': 'Words',
  });

  constructor({ runs, benchmarks, abilities, leaves }: FilterChoices, onChange: () => void) {
    const places = (names: readonly string[]): [string, string][] => names.map((name, i) => [String(i), name]);
    const tags = (names: readonly string[]): [string, string][] =>
      names.map((name) => [name, name.replaceAll('_', ' ')]);
    this.selects = {
      benchmark: choice('Benchmark', [['', 'all benchmarks'], ...places(benchmarks.map(({ title }) => title))]),
      ability: choice('Ability', [['', 'all abilities'], ...tags(abilities)]),
      leaf: choice('Leaf category', [['', 'all leaves'], ...tags(leaves)]),
      outcome: choice('Outcome', Object.entries(outcomes)),
      run: choice('Run', places(runs)),
    };
    let waiting: ReturnType<typeof setTimeout> | undefined;
    for (const select of Object.values(this.selects)) select.addEventListener('change', onChange);
    this.text.addEventListener('input', () => {
      clearTimeout(waiting);
      waiting = setTimeout(onChange, PAUSE_MS);
    });
    const { benchmark, ability, leaf, outcome, run } = this.selects;
    const useful = [
      ...[benchmark, ability, leaf].filter(({ options }) => options.length > 2),
      ...[outcome, ...(runs.length > 1 ? [run] : [])],
    ];
    this.node = element('div', { class: 'filters' }, ...useful, this.text);
  }

  get filter(): Filter {
    const { benchmark, ability, leaf, outcome, run } = this.selects;
    return {
      ...{ benchmark: benchmark.value, ability: ability.value, leaf: leaf.value },
      ...{ outcome: outcome.value as Outcome, run: Number(run.value), text: this.text.value },
    };
  }
}
