import { createHash } from 'node:crypto';
import { loadImage, type NamedPicture } from '@moslora/images';
import { UserError, type Sample } from '@moslora/specs';
import { collate, widenedLength } from '@moslora/tokenization';
import { encodeSample } from '../tuning/encode-samples';
import type { PrepareOptions } from '../tuning/prepare-samples';
import type { CheckedPicture, CheckedSample } from './check-request';

/** Cuts a sample into tokens as training does, and says what is wrong with it. */
export function checkSample(sample: Sample, options: Omit<PrepareOptions, 'policy'>): CheckedSample {
  const text = textHash(sample);
  try {
    const { encoded } = encodeSample(sample, options);
    const length = widenedLength(encoded, options.patchesPerSlot);
    const { dropped } = collate([encoded], { ...options, padId: 0 });
    const problems = dropped.map(({ reason }) => ({
      what: 'the sample is too long to train on',
      where: `sample ${sample.id}`,
      got: reason,
      fix: `raise train.maxLength (now ${options.maxLength}), or shorten the sample`,
    }));
    return { problems, length, text };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { problems: [...error.problems], length: undefined, text };
  }
}

/** SHA-256 of roles and texts, spaces that differ in number aside. */
function textHash({ turns }: Sample): string {
  const hash = createHash('sha256');
  for (const { role, text } of turns) hash.update(`${role}\0${text.replace(/\s+/g, ' ').trim()}\0`);
  return hash.digest('hex');
}

/** Decodes a picture as training does. Its hash is of its size and pixels, so that the same picture in another file is found. */
export async function checkPicture({ image, sample }: NamedPicture): Promise<CheckedPicture> {
  try {
    const { width, height, data } = await loadImage(image, { sample });
    return { hash: createHash('sha256').update(`${width} ${height}\0`).update(data).digest('hex') };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { problems: error.problems };
  }
}
