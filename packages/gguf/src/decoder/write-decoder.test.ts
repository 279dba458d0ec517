import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renamed, tensorSource, WeightFolder } from '@moslora/checkpoint';
import { expect, it } from 'vitest';
import { GgufFile } from '../gguf-file';
import type { GgufDecoderShape } from './decoder-shape';
import { gathered, groupedRows, pairedRows } from './row-order';
import { decoderValues, writeDecoder, type DecoderToWrite } from './write-decoder';

const fixture = join(import.meta.dirname, '../../../model-llama/fixtures/llama');
const path = join(mkdtempSync(join(tmpdir(), 'gguf-')), 'a.gguf');
/** As the fixture's config.json has it: 40 words, scaled positions, biases, two query heads on a key head. */
const shape: GgufDecoderShape = {
  ...{ hiddenSize: 32, vocabSize: 40, layers: 2, maxPositions: 512, intermediateSize: 36, heads: 4, kvHeads: 2 },
  ...{ headDim: 8, rmsNormEps: 1e-5, tieWordEmbeddings: false },
  rope: { type: 'llama3', theta: 1e6, factor: 3, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 64 },
};

function written(more: Partial<DecoderToWrite> = {}): GgufFile {
  const weights = WeightFolder.open(fixture);
  writeDecoder(path, { weights, family: 'llama', shape, type: 'F32', name: 'tiny', ...more });
  weights.close();
  return GgufFile.open(path);
}

it('a LLaMA has llama.cpp’s names, shapes and order of rotary pairs', () => {
  const file = written();
  const source = WeightFolder.open(fixture);
  expect(file.tensors.map(({ name }) => name)).toContain('blk.1.attn_k.bias');
  expect(file.tensors).toHaveLength(source.names().length + 1);
  const heads = { q: 4, k: 2 };
  for (const [part, count] of Object.entries(heads)) {
    const stored = source.float32(`model.layers.0.self_attn.${part}_proj.weight`);
    const got = file.float32(`blk.0.attn_${part}.weight`);
    expect(got).toEqual(gathered(stored, pairedRows(count, 8), 32));
    // The first half of a head stands in its even rows.
    const rows = [0, 4, 1, 5, 2, 6, 3, 7].map((row) => stored.slice(row * 32, row * 32 + 32));
    expect(rows.map((row, i) => [...row].join() === [...got.slice(i * 32, i * 32 + 32)].join())).not.toContain(false);
  }
  expect(file.float32('blk.1.ffn_down.weight')).toEqual(source.float32('model.layers.1.mlp.down_proj.weight'));
  expect(file.metadata).toMatchObject({
    'general.architecture': { type: 'string', value: 'llama' },
    'llama.block_count': { type: 'uint32', value: 2 },
    'llama.attention.head_count_kv': { type: 'uint32', value: 2 },
    'llama.rope.freq_base': { type: 'float32', value: 1e6 },
  });
  const divisors = file.float32('rope_freqs.weight');
  expect(divisors[0]).toBe(1);
  expect(divisors[3]).toBe(3);
  file.close();
});

it('an InternLM2: queries, keys and values apart, and back in their groups', () => {
  const folder = join(import.meta.dirname, '../../../model-internlm2/fixtures/internlm2');
  const source = WeightFolder.open(folder);
  const rope = { type: 'dynamic', theta: 1e6 } as const;
  const bare = tensorSource(
    folder,
    source
      .names()
      .filter((name) => !name.endsWith('wo.bias'))
      .map((name) => ({ name, ...source.info(name), dtype: 'F32', data: () => source.float32(name) })),
  );
  for (const [weights, architecture] of [
    [bare, 'internlm2'],
    [source, 'llama'], // of which alone llama.cpp has a bias after the attention
  ] as const) {
    writeDecoder(path, { weights, family: 'internlm2', shape: { ...shape, rope }, type: 'F32', name: 'tiny' });
    const file = GgufFile.open(path);
    expect(file.metadata['general.architecture']).toMatchObject({ value: architecture });
    expect(file.metadata[`${architecture}.rope.freq_base`]).toMatchObject({ value: 1e6 });
    const wqkv = source.float32('model.layers.1.attention.wqkv.weight');
    const row = (at: number): number[] => [...wqkv.slice(at * 32, at * 32 + 32)];
    // Two groups of two queries, a key, a value; heads of 8. The second key is group 1's third head.
    expect([...file.float32('blk.1.attn_k.weight').slice(8 * 32, 9 * 32)]).toEqual(row(48));
    expect([...file.float32('blk.1.attn_k.weight').slice(9 * 32, 10 * 32)]).toEqual(row(52));
    expect([...file.float32('blk.1.attn_v.weight').slice(8 * 32, 9 * 32)]).toEqual(row(56));
    expect(file.tensors.find(({ name }) => name === 'blk.0.attn_q.weight')?.shape).toEqual([32, 32]);
    for (const name of weights.names())
      expect(decoderValues(file, name, shape, 'internlm2')).toEqual(weights.float32(name));
    file.close();
  }
  const every = Object.values(groupedRows(6, 2, 4)).flat();
  expect(every.sort((a, b) => a - b)).toEqual([...Array(40).keys()]);
  source.close();
});

it('types: blocks where rows have them, the head in more bits, vectors whole', () => {
  const file = written({ type: 'Q4_0' });
  const types = Object.fromEntries(file.tensors.map(({ name, type }) => [name, type]));
  expect(types).toMatchObject({
    'output.weight': 'Q8_0',
    'token_embd.weight': 'Q4_0',
    'blk.0.attn_q.weight': 'Q4_0',
    'blk.0.ffn_down.weight': 'F16', // rows of 36
    'blk.0.attn_q.bias': 'F32',
    'output_norm.weight': 'F32',
  });
  file.close();
});

it('what has no place in the format is refused', () => {
  expect(() => written({ family: 'gemma' })).toThrow(
    `Decoders of this family are not written to GGUF here\n  where    ${fixture}\n  got      gemma\n  expected llama, internlm2, qwen2, qwen3`,
  );
  expect(() => written({ shape: { ...shape, rope: { type: 'yarn', theta: 1 } } })).toThrow('got      yarn');
  const weights = renamed(WeightFolder.open(fixture), (name) => name.replace('lm_head', 'tail'));
  expect(() => written({ weights })).toThrow(
    '1 tensors have no place in a decoder of llama.cpp\n' + `  where    ${fixture}\n  got      tail.weight`,
  );
});
