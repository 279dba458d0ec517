import type { Job, SeenPicture } from './job';

/** The distinct pictures of jobs, and which of them each slot of their prompts shows, in reading order. */
export function picturesOf(jobs: readonly Pick<Job, 'pictures'>[]): { distinct: SeenPicture[]; shown: number[] } {
  const all = jobs.flatMap(({ pictures }) => pictures);
  const byKey = new Map(all.map((picture) => [picture.key, picture]));
  const places = new Map([...byKey.keys()].map((key, place) => [key, place]));
  return { distinct: [...byKey.values()], shown: all.map(({ key }) => places.get(key)!) };
}
