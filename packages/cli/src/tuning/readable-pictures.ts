import { CheckPool } from '../validate-data/check-pool';
import type { EncodedSample } from './encode-samples';
import { pictureKey } from './feature-store';
import { reasonOf, type Skipped } from './skipped';

/** The samples whose pictures can all be decoded, which worker threads try; the others are noted. */
export async function withReadablePictures(
  parts: readonly (readonly EncodedSample[])[],
  skipped: Skipped[],
): Promise<EncodedSample[][]> {
  const pictures = parts.flat().flatMap(({ sample: { id, images } }) => images.map((image) => ({ image, sample: id })));
  if (pictures.length === 0) return parts.map((part) => [...part]);
  const pool = new CheckPool({ setup: undefined });
  try {
    const checked = await pool.pictures(pictures);
    return parts.map((part) =>
      part.filter(({ sample: { id, images } }) => {
        const broken = [...new Set(images.map(pictureKey))].flatMap((key) => {
          const found = checked.get(key)!;
          return 'problems' in found ? found.problems.map((problem) => ({ ...problem, got: problem.got ?? key })) : [];
        });
        if (broken.length > 0) skipped.push({ id, reason: reasonOf(broken) });
        return broken.length === 0;
      }),
    );
  } finally {
    await pool.close();
  }
}
