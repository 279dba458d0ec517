import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renamed, WeightFolder } from '@moslora/checkpoint';
import type { Decoder } from '@moslora/decoder';
import { Nf4Linear, quantizeFolder } from '@moslora/quantized-base';
import { liveRawCount, startBackend, tf } from '@moslora/runtime';
import { maxAbsDiff } from '@moslora/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { denseView } from '../dense-view';
import { loadDecoderFolder } from '../load-folder';

const packages = join(import.meta.dirname, '../../..');
/** The tiny checkpoints that families keep beside their source. */
const folders = readdirSync(packages)
  .filter((name) => name.startsWith('model-') && readdirSync(join(packages, name)).includes('fixtures'))
  .flatMap((name) =>
    readdirSync(join(packages, name, 'fixtures')).map((case_) => join(packages, name, 'fixtures', case_)),
  );

describe('on an NF4 base', () => {
  const out = mkdtempSync(join(tmpdir(), 'moslora-nf4-'));
  beforeAll(() => startBackend());
  afterAll(() => rmSync(out, { recursive: true }));

  function logits(decoder: Decoder): Float32Array {
    const values = tf.tidy(() => {
      const hidden = decoder.forward(decoder.embed(tf.tensor2d([[3, 1, 4, 1, 5, 9, 2, 6]], undefined, 'int32')));
      return decoder.logits(tf.reshape(hidden, [8, -1])).dataSync<'float32'>();
    });
    decoder.dispose();
    return values;
  }

  it('keeps nothing of a decoder of which a part turns out to be missing', async () => {
    const source = WeightFolder.open(folders[0]!);
    const config = JSON.parse(readFileSync(join(folders[0]!, 'config.json'), 'utf8')) as Record<string, unknown>;
    const dir = join(out, 'incomplete');
    await quantizeFolder(source, config, dir, { dtype: 'float32' });
    source.close();
    const written = WeightFolder.open(dir);
    const last = written.names().findLast((name) => name.endsWith('.absmax'))!;
    const incomplete = renamed(written, (name) => (name === last ? undefined : name));
    const before = [tf.memory().numTensors, liveRawCount()];
    await expect(loadDecoderFolder(dir, { source: incomplete })).rejects.toThrow(
      /A part of the 4-bit weight .* is missing/,
    );
    expect([tf.memory().numTensors, liveRawCount()]).toEqual(before);
    written.close();
  });

  it.each(folders.map((folder) => [folder.split('/').slice(-1)[0]!, folder]))(
    '%s computes what its dequantised weights do',
    async (name, folder) => {
      const source = WeightFolder.open(folder);
      const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
      const dir = join(out, name);
      await quantizeFolder(source, config, dir, { dtype: 'float32' });
      source.close();
      const four = await loadDecoderFolder(dir);
      const inFour = four.slots().filter((slot) => slot.get() instanceof Nf4Linear);
      expect(inFour.map((slot) => slot.name)).toEqual(
        four
          .slots()
          .map((slot) => slot.name)
          .filter((path) => path.includes('.layers.')),
      );
      const written = WeightFolder.open(dir);
      const dense = await loadDecoderFolder(dir, { source: renamed(denseView(written), (path) => path) });
      written.close();
      const ours = logits(four);
      expect(maxAbsDiff(ours, logits(dense))).toBeLessThan(1e-4);
      expect(maxAbsDiff(ours, logits(await loadDecoderFolder(folder)))).toBeGreaterThan(1e-2);
    },
  );
});
