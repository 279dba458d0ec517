import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile, WeightFolder, writeSafetensors, type TensorToWrite } from '@moslora/checkpoint';
import { Rng } from '@moslora/runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { isNf4 } from '../bitsandbytes/keys';
import { nf4FromSource } from '../bitsandbytes/read';
import { dequantizeNf4, quantizeNf4 } from '../nf4-tensor';
import { quantizeFolder } from './quantize-folder';

const rng = new Rng(3, 'quantize folder');
const random = (name: string, ...shape: number[]): TensorToWrite => ({
  name,
  dtype: 'F32',
  shape,
  data: rng.normalArray(
    shape.reduce((a, b) => a * b, 1),
    0,
    0.05,
  ),
});
const up = 'model.layers.0.mlp.up_proj.weight';
const tensors = [
  random('model.embed_tokens.weight', 50, 32),
  random('model.norm.weight', 32),
  random('model.layers.0.input_layernorm.weight', 32),
  random(up, 48, 32),
  random('model.layers.0.mlp.down_proj.weight', 32, 48),
  random('model.layers.1.mlp.up_proj.weight', 48, 32),
  random('vision_tower.encoder.layers.0.mlp.fc1.weight', 48, 32),
  random('lm_head.weight', 50, 32),
];
const config = { model_type: 'llama', hidden_size: 32 };
let root: string;
let out: string;
const source = (entries: TensorToWrite[] = tensors): SafetensorsFile => {
  writeSafetensors(join(root, 'source.safetensors'), entries);
  return SafetensorsFile.open(join(root, 'source.safetensors'));
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quantize-folder-'));
  out = join(root, 'nf4');
});

describe('quantizeFolder', () => {
  it.each([true, false])('writes decoder projections in NF4 and the rest in 16 bits; double: %s', async (double) => {
    const input = source();
    const summary = await quantizeFolder(input, config, out, { double });
    const folder = WeightFolder.open(out);
    const inFour = folder.names().filter((name) => name.endsWith('.weight') && isNf4(folder, name));
    expect(inFour.sort()).toEqual(['model.layers.0.mlp.down_proj.weight', up, 'model.layers.1.mlp.up_proj.weight']);
    const expected = quantizeNf4(input.float32(up), { double, shape: [48, 32], dtype: 'bfloat16' });
    expect(nf4FromSource(folder, up)).toEqual(expected);
    expect(folder.info('lm_head.weight')).toMatchObject({ dtype: 'BF16', shape: [50, 32] });
    expect(folder.info('vision_tower.encoder.layers.0.mlp.fc1.weight').dtype).toBe('BF16');
    expect(summary).toMatchObject({ quantized: 3, kept: 5, dtype: 'bfloat16', weights: 3 * 48 * 32 });
    expect(summary.relativeError).toBeGreaterThan(0.08);
    expect(summary.relativeError).toBeLessThan(0.11);
    const { quantization_config: quantization, ...rest } = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'));
    expect(rest).toEqual({ ...config, torch_dtype: 'bfloat16' });
    expect(quantization).toMatchObject({
      quant_method: 'bitsandbytes',
      bnb_4bit_use_double_quant: double,
      llm_int8_skip_modules: ['lm_head', 'vision_tower'],
    });
  });

  it.each([
    ['', 'lm_head', 'lm_head'],
    ['', 'tok_embeddings', 'output'],
    ['language_model.', 'tok_embeddings', 'output'],
  ])('names the head as the model does: %s%s', async (prefix, named, head) => {
    const renamed = tensors.map((tensor) => {
      const inner = named === 'lm_head' ? tensor.name : tensor.name.replace('embed_tokens', named);
      return { ...tensor, name: prefix + inner.replace('lm_head', head) };
    });
    await quantizeFolder(source(renamed), config, out, { skip: ['lm_head', 'embed_tokens', 'vision_tower'] });
    const { quantization_config: quantization } = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'));
    const embeddings = named === 'lm_head' ? ['embed_tokens'] : [];
    expect(quantization.llm_int8_skip_modules).toEqual([head, 'vision_tower', ...embeddings]);
  });

  it('measures the error that is in the file', async () => {
    const input = source();
    const { relativeError } = await quantizeFolder(input, config, out, { skip: ['layers.1', 'down_proj'] });
    const [w, back] = [input.float32(up), dequantizeNf4(nf4FromSource(WeightFolder.open(out), up))];
    const error = w.reduce((sum, value, i) => sum + (back[i]! - value) ** 2, 0);
    const squares = w.reduce((sum, value) => sum + value * value, 0);
    expect(relativeError).toBeCloseTo(Math.sqrt(error / squares), 10);
  });

  it('leaves what is to be skipped, copies files, and tells its progress', async () => {
    const tokenizer = join(root, 'tokenizer.json');
    writeFileSync(tokenizer, '{}');
    const seen: { done: number; total: number }[] = [];
    await quantizeFolder(source(), { ...config, dtype: 'float16' }, out, {
      skip: ['down_proj', 'lm_head'],
      copy: [tokenizer],
      onProgress: (progress) => seen.push(progress),
    });
    const folder = WeightFolder.open(out);
    expect(folder.info('model.layers.0.mlp.down_proj.weight').dtype).toBe('F16');
    expect(readdirSync(out).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    const total = tensors.reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
    expect(seen.at(-1)).toEqual({ done: total, total });
    expect(seen.every(({ done }, i) => done >= (seen[i - 1]?.done ?? 0))).toBe(true);
  });

  it('leaves nothing behind when a weight is not finite', async () => {
    const bad = rng.normalArray(48 * 32);
    bad[77] = NaN;
    const input = source([
      ...tensors.filter(({ name }) => name !== up),
      { name: up, dtype: 'F32', shape: [48, 32], data: bad },
    ]);
    await expect(quantizeFolder(input, config, out)).rejects.toThrow(`tensor ${up}, element 77`);
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(root)).toEqual(['source.safetensors']);
  });

  it('leaves nothing behind when a weight does not fit half precision', async () => {
    const large = rng.normalArray(50 * 32);
    large[5] = 1e5;
    const head = 'lm_head.weight';
    const input = source([
      ...tensors.filter(({ name }) => name !== head),
      { name: head, dtype: 'F32', shape: [50, 32], data: large },
    ]);
    await expect(quantizeFolder(input, config, out, { dtype: 'float16' })).rejects.toThrow(
      /too large for float16\n.*lm_head.weight, element 5/,
    );
    expect(readdirSync(root)).toEqual(['source.safetensors']);
  });

  it('refuses unknown modules, and weights that are quantised already', async () => {
    await expect(quantizeFolder(source(), config, out, { skip: ['upproj', 'gate'] })).rejects.toThrow(
      /got {6}upproj\n {2}expected one of down_proj, up_proj, or a path[^]*got {6}gate\n/,
    );
    await quantizeFolder(source(), config, out);
    const again = WeightFolder.open(out);
    await expect(quantizeFolder(again, config, join(root, 'twice'))).rejects.toThrow(
      'The weights are quantised already',
    );
    const said = { ...config, quantization_config: { quant_method: 'gptq' } };
    await expect(quantizeFolder(source(), said, out)).rejects.toThrow(/quantised already[^]*got {6}gptq/);
    await expect(quantizeFolder(source(tensors.slice(0, 2)), config, out)).rejects.toThrow(
      'no decoder layers to quantise',
    );
  });
});
