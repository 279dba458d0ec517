import { provenanceFacts } from '../evaluate/result-lines';
import { escape } from '../report/markup';
import { benchmarkNames, type PageRun } from './collect-page';

/** What every run's figures rest on, per benchmark: facts that differ between runs are marked. */
export function provenanceTables(runs: readonly PageRun[]): string {
  return benchmarkNames(runs)
    .map((benchmark) => provenanceTable(runs, benchmark))
    .join('');
}

/** Facts that runs may well differ in. */
const OWN = new Set(['model', 'moslora']);

function provenanceTable(runs: readonly PageRun[], benchmark: string): string {
  const there = runs.flatMap(({ label, results }) => {
    const result = results.get(benchmark);
    return result ? [{ label, result, facts: new Map(provenanceFacts(result.provenance)) }] : [];
  });
  const names = [...new Set(there.flatMap(({ facts }) => [...facts.keys()]))];
  const lines = names.map((name) => {
    const values = there.map(({ facts }) => facts.get(name) ?? '–');
    const differs = !OWN.has(name) && values.some((value) => value !== values[0]);
    const cells = values.map((value) => `<td>${escape(value)}</td>`).join('');
    return `<tr${differs ? ' class="differs"' : ''}><td>${escape(name)}${differs ? ' ⚠ differs' : ''}</td>${cells}</tr>`;
  });
  const counts = there.map(({ result: { questions, rows, undecided, judged, failed } }) => {
    const parts = [
      `${questions} questions, ${rows} rows`,
      `${undecided} undecided`,
      `${judged} judged`,
      `${failed.length} failed`,
    ];
    return `<td>${parts.join('; ')}</td>`;
  });
  const head = there.map(({ label }) => `<th>${escape(label)}</th>`).join('');
  return (
    `<h3>${escape(there[0]?.result.title ?? benchmark)}</h3><div class="scroll"><table class="facts"><thead><tr><th></th>${head}</tr></thead>` +
    `<tbody><tr><td>asked</td>${counts.join('')}</tr>${lines.join('')}</tbody></table></div>`
  );
}

/** What to be wary of, in sentences, each named by run and benchmark. */
export function warningsOf(runs: readonly PageRun[]): string[] {
  const found = runs.flatMap(({ label, results }) =>
    [...results.values()].flatMap(({ benchmark, warnings, failed, undecided, rows, orphans }) => [
      ...warnings.map((warning) => ({ about: `${label}, ${benchmark}`, warning })),
      ...(failed.length > 0
        ? [
            {
              about: `${label}, ${benchmark}`,
              warning: `${failed.length} of ${rows} rows could not be asked; they count as misses`,
            },
          ]
        : []),
      ...(undecided > rows / 10
        ? [
            {
              about: `${label}, ${benchmark}`,
              warning: `${undecided} of ${rows} answers could not be read; they count as misses`,
            },
          ]
        : []),
      ...(orphans.length > 0
        ? [
            {
              about: `${label}, ${benchmark}`,
              warning: `${orphans.length} rotations without their question were not scored`,
            },
          ]
        : []),
    ]),
  );
  const byWarning = new Map<string, string[]>();
  for (const { about, warning } of found) byWarning.set(warning, [...(byWarning.get(warning) ?? []), about]);
  return [...byWarning].map(([warning, about]) => `${about.join('; ')}: ${warning}`);
}
