import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile, withoutPrefix, writeSafetensors, type Dtype, type WeightSource } from '@moslora/checkpoint';
import { embedding } from '@moslora/kernels';
import { Rng, startBackend, tf } from '@moslora/runtime';
import { expectNoLeak, maxAbsDiff } from '@moslora/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { nf4ToEntries } from '../bitsandbytes/write';
import { dequantizeNf4, quantizeNf4 } from '../nf4-tensor';
import { frozenTensor } from './frozen-tensor';
import { linearFromSource } from './linear-from-source';

beforeAll(async () => {
  await startBackend();
});

const rng = new Rng(2, 'linear from source');
const path = join(mkdtempSync(join(tmpdir(), 'linear-')), 'model.safetensors');

/** Every tensor stands under `p.`, so that it is read through a view with other names, too. */
function stored(entries: Parameters<typeof writeSafetensors>[1]): WeightSource {
  writeSafetensors(
    path,
    [...entries].map((entry) => ({ ...entry, name: `p.${entry.name}` })),
  );
  return withoutPrefix(SafetensorsFile.open(path), 'p.');
}

describe('linearFromSource', () => {
  it.each([
    [true, [300, 512]],
    [false, [300, 512]],
    [true, [37, 31]],
    [false, [7, 9]],
  ] as const)('reads 4-bit weights into place, double: %s, shape %s', async (double, [out, width]) => {
    const tensor = quantizeNf4(rng.normalArray(out * width, 0, 0.1), { double, shape: [out, width] });
    const bias = rng.normalArray(out);
    const source = stored([
      ...nf4ToEntries('fc.weight', tensor),
      { name: 'fc.bias', dtype: 'F32', shape: [out], data: bias },
    ]);
    const x = tf.tensor2d(rng.normalArray(3 * width), [3, width]);
    const expected = tf.add(tf.matMul(x, tf.tensor2d(dequantizeNf4(tensor), [out, width]), false, true), bias);
    for (const residency of ['packed', 'dequantized'] as const) {
      const linear = linearFromSource(source, 'fc', { residency });
      expect(maxAbsDiff(linear.apply(x), expected)).toBeLessThan(1e-5);
      expect('quantized' in linear && (linear.quantized as () => unknown)()).toEqual(tensor);
      linear.dispose();
    }
    await expectNoLeak(() => {
      const linear = linearFromSource(source, 'fc');
      linear.apply(x).dispose();
      linear.dispose();
    });
    source.close();
  });

  it.each(['BF16', 'F16', 'F32'] as Dtype[])('reads dense weights and tables in %s', async (dtype) => {
    const source = stored([{ name: 'fc.weight', dtype, shape: [80, 64], data: rng.normalArray(80 * 64) }]);
    const values = tf.tensor2d(source.float32('fc.weight'), [80, 64]);
    const x = tf.tensor2d(rng.normalArray(3 * 64), [3, 64]);
    const ids = tf.tensor1d([5, 79, 5], 'int32');
    await expectNoLeak(() => {
      const linear = linearFromSource(source, 'fc');
      const table = frozenTensor(source, 'fc.weight') as tf.Tensor2D;
      tf.tidy(() => {
        expect(maxAbsDiff(linear.apply(x), tf.matMul(x, values, false, true))).toBeLessThan(1e-4);
        expect([...embedding(table, ids).dataSync()]).toEqual([...tf.gather(values, ids).dataSync()]);
      });
      linear.dispose();
      table.dispose();
    });
    expect(() => linearFromSource(source, 'other')).toThrow('no tensor `other.weight`');
    source.close();
  });

  it('refuses what is no matrix', () => {
    const source = stored([{ name: 'fc.weight', dtype: 'BF16', shape: [2, 2, 2], data: new Float32Array(8) }]);
    expect(() => linearFromSource(source, 'fc')).toThrow(
      /is not the weight of a linear layer[^]*got {6}shape \(2, 2, 2\)/,
    );
  });

  it('takes no state that is longer than one', () => {
    const tensor = quantizeNf4(rng.normalArray(64), { double: false, shape: [8, 8] });
    const entries = nf4ToEntries('fc.weight', tensor).map((entry) =>
      entry.name.includes('quant_state') ? { ...entry, shape: [70_000], data: new Uint8Array(70_000) } : entry,
    );
    expect(() => linearFromSource(stored(entries), 'fc')).toThrow(/no quantisation state\n.*\n {2}got {6}70000 bytes/);
  });
});
