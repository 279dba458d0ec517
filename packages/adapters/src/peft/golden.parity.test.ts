import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile } from '@moslora/checkpoint';
import { DenseLinear, type Linear, type LinearSlot } from '@moslora/nn';
import { startBackend, tf } from '@moslora/runtime';
import { describeShared, readGolden, sharedPath } from '@moslora/testing';
import { beforeAll, expect, it } from 'vitest';
import { loadAdapters } from './load-adapters';

beforeAll(async () => {
  await startBackend();
});

describeShared('golden adapters', () => {
  /** The projections of the golden decoder under the names of newer programs. */
  function goldenSlots(): LinearSlot[] {
    const file = SafetensorsFile.open(sharedPath('golden', 'tiny-llava-llama', 'model.safetensors')!);
    const projections = file.names().filter((name) => /language_model\.model\.layers\..*_proj\.weight$/.test(name));
    return projections.map((key) => {
      const name = key.replace('language_model.model.', 'model.language_model.').replace(/\.weight$/, '');
      const weight = tf.tensor2d(file.float32(key), file.info(key).shape as [number, number]);
      let linear: Linear = new DenseLinear({ name, weight });
      return { name, get: () => linear, set: (other: Linear) => void (linear = other) };
    });
  }

  it.each(['lora', 'moslora'])('%s: parameters are the tensors of the file, by name and value', (method) => {
    const dir = sharedPath('golden', 'adapters', method)!;
    const golden = readGolden(join(dir, 'adapter_model.safetensors'));
    const set = loadAdapters(goldenSlots(), dir);
    const parameters = set.parameters();
    expect(parameters.map(({ name }) => name).sort()).toEqual([...golden.keys()].sort());
    for (const { name, value } of parameters) {
      expect(value.shape).toEqual(golden.get(name)!.shape);
      expect([...value.dataSync()]).toEqual([...golden.get(name)!.data]);
    }
    for (const file of ['gradients', 'after_5_steps']) {
      const names = [...readGolden(join(dir, `${file}.safetensors`)).keys()];
      expect(names.sort()).toEqual(parameters.map(({ name }) => name).sort());
    }
  });

  it.each(['lora', 'moslora'])('%s: what is saved has the same tensors and settings', (method) => {
    const dir = sharedPath('golden', 'adapters', method)!;
    const out = mkdtempSync(join(tmpdir(), 'golden-adapter-'));
    loadAdapters(goldenSlots(), dir).save(out, { baseModel: 'tiny-llava-llama' });
    expect(readGolden(join(out, 'adapter_model.safetensors'))).toEqual(
      readGolden(join(dir, 'adapter_model.safetensors')),
    );
    const read = (folder: string): Record<string, unknown> =>
      JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8'));
    const [ours, theirs] = [read(out), read(dir)];
    for (const [field, value] of Object.entries(theirs)) {
      // A file that was trained is for inference; a missing lora_use_mixer means false.
      if (field === 'inference_mode') continue;
      if (field === 'target_modules')
        expect([...(ours[field] as string[])].sort()).toEqual([...(value as string[])].sort());
      else expect(ours[field] ?? false, field).toEqual(value);
    }
  });
});
