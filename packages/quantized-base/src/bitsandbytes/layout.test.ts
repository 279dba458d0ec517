import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile, writeSafetensors, type TensorToWrite } from '@moslora/checkpoint';
import { Rng } from '@moslora/runtime';
import { describe, expect, it } from 'vitest';
import { absmaxOf, quantizeNf4 } from '../nf4-tensor';
import { quantizationConfig, quantizationOf } from './quantization-config';
import { formatQuantState, longestQuantState, parseQuantState, pythonFloat } from './quant-state';
import { nf4FromSource } from './read';
import { nf4ToEntries } from './write';

const path = join(mkdtempSync(join(tmpdir(), 'nf4-layout-')), 'model.safetensors');
const x = Float32Array.from({ length: 24 * 100 }, (_, i) => Math.sin(i * 0.7) * (1 + (i % 13)));
const name = 'model.layers.0.mlp.up_proj.weight';

function stored(entries: TensorToWrite[]): SafetensorsFile {
  writeSafetensors(path, entries);
  return SafetensorsFile.open(path);
}

describe('the bitsandbytes layout', () => {
  it.each([true, false])('gives back what was written, double quantisation: %s', (double) => {
    const tensor = quantizeNf4(x, { double, shape: [24, 100], dtype: 'bfloat16' });
    const back = nf4FromSource(stored(nf4ToEntries(name, tensor)), name);
    expect(back).toEqual(tensor);
  });

  it('reads with the maps of the file, not its own', () => {
    const tensor = quantizeNf4(x, { double: true, shape: [24, 100] });
    if (tensor.absmax instanceof Float32Array) throw new Error('not nested');
    const map = tensor.absmax.map.map((value) => value * 1.5);
    const code = tensor.code.map((value) => value * 0.5);
    const back = nf4FromSource(
      stored(nf4ToEntries(name, { ...tensor, code, absmax: { ...tensor.absmax, map } })),
      name,
    );
    expect(back.code).toEqual(code);
    expect(absmaxOf(back)).not.toEqual(absmaxOf(tensor));
  });

  it('lists every part that is missing or too short', () => {
    const entries = nf4ToEntries(name, quantizeNf4(x, { double: true, shape: [24, 100] }));
    const damaged = entries.flatMap((entry) => {
      if (entry.name.endsWith('.nested_absmax')) return [];
      return entry.name === name ? [{ ...entry, shape: [7], data: new Uint8Array(7) }] : [entry];
    });
    const read = (): unknown => nf4FromSource(stored(damaged), name);
    expect(read).toThrow(
      /has the wrong size\n.*\n {2}got {6}7 bytes\n {2}expected 1200 bytes for a weight of shape \(24, 100\)/,
    );
    expect(read).toThrow(`is missing\n  where    ${path}\n  got      no ${name}.nested_absmax`);
  });

  it('says when a weight is quantised in another way, or not at all', () => {
    const fp4 = stored([
      { name: `${name}.quant_state.bitsandbytes__fp4`, dtype: 'U8', shape: [1], data: new Uint8Array(1) },
    ]);
    expect(() => nf4FromSource(fp4, name)).toThrow(`\`${name}\` is quantised, but not in NF4`);
    const plain = stored([{ name, dtype: 'F32', shape: [24, 100], data: x }]);
    expect(() => nf4FromSource(plain, name)).toThrow(`\`${name}\` is not quantised`);
  });
});

describe('the quantisation state', () => {
  const state = {
    shape: [24, 100],
    dtype: 'float16',
    blockSize: 64,
    nested: { blockSize: 256, offset: 0.25 },
  } as const;

  it('is the JSON that Python writes', () => {
    const text = new TextDecoder().decode(formatQuantState({ ...state, shape: [24, 100] }));
    expect(text).toBe(
      '{"quant_type": "nf4", "blocksize": 64, "dtype": "float16", "shape": [24, 100], ' +
        '"nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": 0.25}',
    );
    expect(parseQuantState(new TextEncoder().encode(text), 'here')).toEqual(state);
  });

  it('never takes more than was set aside for it', () => {
    const rng = new Rng(4, 'offsets');
    for (let i = 0; i < 2000; i++) {
      const offset = Math.fround((rng.normalArray(1)[0]! + 1) * 10 ** ((i % 76) - 40));
      const shape = [1 + (i % 90_000), 14336];
      const bytes = formatQuantState({ shape, dtype: 'bfloat16', blockSize: 64, nested: { blockSize: 256, offset } });
      expect(bytes.length).toBeLessThanOrEqual(longestQuantState(shape));
      expect(parseQuantState(bytes, 'here').nested!.offset).toBe(offset);
    }
  });

  it.each([
    [0, '0.0'],
    [2, '2.0'],
    [0.0001, '0.0001'],
    [0.000015, '1.5e-05'],
    [1e-12, '1e-12'],
    [1e16, '1e+16'],
  ])('writes the float %d as %s', (value, text) => expect(pythonFloat(value)).toBe(text));

  it('names the field that does not fit', () => {
    const bytes = new TextEncoder().encode('{"quant_type":"fp4","blocksize":64,"dtype":"int8","shape":[2,2]}');
    expect(() => parseQuantState(bytes, 'file, tensor q')).toThrow(/file, tensor q, quant_type\n {2}got {6}"fp4"/);
    expect(() => parseQuantState(bytes, 'file, tensor q')).toThrow(/file, tensor q, dtype\n {2}got {6}"int8"/);
  });
});

describe('quantization_config', () => {
  it('is recognised again', () => {
    const config = {
      quantization_config: quantizationConfig({ double: true, computeType: 'bfloat16', skip: ['lm_head'] }),
    };
    expect(quantizationOf(config)).toBe('bitsandbytes');
    expect(quantizationOf({ model_type: 'llama' })).toBeUndefined();
  });
});
