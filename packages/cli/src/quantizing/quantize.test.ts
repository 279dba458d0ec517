import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WeightFolder, writeShardedSafetensors } from '@moslora/checkpoint';
import { isNf4 } from '@moslora/quantized-base';
import { Rng } from '@moslora/runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here';

const rng = new Rng(12, 'moslora quantize');
let root: string;
let model: string;
let out: string;

const run = (...args: string[]) => runHere('quantize', ...args);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'moslora-quantize-'));
  [model, out] = [join(root, 'model'), join(root, 'nf4')];
  mkdirSync(model);
  const tensor = (name: string, ...shape: number[]) => {
    const count = shape.reduce((a, b) => a * b, 1);
    return { name, dtype: 'BF16' as const, shape, data: rng.normalArray(count, 0, 0.02) };
  };
  writeShardedSafetensors(
    model,
    [
      tensor('model.embed_tokens.weight', 60, 32),
      tensor('model.layers.0.self_attn.o_proj.weight', 32, 32),
      tensor('model.layers.0.mlp.up_proj.weight', 64, 32),
      tensor('model.norm.weight', 32),
      tensor('lm_head.weight', 60, 32),
    ],
    { maxShardBytes: 5000 },
  );
  for (const [file, text] of [
    ['config.json', '{"model_type": "llama", "hidden_size": 32}'],
    ['tokenizer.json', '{}'],
    ['tokenizer.model', 'binary'],
    ['chat_template.jinja', '{{ x }}'],
    ['LICENSE', 'terms'],
    ['pytorch_model.bin', 'weights again'],
    ['.gitattributes', ''],
  ])
    writeFileSync(join(model, file!), text!);
});

describe('moslora quantize', () => {
  it('writes codes, config and tokenizer, and says what it did', async () => {
    const { code, out: text } = await run(model, out, '--double', '--skip', 'lm_head,o_proj', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({
      ...{ output: out, format: 'nf4', double: true, quantized: 1, kept: 4, weights: 64 * 32 },
      ...{ inputBytes: 2 * (2 * 60 * 32 + 32 * 32 + 64 * 32 + 32) },
    });
    expect(readdirSync(out).sort()).toEqual(
      [
        'LICENSE',
        'chat_template.jinja',
        'config.json',
        'model.safetensors',
        'tokenizer.json',
        'tokenizer.model',
      ].sort(),
    );
    const folder = WeightFolder.open(out);
    expect(isNf4(folder, 'model.layers.0.mlp.up_proj')).toBe(true);
    expect(folder.info('model.layers.0.self_attn.o_proj.weight').dtype).toBe('BF16');
    expect(JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'))).toMatchObject({
      ...{ model_type: 'llama', hidden_size: 32 },
      quantization_config: { bnb_4bit_use_double_quant: true, llm_int8_skip_modules: ['lm_head', 'o_proj'] },
    });
  });

  it('shards by size, without double quantisation unless asked', async () => {
    const { code, out: text } = await run(model, out, '--format', 'nf4', '--shard-size', '4kB');
    expect(code).toBe(0);
    expect(text).toMatch(/^2 matrices, 0\.0 M weights in 4\.500 bits, relative error 0\.09\d\d; 3 tensors kept\n/);
    expect(readdirSync(out).filter((file) => file.includes('-of-')).length).toBeGreaterThan(1);
    expect(existsSync(join(out, 'model.safetensors.index.json'))).toBe(true);
    expect(WeightFolder.open(out).has('model.layers.0.mlp.up_proj.weight.nested_absmax')).toBe(false);
  });

  it('keeps what stands in the output folder, unless it may replace it', async () => {
    mkdirSync(out);
    writeFileSync(join(out, 'mine'), '1');
    expect(await run(model, out)).toMatchObject({ code: 2, err: expect.stringContaining('is not empty') });
    expect(readdirSync(out)).toEqual(['mine']);
    expect((await run(model, out, '--force')).code).toBe(0);
    expect(readdirSync(out)).not.toContain('mine');
  });

  it('never writes over the model', async () => {
    symlinkSync(model, join(root, 'alias'));
    for (const place of [model, join(model, 'nf4'), root, join(root, 'alias')]) {
      const { code, err } = await run(model, place, '--force');
      expect([code, err]).toEqual([2, expect.stringContaining('would overlap')]);
    }
    expect(readdirSync(model)).toContain('model.safetensors.index.json');
  });

  it('says what is wrong with its arguments', async () => {
    expect(await run(join(root, 'none'), out)).toMatchObject({
      code: 2,
      err: expect.stringContaining('no such folder'),
    });
    expect(await run(join(model, 'config.json'), out)).toMatchObject({ err: expect.stringContaining('a file, not a') });
    expect(await run(model, out, '--format', 'fp4')).toMatchObject({
      code: 2,
      err: expect.stringContaining('are nf4'),
    });
    expect(await run(model, out, '--shard-size', 'big')).toMatchObject({
      code: 2,
      err: expect.stringContaining('5GB'),
    });
    expect(await run(model, out, '--skip', 'q_proj')).toMatchObject({
      code: 2,
      err: expect.stringContaining('one of o_proj, up_proj'),
    });
    await run(model, out);
    expect(await run(out, join(root, 'again'))).toMatchObject({ code: 2, err: expect.stringContaining('already') });
    expect(existsSync(join(root, 'again'))).toBe(false);
  });
});
