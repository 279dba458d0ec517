import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile, WeightFolder, writeSafetensors, writeShardedSafetensors } from '@moslora/checkpoint';
import type { Dtype, TensorToWrite, WeightSource } from '@moslora/checkpoint';
import { Rng } from '@moslora/runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { nf4FromSource } from '../bitsandbytes/read';
import { nf4ToEntries } from '../bitsandbytes/write';
import { quantizeNf4 } from '../nf4-tensor';
import { quantizeFolder } from './quantize-folder';
import { pieceElements } from './task/tensor-pieces';

const rng = new Rng(8, 'quantize stream');
const random = (name: string, dtype: Dtype, ...shape: number[]): TensorToWrite => ({
  ...{ name, dtype, shape },
  data: rng.normalArray(
    shape.reduce((a, b) => a * b, 1),
    0,
    0.05,
  ),
});
const layer = (index: number, dtype: Dtype): TensorToWrite[] => [
  random(`model.layers.${index}.mlp.up_proj.weight`, dtype, 80, 48),
  random(`model.layers.${index}.mlp.down_proj.weight`, dtype, 37, 31),
  random(`model.layers.${index}.input_layernorm.weight`, dtype, 48),
];
/** Two pieces and a bit, so that blocks, codes and scales have to meet at the seams. */
const long = random('model.layers.3.mlp.gate_proj.weight', 'BF16', 3, Math.ceil((2.2 * pieceElements) / 3));
const tensors = [
  random('model.embed_tokens.weight', 'BF16', 100, 48),
  ...layer(0, 'BF16'),
  ...layer(1, 'F16'),
  ...layer(2, 'F32'),
  long,
  random('lm_head.weight', 'F16', 100, 48),
];
const config = { model_type: 'llama' };
let root: string;
let out: string;
let source: WeightSource;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quantize-stream-'));
  out = join(root, 'nf4');
  const input = join(root, 'input');
  mkdirSync(input);
  writeShardedSafetensors(input, tensors, { maxShardBytes: 20_000 });
  source = WeightFolder.open(input);
});

/** Every tensor's bytes by name. */
function contents(dir: string): Map<string, string> {
  const folder = WeightFolder.open(dir);
  const all = folder.names().map((name): [string, string] => {
    const { dtype, shape } = folder.info(name);
    return [name, `${dtype} ${shape.join()} ${Buffer.from(folder.bytes(name)).toString('base64')}`];
  });
  folder.close();
  return new Map(all.sort());
}

describe('quantizeFolder, tensor by tensor', () => {
  it.each([true, false])(
    'gives what quantising each tensor whole gives, and keeps types; double: %s',
    async (double) => {
      const summary = await quantizeFolder(source, config, out, { double, dtype: 'keep' });
      const back = WeightFolder.open(out);
      const types = { BF16: 'bfloat16', F16: 'float16', F32: 'float32' } as const;
      for (const name of source.names()) {
        const { dtype, shape } = source.info(name);
        if (!name.endsWith('proj.weight')) {
          expect(back.info(name)).toEqual(source.info(name));
          expect(back.bytes(name)).toEqual(source.bytes(name));
          continue;
        }
        const type = types[dtype as keyof typeof types];
        const whole = quantizeNf4(source.float32(name), { double, shape, dtype: type });
        if (name !== long.name) expect(nf4FromSource(back, name)).toEqual(whole);
        for (const entry of nf4ToEntries(name, whole)) {
          const data = entry.data as Uint8Array | Float32Array;
          const expected = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
          expect(back.info(entry.name)).toMatchObject({ dtype: entry.dtype, shape: entry.shape });
          expect(Buffer.from(back.bytes(entry.name)).equals(expected), entry.name).toBe(true);
        }
      }
      expect(summary).toMatchObject({ quantized: 7, kept: 5 });
      expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).not.toHaveProperty('torch_dtype');
    },
  );

  it('gives the same in worker threads, and in shards', async () => {
    const alone = await quantizeFolder(source, config, out, { dtype: 'keep' });
    const threaded = join(root, 'threaded');
    const same = await quantizeFolder(source, config, threaded, { dtype: 'keep', threads: 2, maxShardBytes: 9_000 });
    expect(same).toEqual(alone);
    expect(contents(threaded)).toEqual(contents(out));
    const files = readdirSync(threaded).sort();
    expect(files.filter((file) => file.endsWith('.safetensors')).length).toBeGreaterThan(3);
    expect(files).toContain('model.safetensors.index.json');
    const { weight_map: map } = JSON.parse(readFileSync(join(threaded, 'model.safetensors.index.json'), 'utf8'));
    for (const name of source.names()) {
      const parts = Object.keys(map).filter((key) => key === name || key.startsWith(`${name}.`));
      expect(new Set(parts.map((key) => map[key])).size).toBe(1);
    }
    const only = SafetensorsFile.open(join(out, 'model.safetensors'));
    for (const name of only.names()) {
      const { dtype } = only.info(name);
      const { position } = only.place(name);
      expect(position % (dtype === 'F32' ? 4 : dtype === 'U8' ? 1 : 2), name).toBe(0);
    }
  });

  it('adds to config.json and changes nothing else in it', async () => {
    const configText = '{\n  "model_type": "llama",\n  "rope_scaling": {"factor": 8.0}\n}\n';
    await quantizeFolder(source, JSON.parse(configText) as object as Record<string, unknown>, out, {
      ...{ configText, dtype: 'keep', skip: ['layers.2', 'down_proj'] },
    });
    const text = readFileSync(join(out, 'config.json'), 'utf8');
    expect(text).toContain(configText.slice(0, -3));
    expect(text).toContain('"llm_int8_threshold": 6.0,\n');
    const { quantization_config: quantization, ...rest } = JSON.parse(text);
    expect(rest).toEqual(JSON.parse(configText));
    expect(quantization).toMatchObject({ quant_method: 'bitsandbytes', bnb_4bit_compute_dtype: 'bfloat16' });
    const covered = ['mlp.up_proj', 'mlp.down_proj', 'input_layernorm'].map((name) => `model.layers.2.${name}`);
    expect(new Set(quantization.llm_int8_skip_modules)).toEqual(new Set(['lm_head', 'down_proj', ...covered]));
  });

  it('takes a source whose files are there only in turn', async () => {
    await quantizeFolder(source, config, out, {});
    const files = [...new Set(source.names().map((name) => source.place!(name)!.path))];
    const hidden = (file: string): string => `${file}.away`;
    for (const file of files) renameSync(file, hidden(file));
    const there = new Set<string>();
    const parts = files.map((file) => ({
      names: source.names().filter((name) => source.place!(name)!.path === file),
      prepare: () => {
        there.add(file);
        expect(there.size).toBe(1);
        renameSync(hidden(file), file);
      },
      release: () => {
        there.delete(file);
        renameSync(file, hidden(file));
      },
    }));
    const staged = join(root, 'staged');
    await quantizeFolder(source, config, staged, { parts, threads: 1 });
    expect(contents(staged)).toEqual(contents(out));
  });

  it.each([0, 2])('passes on what is wrong with a weight, and leaves nothing; threads: %i', async (threads) => {
    const bad = Float32Array.from({ length: 2 * pieceElements }, (_, i) => i % 7);
    bad[pieceElements + 130] = -Infinity;
    const path = join(root, 'bad.safetensors');
    const name = 'model.layers.0.mlp.up_proj.weight';
    writeSafetensors(path, [{ name, dtype: 'BF16', shape: [2, pieceElements], data: bad }]);
    const run = quantizeFolder(SafetensorsFile.open(path), config, out, { threads });
    await expect(run).rejects.toThrow(
      `where    ${path}, tensor ${name}, element ${pieceElements + 130}\n  got      -Infinity`,
    );
    expect(readdirSync(root).sort()).toEqual(['bad.safetensors', 'input']);
  });

  it.each([0, 1])('stops when it is told to, and leaves nothing; threads: %i', async (threads) => {
    const stop = new AbortController();
    const run = quantizeFolder(source, config, out, {
      ...{ threads, signal: stop.signal },
      onProgress: () => stop.abort(),
    });
    await expect(run).rejects.toThrow('This operation was aborted');
    expect(readdirSync(root)).toEqual(['input']);
  });

  it('starts anew after it was killed, and says what it removed', async () => {
    const left = join(root, `.nf4.tmp-${2 ** 22 + 1}`);
    mkdirSync(left);
    writeSafetensors(join(left, 'model.safetensors'), [tensors[0]!]);
    const cleared: number[] = [];
    await quantizeFolder(source, config, out, { onCleared: (bytes) => cleared.push(bytes) });
    expect(readdirSync(root).sort()).toEqual(['input', 'nf4']);
    expect(cleared).toEqual([expect.any(Number)]);
    expect(cleared[0]).toBeGreaterThan(0);
    await quantizeFolder(source, config, out, { onCleared: (bytes) => cleared.push(bytes) });
    expect(cleared).toHaveLength(1);
  });
});
