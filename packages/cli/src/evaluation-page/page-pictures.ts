import { thumbnail } from '@moslora/images';
import { UserError, type ImageRef } from '@moslora/specs';
import { benchmarkNames, type PageRun } from './collect-page';
import { questionSource } from './question-source';
import type { PageData } from '@moslora/page';

/** A picture of the page and the questions that are about it. */
interface Wanted {
  image: () => ImageRef | undefined;
  questions: PageData['questions'];
}

/** Above so many pictures they are made smaller, so that the page stays below 100 MB at 7,000. */
const MANY = 2500;

/**
 * Small pictures for the questions of a page, as WebP in base64; sets each question's `picture` to its place. Questions whose pictures are
 * not there, or cannot be read, have none.
 */
export async function pagePictures(
  runs: readonly PageRun[],
  data: PageData,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<string[]> {
  const wanted = new Map<string, Wanted>();
  for (const [place, name] of benchmarkNames(runs).entries()) {
    const { matter } = await questionSource(runs, name);
    for (const question of data.questions) {
      if (question.benchmark !== place) continue;
      const found = matter(question.key);
      if (!found) continue;
      const known = wanted.get(found.id);
      if (known) known.questions.push(question);
      else wanted.set(found.id, { image: found.image, questions: [question] });
    }
  }
  const side = wanted.size > MANY ? 200 : 320;
  const pictures: string[] = [];
  let done = 0;
  for (const { image, questions } of wanted.values()) {
    const small = await smallPicture(image, side);
    onProgress((done += 1), wanted.size);
    if (small === undefined) continue;
    for (const question of questions) question.picture = pictures.length;
    pictures.push(small);
  }
  return pictures;
}

async function smallPicture(image: () => ImageRef | undefined, side: number): Promise<string | undefined> {
  try {
    const found = image();
    return found && (await thumbnail(found, side)).toString('base64');
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
