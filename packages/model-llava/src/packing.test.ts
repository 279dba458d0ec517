import { injectAdapters } from '@moslora/adapters';
import { hasKernel, startEngine } from '@moslora/kernels';
import { Rng, startBackend, tf } from '@moslora/runtime';
import { adapterConfigSchema } from '@moslora/specs';
import { collate, type EncodedConversation } from '@moslora/tokenization';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withLlavaFolder } from './fixtures/random-llava';
import { loadLlavaFolder } from './load-folder';
import type { LlavaModel } from './llava-model';

const rng = new Rng(17, 'packing');
const slot = -200;

/** A conversation of some ids, with a slot for each picture somewhere among them and about half of the rest trained. */
function conversation(length: number, pictures: number): EncodedConversation {
  const inputIds = Array.from({ length }, () => 1 + rng.int(45));
  for (let k = 0; k < pictures; k++) inputIds.splice(rng.int(inputIds.length), 0, slot);
  const labels = inputIds.map((id, t) => (id === slot || (t < inputIds.length - 1 && rng.int(2) === 0) ? -100 : id));
  return { inputIds, labels };
}

describe.each(['plain', 'fused'])('rows that several samples share, %s ops', (ops) => {
  let model: LlavaModel;
  beforeAll(async () => {
    await (ops === 'plain' ? startBackend() : startEngine());
    model = await withLlavaFolder((dir) => loadLlavaFolder(dir));
    const config = adapterConfigSchema.parse({ method: 'moslora', rank: 4, alpha: 8 });
    const adapters = injectAdapters(model.decoder.slots(), config, new Rng(1));
    for (const { name, value } of adapters.parameters())
      if (name.endsWith('lora_B.weight')) value.assign(tf.randomNormal(value.shape, 0, 0.3, 'float32', 2));
  });
  afterAll(() => model.dispose());

  const samples = [
    [9, 1],
    [20, 0],
    [6, 2],
    [11, 0],
    [5, 1],
    [17, 3],
    [8, 0],
  ].map(([length, pictures]) => conversation(length!, pictures!));

  function pass(pack: boolean, maxLength: number) {
    const options = { patchesPerSlot: 4, padId: 0, maxLength, pack };
    const { kept, slots: _, ...batch } = collate(samples, options);
    const pictures = kept.flatMap((sample) =>
      samples[sample]!.inputIds.filter((id) => id === slot).map((_, k) =>
        tf.randomNormal([4, 16], 0, 1, 'float32', 100 * sample + k + 1),
      ),
    );
    const features = tf.stack(pictures) as tf.Tensor3D;
    const learning = model.parameters().map(({ value }) => value);
    const { value, grads } = tf.variableGrads(() => model.lossSum({ ...batch, features }).loss, learning);
    return { loss: value.dataSync()[0]!, grads: learning.map(({ name }) => grads[name]!), batch };
  }

  it('have the loss and gradients of the samples in rows of their own', () => {
    if (ops === 'fused' && !hasKernel('MosloraAttention')) return;
    for (const maxLength of [64, 40, 200]) {
      const [apart, packed] = [pass(false, maxLength), pass(true, maxLength)];
      expect(packed.batch.size).toBeLessThan(apart.batch.size);
      expect(packed.batch.size * packed.batch.length).toBeLessThan(0.8 * apart.batch.size * apart.batch.length);
      expect(packed.batch.trainedTokens).toBe(apart.batch.trainedTokens);
      expect(Math.abs(packed.loss - apart.loss) / apart.loss).toBeLessThan(1e-5);
      packed.grads.forEach((gradient, at) => {
        const expected = apart.grads[at]!;
        const scale = tf.max(tf.abs(expected)).dataSync()[0]!;
        const off = tf.max(tf.abs(tf.sub(gradient, expected))).dataSync()[0]!;
        expect(scale).toBeGreaterThan(0);
        expect(off / scale).toBeLessThan(1e-5);
      });
    }
  });

  it('would not, if a sample saw those before it', () => {
    const { batch } = pass(true, 200);
    const features = tf.randomNormal([7, 4, 16], 0, 1, 'float32', 5) as tf.Tensor3D;
    const loss = (branches: Int32Array | undefined) =>
      model.lossSum({ ...batch, branches, features }).loss.dataSync()[0]!;
    const apart = loss(batch.branches);
    expect(Math.abs(loss(batch.branches!.map(() => 1)) - apart) / apart).toBeGreaterThan(1e-3);
  });
});
