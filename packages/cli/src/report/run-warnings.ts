import type { ReportRun } from './report-data';

/** Facts that runs may well differ in. */
const OWN = new Set(['model (SHA-256)', 'moslora']);

/**
 * What to be wary of before runs are compared, in sentences: what each was warned of itself, and facts that differ between runs on one
 * benchmark. Controls are left out: they differ on purpose.
 */
export function runWarnings(runs: readonly ReportRun[]): string[] {
  const held = runs.filter(({ role }) => role !== 'control');
  const own = held.flatMap(({ label, warnings }) =>
    Object.entries(warnings).flatMap(([benchmark, each]) =>
      each.map((warning) => `${label}, ${benchmark}: ${warning}`),
    ),
  );
  const benchmarks = [...new Set(held.flatMap(({ facts }) => Object.keys(facts)))];
  return [...own, ...benchmarks.flatMap((benchmark) => differing(held, benchmark))];
}

function differing(runs: readonly ReportRun[], benchmark: string): string[] {
  const there = runs.flatMap(({ label, facts }) => (facts[benchmark] ? [{ label, facts: facts[benchmark] }] : []));
  const names = [...new Set(there.flatMap(({ facts }) => Object.keys(facts)))].filter((name) => !OWN.has(name));
  return names.flatMap((name) => {
    const values = there.map(({ facts }) => facts[name]);
    if (values.every((value) => value === values[0])) return [];
    const said = there.map(({ label }, i) => `${values[i] ?? 'not known'} (${label})`);
    return [`${benchmark}: ${name} differs: ${said.join(', ')}`];
  });
}
