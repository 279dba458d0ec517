import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile, writeSafetensors } from '@moslora/checkpoint';
import { dequantizeNf4, nf4ToEntries, quantizeNf4 } from '@moslora/quantized-base';
import { expect, it } from 'vitest';
import { denseView } from './dense-view';

it('shows 4-bit weights as dense ones among those that are', () => {
  const dir = mkdtempSync(join(tmpdir(), 'moslora-dense-'));
  try {
    const path = join(dir, 'model.safetensors');
    const values = Float32Array.from({ length: 6 * 32 }, (_, i) => Math.sin(i));
    const quantized = quantizeNf4(values, { double: true, shape: [6, 32] });
    const plain = { name: 'norm.weight', dtype: 'F32' as const, shape: [2], data: Float32Array.of(1, 2) };
    writeSafetensors(path, [...nf4ToEntries('fc.weight', quantized), plain]);
    const file = SafetensorsFile.open(path);
    const view = denseView(file);
    expect(view.names().sort()).toEqual(['fc.weight', 'norm.weight']);
    expect(view.info('fc.weight').shape).toEqual([6, 32]);
    expect(view.float32('fc.weight')).toEqual(dequantizeNf4(quantized));
    expect(new Float32Array(view.bytes('fc.weight').buffer)).toEqual(dequantizeNf4(quantized));
    expect(view.float32('norm.weight')).toEqual(plain.data);
    file.close();
  } finally {
    rmSync(dir, { recursive: true });
  }
});
