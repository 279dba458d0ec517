import { thumbnail } from '@moslora/images';
import { UserError, type ImageRef } from '@moslora/specs';
import { benchmarkNames, type PageRun } from './collect-page';
import { lostPictureWarnings } from './lost-pictures';
import { questionSource } from './question-source';
import type { PageData } from '@moslora/page';

/** A picture of the page and the questions that are about it. */
interface Wanted {
  image: () => ImageRef | undefined;
  questions: PageData['questions'];
}

/** Who is told while pictures are made smaller. */
export interface PictureReports {
  onProgress?: ((done: number, total: number) => void) | undefined;
  log?: ((line: string) => void) | undefined;
}

/** Above so many pictures they are made smaller, so that the page stays below 100 MB at 7,000. */
const MANY = 2500;

/**
 * Small pictures for the questions of a page, as WebP in base64; sets each question's `picture` to its place. Questions whose pictures are
 * gone, or cannot be read, have none and are marked as such.
 * @param log told of them, and why
 */
export async function pagePictures(
  runs: readonly PageRun[],
  data: PageData,
  { onProgress, log }: PictureReports = {},
): Promise<string[]> {
  const wanted = new Map<string, Wanted>();
  const reasons = new Map<string, string>();
  const names = benchmarkNames(runs);
  for (const [place, name] of names.entries()) {
    const { matter, isGone, missing } = await questionSource(runs, name);
    if (missing !== undefined) reasons.set(name, missing);
    for (const question of data.questions) {
      if (question.benchmark !== place) continue;
      if (isGone(question.key)) {
        question.pictureLost = true;
        continue;
      }
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
    onProgress?.((done += 1), wanted.size);
    if (small === undefined) continue;
    if (small instanceof UserError) {
      for (const question of questions) {
        question.pictureLost = true;
        const name = names[question.benchmark]!;
        if (!reasons.has(name)) reasons.set(name, oneLine(small));
      }
      continue;
    }
    for (const question of questions) question.picture = pictures.length;
    pictures.push(small);
  }
  for (const warning of lostPictureWarnings(data, reasons)) log?.(warning);
  return pictures;
}

/** Undefined where a question has no picture; the error where it has one that cannot be read. */
async function smallPicture(image: () => ImageRef | undefined, side: number): Promise<string | UserError | undefined> {
  try {
    const found = image();
    return found && (await thumbnail(found, side)).toString('base64');
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** What is wrong, and where. */
const oneLine = ({ problems }: UserError): string =>
  problems.map(({ what, where }) => [what, ...(where === undefined ? [] : [where])].join(': ')).join('; ');
