import { didYouMean, fail, listNames, type Benchmark } from '@moslora/specs';
import { knownDatasets } from '../stages/dataset-package';
import { root } from '../stages/paths';
import { packageEntry } from '../stages/source-closure';

/** A benchmark and the dataset package that it is from. */
export interface KnownBenchmark {
  benchmark: Benchmark;
  dataset: string;
}

/** The benchmarks of every package under datasets/, by package, in the packages' own order. */
export async function allBenchmarks(): Promise<KnownBenchmark[]> {
  const packages = await Promise.all(
    knownDatasets().map(async (dataset) => {
      const entry = packageEntry(root, `@moslora/dataset-${dataset}`);
      const { benchmarks = [] } = (await import(entry)) as { benchmarks?: readonly Benchmark[] };
      return benchmarks.map((benchmark) => ({ benchmark, dataset }));
    }),
  );
  return packages.flat();
}

/** The benchmark of this name, in large letters or small. @throws UserError that lists the known ones */
export async function benchmarkByName(name: string, where: string): Promise<KnownBenchmark> {
  const all = await allBenchmarks();
  const names = all.map(({ benchmark }) => benchmark.name);
  return (
    all.find(({ benchmark }) => benchmark.name === name.toLowerCase()) ??
    fail({
      what: `unknown benchmark \`${name}\``,
      where,
      got: name,
      expected: `one of ${listNames(names)}`,
      fix: didYouMean(name, names) ?? "give the path of a table in MMBench's format, such as ./my.tsv",
    })
  );
}
