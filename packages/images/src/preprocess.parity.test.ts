import { join } from 'node:path';
import { SafetensorsFile } from '@moslora/checkpoint';
import { describeShared, sharedPath } from '@moslora/testing';
import { expect, it } from 'vitest';
import { clipProcessor, preprocess } from './index';

describeShared('preprocess against PIL and CLIP', () => {
  it('agrees to float32 rounding: the bytes before normalisation are equal', async () => {
    const folder = sharedPath('golden', 'images')!;
    const golden = SafetensorsFile.open(join(folder, 'pixel_values.safetensors'));
    const names = golden.names();
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      const [, picture, kind, size] = /^(\d+)\.(padded|cropped)_(\d+)$/.exec(name)!;
      const processor = {
        ...clipProcessor(Number(size)),
        fit: kind === 'padded' ? ('pad' as const) : ('crop' as const),
      };
      const ours = await preprocess({ path: join(folder, `${picture}.jpg`) }, processor);
      const theirs = golden.float32(name);
      expect(ours.length).toBe(theirs.length);
      const largest = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
      // One step of a byte is 1 / 255 / std = 0.014; this is rounding alone.
      expect([name, largest < 1e-6]).toEqual([name, true]);
    }
    golden.close();
  });
});
