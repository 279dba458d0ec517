import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile, writeSafetensors, type TensorToWrite } from '@moslora/checkpoint';
import { DenseLinear, type Linear, type LinearSlot } from '@moslora/nn';
import { Rng, startBackend, tf } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { adapterConfig, decoderSlots, fillB, outputs } from '../fixtures/slots';
import { injectAdapters } from '../inject/inject-adapters';
import { copiedModule, type ModelEmbeddings } from './copied-weights';
import { loadAdapters } from './load-adapters';

const [rows, width] = [5000, 16];
const values = new Rng('embeddings').normalArray(rows * width, 0, 0.1);
let embeddings: ModelEmbeddings;
beforeAll(async () => {
  await startBackend();
  const table = tf.keep(tf.tensor2d(values, [rows, width]));
  embeddings = { table, embed: (ids) => tf.reshape(tf.gather(table, ids), [...ids.shape, width]) };
});

/** A small decoder's slots with a head that has the values of the embedding table. */
function slots(): LinearSlot[] {
  let linear: Linear = new DenseLinear({ name: 'lm_head', weight: tf.tensor2d(values, [rows, width]) });
  const head = { name: 'lm_head', get: () => linear, set: (other: Linear) => void (linear = other) };
  return [...decoderSlots(), head];
}

/** A trained adapter on head and layers, with more tensors in its file; and what its model computes. */
function saved(...more: TensorToWrite[]): { dir: string; computed: number[][] } {
  const dir = mkdtempSync(join(tmpdir(), 'adapter-copies-'));
  const model = slots();
  const set = injectAdapters(model, adapterConfig({ method: 'moslora', targets: ['q_proj', 'lm_head'] }), new Rng(1));
  fillB(set.parameters());
  set.save(dir);
  const path = join(dir, 'adapter_model.safetensors');
  const file = SafetensorsFile.open(path);
  const own = file.names().map((name) => ({ name, dtype: 'F32' as const, ...of(file, name) }));
  writeSafetensors(path, [...own, ...more]);
  return { dir, computed: outputs(model) };
}
const of = (file: SafetensorsFile, name: string) => ({ shape: file.info(name).shape, data: file.bytes(name) });

const copy = (name: string, change: Partial<TensorToWrite> = {}): TensorToWrite => ({
  ...{ name: `base_model.model.${name}`, dtype: 'F32', shape: [rows, width], data: values },
  ...change,
});
const headCopy = 'lm_head.base_layer.weight';

describe('copies of base weights in an adapter', () => {
  it.each(['F32', 'BF16', 'F16'] as const)('are passed over where they are those of the model, in %s', (dtype) => {
    const { dir, computed } = saved(copy(headCopy, { dtype }), copy('model.embed_tokens.weight', { dtype }));
    const model = slots();
    expect(loadAdapters(model, dir, { embeddings }).modules()).toHaveLength(3);
    expect(outputs(model)).toEqual(computed);
  });

  it('are held against the table where the head is tied to it', () => {
    const { dir } = saved(copy('lm_head.weight'));
    expect(() => loadAdapters(slots(), dir, { embeddings })).not.toThrow();
  });

  it('are an error where they are other values, of another vocabulary, or of nothing; all at once', () => {
    const trained = Float32Array.from(values);
    trained[4999 * width] = 0.5;
    const { dir } = saved(
      copy(headCopy, { data: trained }),
      copy('model.embed_tokens.weight', { shape: [rows - 1, width], data: values.subarray(width) }),
      copy('model.layers.9.mlp.up_proj.base_layer.weight', { shape: [1, 1], data: new Float32Array(1) }),
    );
    const load = (): unknown => loadAdapters(slots(), dir, { embeddings });
    expect(load).toThrow(
      /holds 1 base weights that are not the model's\n.*\n {2}got {6}base_model\.model\.lm_head\.base_layer\.weight\n/,
    );
    expect(load).toThrow(
      /embed_tokens\.weight` has the wrong shape\n.*\n {2}got {6}\(4999, 16\)\n {2}expected \(5000, 16\), as in the model/,
    );
    expect(load).toThrow(/layers\.9\.mlp\.up_proj\.base_layer\.weight` is a copy of a weight that this model does not/);
  });
});

it('copiedModule knows what PEFT copies', () => {
  expect(copiedModule('base_model.model.lm_head.base_layer.weight')).toBe('lm_head');
  expect(copiedModule('base_model.model.model.embed_tokens.weight')).toBe('model.embed_tokens');
  expect(copiedModule('base_model.model.output.weight')).toBe('output');
  for (const key of ['x.lora_embedding_A.weight', 'model.layers.0.mlp.up_proj.weight', 'lm_head.bias'])
    expect(copiedModule(key)).toBeUndefined();
});
