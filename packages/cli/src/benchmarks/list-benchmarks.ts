import { scorers } from '@moslora/evaluation';
import { allBenchmarks } from './all-benchmarks';
import { benchmarkPlaces, filesIn } from './benchmark-places';

/** What `moslora benchmarks` says of a benchmark. */
export interface ListedBenchmark {
  name: string;
  title: string;
  dataset: string;
  licence: string;
  scored: string;
  judge: 'optional' | 'required' | 'unused';
  /** Where its files are; absent where they are not. */
  files?: string[];
}

export async function listBenchmarks(): Promise<ListedBenchmark[]> {
  const places = benchmarkPlaces();
  const all = await allBenchmarks();
  return all.map(({ benchmark, dataset }) => {
    const { says, judge } = scorers[benchmark.scorer];
    const files = places.map((place) => filesIn(place, benchmark)).find((paths) => paths !== undefined);
    const { name, title, licence } = benchmark;
    return { name, title, dataset, licence, scored: says, judge, ...(files && { files }) };
  });
}
