import type { PageData, PageQuestion } from '../page-data';
import { choice, element } from '@moslora/page/client';
import { filtered, meanOf, outcomes, type Filter, type Outcome } from './filter';
import { questionDetail } from './question-detail';
import { QuestionList } from './question-list';

const data = JSON.parse(document.getElementById('data')!.textContent!) as PageData;
const { runs, benchmarks, questions } = data;

/** A picture as a data: URI, made when it is shown. */
const picture = (index: number): string | undefined => {
  const base64 = document.getElementById(`p${index}`)?.textContent;
  return base64 ? `data:image/webp;base64,${base64}` : undefined;
};

/** The values that a tag has, `all` first. */
function tagChoice(label: string, tag: 'ability' | 'leaf', all: string): HTMLSelectElement {
  const values = [...new Set(questions.map((question) => question[tag]).filter((value) => value !== undefined))].sort();
  return choice(label, [['', all], ...values.map((value): [string, string] => [value, value.replaceAll('_', ' ')])]);
}

const selects = {
  benchmark: choice('Benchmark', [
    ['', 'all benchmarks'],
    ...benchmarks.map(({ title }, i): [string, string] => [String(i), title]),
  ]),
  ability: tagChoice('Ability', 'ability', 'all abilities'),
  leaf: tagChoice('Leaf category', 'leaf', 'all leaves'),
  outcome: choice('Outcome', Object.entries(outcomes)),
  run: choice(
    'Run',
    runs.map((label, i): [string, string] => [String(i), label]),
  ),
};
const text = element('input', {
  type: 'search',
  placeholder: 'words in question, options or answers',
  'aria-label': 'Words',
});
const count = element('p', { class: 'count', role: 'status' });
const detail = element('div', { class: 'detail' });

const list = new QuestionList((question?: PageQuestion) =>
  detail.replaceChildren(question ? questionDetail(question, data, picture) : 'No question is left by these filters.'),
);

function refresh(): void {
  const filter: Filter = {
    benchmark: selects.benchmark.value,
    ability: selects.ability.value,
    leaf: selects.leaf.value,
    outcome: selects.outcome.value as Outcome,
    run: Number(selects.run.value),
    text: text.value,
  };
  const shown = filtered(data, filter);
  const means = runs.flatMap((label, run) => {
    const { mean, count: asked } = meanOf(shown, run);
    return asked === 0 ? [] : [`${label} ${(100 * mean).toFixed(1)} %`];
  });
  count.textContent = `${shown.length} of ${questions.length} questions${means.length > 0 ? `: ${means.join(', ')}` : ''}`;
  list.show(shown);
}

for (const select of Object.values(selects)) select.addEventListener('change', refresh);
let waiting: ReturnType<typeof setTimeout> | undefined;
text.addEventListener('input', () => {
  clearTimeout(waiting);
  waiting = setTimeout(refresh, 120);
});

const useful = Object.entries(selects).filter(
  ([name, select]) => select.options.length > (name === 'outcome' ? 0 : name === 'run' ? 1 : 2),
);
document
  .getElementById('questions')!
  .replaceChildren(
    element('div', { class: 'filters' }, ...useful.map(([, select]) => select), text),
    count,
    element('div', { class: 'browser' }, list.node, detail),
  );
refresh();
