import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foldAdapterFolder, loadAdapters } from '@moslora/adapters';
import type { Decoder } from '@moslora/decoder';
import { nativePaths, startBackend, tf } from '@moslora/runtime';
import { maxAbsDiff, readGolden } from '@moslora/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDecoderFolder } from '../load-folder';

/** Adapters that PEFT 0.21 saved, and what it computes: tools/parity/make_peft_cases.py. Ranks and alphas by patterns. */
const cases = join(import.meta.dirname, 'fixtures/peft');
const base = join(import.meta.dirname, '../../../model-llama/fixtures/llama');
const methods = ['lora', 'rslora', 'dora', 'moslora'] as const;
const backends = nativePaths() ? (['wasm', 'native'] as const) : (['wasm'] as const);
const json = (dir: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(dir, 'adapter_config.json'), 'utf8')) as Record<string, unknown>;

describe.each(backends.flatMap((backend) => methods.map((method) => [method, backend] as const)))(
  '%s of PEFT, on %s',
  (method, backend) => {
    beforeAll(async () => {
      await startBackend({ backend });
    });
    const dir = join(cases, method);
    const golden = readGolden(join(dir, 'reference.safetensors'));
    const read = (name: string) => golden.get(name)!;
    const [batch, tokens] = read('input_ids').shape as [number, number];

    const embedded = (decoder: Decoder): tf.Tensor3D =>
      decoder.embed(tf.tensor2d(read('input_ids').data, [batch, tokens], 'int32'));
    const hidden = (decoder: Decoder): tf.Tensor2D =>
      tf.reshape(decoder.forward(embedded(decoder)), [batch * tokens, -1]);
    /** Σ of the loss over positions whose next token is a label. */
    function loss(decoder: Decoder): tf.Scalar {
      const labels = read('labels').data;
      const rows = [...labels.keys()].filter((i) => i % tokens < tokens - 1 && labels[i + 1]! >= 0);
      const targets = tf.tensor1d(
        rows.map((row) => labels[row + 1]!),
        'int32',
      );
      return decoder.loss(decoder.forwardRows(embedded(decoder), Int32Array.from(rows)), targets);
    }

    it('gives its logits, its loss and its gradients', async () => {
      const decoder = await loadDecoderFolder(base);
      const adapters = loadAdapters(decoder.slots(), dir);
      expect(adapters.settings.method).toBe(method);
      const logits = tf.tidy(() => decoder.logits(hidden(decoder)).dataSync());
      expect(maxAbsDiff(logits, read('logits').data)).toBeLessThan(1e-4);
      const learning = adapters.parameters();
      const { value, grads } = tf.variableGrads(
        () => loss(decoder),
        learning.map((parameter) => parameter.value),
      );
      expect(value.dataSync()[0]! / read('loss').data[0]!).toBeCloseTo(1, 6);
      expect(learning.map(({ name }) => `gradients.${name}`).sort()).toEqual(
        [...golden.keys()].filter((name) => name.startsWith('gradients.')).sort(),
      );
      for (const { name, value: variable } of learning) {
        const expected = read(`gradients.${name}`).data;
        const largest = Math.max(...Array.from(expected, Math.abs));
        expect(maxAbsDiff(grads[variable.name]!, expected) / largest, name).toBeLessThan(1e-4);
      }
      decoder.dispose();
    });

    it('is saved as PEFT has it', async () => {
      const decoder = await loadDecoderFolder(base);
      const out = mkdtempSync(join(tmpdir(), 'peft-files-'));
      loadAdapters(decoder.slots(), dir).save(out, { baseModel: 'llama' });
      expect(readGolden(join(out, 'adapter_model.safetensors'))).toEqual(
        readGolden(join(dir, 'adapter_model.safetensors')),
      );
      const [ours, theirs] = [json(out), json(dir)];
      for (const field of ['peft_type', 'r', 'lora_alpha', 'lora_dropout', 'use_dora', 'use_rslora', 'lora_use_mixer'])
        expect(ours[field], field).toEqual(theirs[field]);
      const again = await loadDecoderFolder(base);
      loadAdapters(again.slots(), out);
      const logits = tf.tidy(() => again.logits(hidden(again)).dataSync());
      expect(maxAbsDiff(logits, read('logits').data)).toBeLessThan(1e-4);
      for (const each of [decoder, again]) each.dispose();
    });

    it('gives its logits once merged', async () => {
      const decoder = await loadDecoderFolder(base);
      loadAdapters(decoder.slots(), dir).merge();
      const logits = tf.tidy(() => decoder.logits(hidden(decoder)).dataSync());
      expect(maxAbsDiff(logits, read('logits').data)).toBeLessThan(1e-4);
      for (const slot of decoder.slots()) {
        const expected = golden.get(`merged.${slot.name}.weight`);
        if (expected) expect(maxAbsDiff(slot.get().frozen!.weight(), expected.data), slot.name).toBeLessThan(1e-6);
      }
      decoder.dispose();
    });

    it.skipIf(method === 'dora')('folds into plain LoRA with the same logits', async () => {
      const out = join(mkdtempSync(join(tmpdir(), 'peft-files-')), 'plain');
      const mixers = method === 'moslora' ? 10 : 0;
      expect(await foldAdapterFolder(dir, out)).toMatchObject({ output: out, modules: 10, mixers });
      expect(json(out)).toMatchObject({ peft_type: 'LORA', rank_pattern: json(dir)['rank_pattern'], r: 4 });
      expect(json(out)).not.toHaveProperty('lora_use_mixer');
      const decoder = await loadDecoderFolder(base);
      const set = loadAdapters(decoder.slots(), out);
      expect(set.tensors().some(({ name }) => name.includes('lora_AB'))).toBe(false);
      const logits = tf.tidy(() => decoder.logits(hidden(decoder)).dataSync());
      expect(maxAbsDiff(logits, read('logits').data)).toBeLessThan(1e-4);
      decoder.dispose();
    });
  },
);
