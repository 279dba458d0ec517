import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '@moslora/checkpoint';
import { describe, expect, it } from 'vitest';
import { quantizeNf4 } from '../nf4-tensor';
import { verifyNf4File } from './verify-nf4-file';

const path = join(mkdtempSync(join(tmpdir(), 'verify-nf4-')), 'nf4.safetensors');
const x = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i * i));

describe('verifyNf4File', () => {
  it('says which tensor differs and by how much', () => {
    const { packed, absmax } = quantizeNf4(x, { double: false });
    const wrong = (absmax as Float32Array).slice();
    wrong[1]! += 0.25;
    writeSafetensors(path, [
      { name: 'a.input', dtype: 'F32', shape: [100], data: x },
      { name: 'a.single.packed', dtype: 'U8', shape: [50], data: packed },
      { name: 'a.single.absmax', dtype: 'F32', shape: [2], data: wrong },
    ]);
    const { agrees, tensors } = verifyNf4File(path);
    expect(agrees).toBe(false);
    expect(tensors.find(({ check }) => check === 'single.packed')).toEqual({
      name: 'a',
      check: 'single.packed',
      equal: true,
      maxAbs: 0,
    });
    const difference = tensors.find(({ check }) => check === 'single.absmax')!;
    expect(difference.equal).toBe(false);
    expect(difference.maxAbs).toBeCloseTo(0.25, 6);
  });

  it('refuses a file without cases', () => {
    writeSafetensors(path, [{ name: 'weight', dtype: 'F32', shape: [100], data: x }]);
    expect(() => verifyNf4File(path)).toThrow('The file holds nothing to verify');
  });

  it('refuses a part it does not know, naming those it does', () => {
    writeSafetensors(path, [
      { name: 'a.input', dtype: 'F32', shape: [100], data: x },
      { name: 'a.double.mean', dtype: 'F32', shape: [100], data: x },
    ]);
    expect(() => verifyNf4File(path)).toThrow(
      /`a.double.mean` is not a result[^]*packed, absmax, dequantized, absmax_u8/,
    );
  });
});
