import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile, WeightFolder } from '@moslora/checkpoint';
import { startEngine } from '@moslora/kernels';
import { loadDecoderFolder, loadLlavaFolder } from '@moslora/model-llava';
import { isNf4 } from '@moslora/quantized-base';
import { maxAbsDiff } from '@moslora/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeTinyLlava } from '../evaluate/fixtures/tiny-llava';
import { writeRandomAdapter } from '../merging/fixtures/random-adapter';
import type { MergeModelReport } from '../merging/merge-model';
import { runHere as run } from '../fixtures/run-here';
import { root } from '../stages/paths';

const base = join(root, 'packages/model-llama/fixtures/llama');
const dir = mkdtempSync(join(tmpdir(), 'moslora-merge-'));
const at = (name: string): string => join(dir, name);
const methods = ['lora', 'rslora', 'lora-plus', 'dora', 'two-subspaces', 'moslora'] as const;

async function merged(...args: string[]): Promise<MergeModelReport> {
  const { code, out, err } = await run('merge', ...args, '--json');
  expect([code, err.includes('error')], err).toEqual([0, false]);
  return JSON.parse(out) as MergeModelReport;
}

beforeAll(async () => {
  await startEngine();
  const decoder = await loadDecoderFolder(base);
  for (const method of methods) writeRandomAdapter(at(method), decoder.slots(), method);
  decoder.dispose();
  const llava = await loadLlavaFolder(writeTinyLlava(at('llava')));
  writeRandomAdapter(at('both'), llava.slots(), 'moslora');
  llava.dispose();
  await run('quantize', base, at('nf4'), '--double');
}, 60_000);
afterAll(() => rmSync(dir, { recursive: true }));

describe('moslora merge', () => {
  it.each(methods)('writes a model with a %s adapter that computes the same but for rounding', async (method) => {
    const out = at(`${method}-16`);
    const report = await merged(base, at(method), out, '--as', 'float16');
    expect(report).toMatchObject({ output: out, layout: 'language', quantized: 0, logits: { positions: 48 } });
    expect(report.merged).toBe(14);
    expect(report.worst.relative).toBeLessThan(2 ** -11);
    expect(report.logits!.relative).toBeLessThan(3e-3);
    expect(report.logits!.largest).toBeGreaterThan(0);
    const source = WeightFolder.open(out);
    expect(new Set(source.names().map((name) => source.info(name).dtype))).toEqual(new Set(['F16']));
    source.close();
  });

  it('merges into a 4-bit base: dense by default, quantised again where asked, and says what that costs', async () => {
    const dense = await merged(at('nf4'), at('moslora'), at('nf4-bf16'));
    expect(dense).toMatchObject({ as: 'bfloat16', merged: 14, quantized: 0 });
    expect(dense.logits!.relative).toBeLessThan(0.03);
    expect(readFileSync(join(at('nf4-bf16'), 'config.json'), 'utf8')).not.toContain('quantization_config');
    const again = await merged(at('nf4'), at('moslora'), at('nf4-nf4'), '--as', 'nf4');
    expect(again).toMatchObject({ as: 'nf4', merged: 14, quantized: 14 });
    const errors = again.modules.map(({ relative }) => relative);
    expect(again.worst.relative).toBe(Math.max(...errors));
    expect(again.meanRelativeError).toBeCloseTo(errors.reduce((a, b) => a + b) / 14, 10);
    expect(again.worst.relative).toBeGreaterThan(0.05);
    expect(again.worst.relative).toBeLessThan(0.12);
    expect(again.logits!.relative).toBeGreaterThan(dense.logits!.relative);
    const source = WeightFolder.open(at('nf4-nf4'));
    expect(isNf4(source, 'model.layers.0.mlp.up_proj')).toBe(true);
    source.close();
  });

  it('merges one adapter into decoder and tower of a LLaVA, and writes it as Hugging Face does', async () => {
    const out = at('llava-out');
    const report = await merged(at('llava'), at('both'), out, '--as', 'float16');
    expect(report).toMatchObject({ layout: 'huggingface', merged: 7 + 12 });
    expect(report.logits!.relative).toBeLessThan(0.01);
    expect(readdirSync(out).sort()).toEqual(
      [
        'chat_template.jinja',
        'config.json',
        'model.safetensors',
        'preprocessor_config.json',
        'template.json',
        'tokenizer.json',
      ].sort(),
    );
    const [before, after] = [WeightFolder.open(at('llava')), WeightFolder.open(out)];
    const adapter = SafetensorsFile.open(join(at('both'), 'adapter_model.safetensors'));
    for (const module of [
      'language_model.model.layers.0.mlp.up_proj',
      'vision_tower.vision_model.encoder.layers.1.self_attn.v_proj',
    ]) {
      const [a, mixer, b] = ['A', 'AB', 'B'].map((part) =>
        adapter.float32(`base_model.model.${module}.lora_${part}.weight`),
      );
      const [rows, columns] = before.info(`${module}.weight`).shape as [number, number];
      const plain = before.float32(`${module}.weight`);
      const expected = plain.map((value, at) => {
        const [i, j] = [Math.floor(at / columns), at % columns];
        let sum = 0;
        for (let p = 0; p < 4; p += 1)
          for (let q = 0; q < 4; q += 1) sum += b![i * 4 + p]! * mixer![p * 4 + q]! * a![q * columns + j]!;
        return value + 2 * sum;
      });
      expect(expected).toHaveLength(rows * columns);
      expect(maxAbsDiff(after.float32(`${module}.weight`), expected)).toBeLessThan(1e-3);
      expect(maxAbsDiff(expected, plain)).toBeGreaterThan(1e-2);
    }
    for (const file of [before, after, adapter]) file.close();
  });

  it('quantises the decoder of a LLaVA again and leaves its tower in 16 bits', async () => {
    const report = await merged(at('llava'), at('both'), at('llava-nf4'), '--as', 'nf4');
    expect(report).toMatchObject({ layout: 'huggingface', merged: 7 + 12, quantized: 7 });
    expect(report.meanRelativeError).toBeGreaterThan(0.05);
    expect(report.warning).toMatch(/changes \d of 19 layers by more than the adapter did/);
    const config = readFileSync(join(at('llava-nf4'), 'config.json'), 'utf8');
    expect(JSON.parse(config)).toMatchObject({ quantization_config: { bnb_4bit_quant_type: 'nf4' } });
  });

  it('refuses what does not fit, and leaves nothing', async () => {
    const out = at('never');
    const refused = async (text: string | RegExp, ...args: string[]): Promise<void> => {
      const { code, err } = await run('merge', ...args, out);
      expect([code, err]).toEqual([2, expect.stringMatching(text)]);
      expect(existsSync(out)).toBe(false);
    };
    await refused('There is no adapter to merge', base);
    await refused('There is no adapter in this folder', base, base);
    await refused('no model here', at('none'), at('lora'));
    await refused(
      /modules of the adapter are not in the model/,
      join(root, 'packages/model-internlm2/fixtures/internlm2'),
      at('lora'),
    );
    await refused('is for a vision tower, and the model has none', base, at('both'));
    expect(await run('merge', base, at('lora'), join(base, 'inside'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('would overlap'),
    });
    expect(await run('merge', base, at('lora'), at('moslora'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('is not empty'),
    });
    const large = at('large');
    cpSync(at('lora'), large, { recursive: true });
    const config = JSON.parse(readFileSync(join(large, 'adapter_config.json'), 'utf8')) as object;
    writeFileSync(join(large, 'adapter_config.json'), JSON.stringify({ ...config, lora_alpha: 1e8 }));
    await refused(/too large for float16[^]*write bfloat16/, base, large, '--as', 'float16');
    expect(readdirSync(dir).filter((name) => name.includes('never'))).toEqual([]);
  });
});
