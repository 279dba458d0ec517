import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@moslora/checkpoint';
import { thumbnail } from '@moslora/images';
import type { Sample } from '@moslora/specs';

/** Small pictures of a validation's questions in a run's folder; validation.jsonl names them. */
export const picturesFolder = 'validation-pictures';

/** Longer side in pixels. */
const side = 320;

/** Writes a question's pictures, once, and gives their names relative to the run's folder. */
export async function keptPictures(folder: string, question: number, { images }: Sample): Promise<string[]> {
  mkdirSync(join(folder, picturesFolder), { recursive: true });
  const names: string[] = [];
  for (const [i, image] of images.entries()) {
    const name = `${picturesFolder}/${question + 1}-${i + 1}.webp`;
    if (!existsSync(join(folder, name))) writeFileAtomic(join(folder, name), await thumbnail(image, side));
    names.push(name);
  }
  return names;
}
