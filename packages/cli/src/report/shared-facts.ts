/** What the figures of one run on one benchmark rest on. */
export interface FactsOf {
  run: string;
  benchmark: string;
  facts: readonly (readonly [name: string, value: string])[];
}

/**
 * Facts of several runs and benchmarks as lines: what is equal in all of them once, what differs once for each value, with the runs or the
 * benchmarks that it is of behind the fact's name.
 */
export function sharedFacts(parts: readonly FactsOf[]): [string, string][] {
  const names = [...new Set(parts.flatMap(({ facts }) => facts.map(([name]) => name)))];
  return names.flatMap((name) => {
    const having = parts.flatMap((part) => {
      const value = part.facts.find(([fact]) => fact === name)?.[1];
      return value === undefined ? [] : [{ part, value }];
    });
    const values = [...new Set(having.map(({ value }) => value))];
    if (values.length === 1 && having.length === parts.length) return [[name, values[0]!] satisfies [string, string]];
    return values.map((value): [string, string] => {
      const whose = having.filter((each) => each.value === value).map(({ part }) => part);
      return [`${name}, ${calledBy(whose, parts)}`, value];
    });
  });
}

/** By runs alone where all of their benchmarks are meant, by benchmarks alone where all of their runs are, else by both. */
function calledBy(some: readonly FactsOf[], all: readonly FactsOf[]): string {
  for (const key of ['run', 'benchmark'] as const) {
    const names = new Set(some.map((part) => part[key]));
    if (all.filter((part) => names.has(part[key])).length === some.length) return [...names].join(', ');
  }
  return some.map(({ run, benchmark }) => `${run} ${benchmark}`).join(', ');
}
