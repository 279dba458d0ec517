import type { NamedPicture } from '@moslora/images';
import type { Reporter } from '../progress/reporter';
import { FeatureStore, pictureKey, type FeatureStoreOptions } from './feature-store';

/** Lets the tower see every distinct picture once, with a bar that counts them. @throws UserError listing what could not be read */
export async function seePictures(
  pictures: readonly NamedPicture[],
  { label, reporter, ...options }: FeatureStoreOptions & { label: string; reporter: Reporter },
): Promise<FeatureStore> {
  const bar = reporter.bar({
    label,
    total: new Set(pictures.map(({ image }) => pictureKey(image))).size,
    unit: 'picture',
  });
  const store = await FeatureStore.compute(pictures, { ...options, onProgress: (done) => bar.update(done) });
  bar.end();
  return store;
}
