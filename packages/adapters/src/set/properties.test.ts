import { quantizeNf4, dequantizeNf4 } from '@moslora/quantized-base';
import { Rng, startBackend, tf } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { adapterConfig, decoderSlots, fillB, furthest, outputs } from '../fixtures/slots';
import { injectAdapters } from '../inject/inject-adapters';
import { mergeWarning } from './merge-report';

beforeAll(async () => {
  await startBackend();
});

const moslora = adapterConfig({ method: 'moslora' });
describe('special mixers', () => {
  it('with the identity for a mixer MoSLoRA is LoRA', () => {
    const [one, other] = [decoderSlots(), decoderSlots()];
    const lora = injectAdapters(one, adapterConfig({ method: 'lora' }), new Rng(7));
    const mixed = injectAdapters(other, adapterConfig({ method: 'moslora', mixer: 'identity' }), new Rng(7));
    fillB(lora.parameters());
    fillB(mixed.parameters());
    expect(furthest(outputs(one), outputs(other))).toBeLessThan(1e-6);
  });

  it('two-subspaces mixing is (B1 + B2)(A1 + A2)', () => {
    const slots = decoderSlots();
    const before = outputs(slots);
    const set = injectAdapters(
      slots,
      adapterConfig({ method: 'two-subspaces', targets: ['layers.0.mlp.up_proj'] }),
      new Rng(7),
    );
    fillB(set.parameters());
    const [a, b] = set.parameters().map(({ value }) => value as unknown as tf.Tensor2D) as [tf.Tensor2D, tf.Tensor2D];
    const half = (x: tf.Tensor2D, axis: number) => tf.addN(tf.split(x, 2, axis));
    const x = tf.tensor2d(new Rng('x', '.0.mlp.up_proj').normalArray(6 * 16), [6, 16]);
    const v = tf.matMul(x, half(a, 0), false, true); // (N, R / 2)
    const update = tf.mul(tf.matMul(v, half(b, 1), false, true), 2).dataSync();
    const slot = slots.findIndex(({ name }) => name.endsWith('layers.0.mlp.up_proj'));
    const expected = before[slot]!.map((value, i) => value + update[i]!);
    expect(furthest([outputs(slots)[slot]!], [expected])).toBeLessThan(1e-5);
  });

  it('a frozen orthogonal mixer follows LoRA under gradient descent, a learning one leaves it', () => {
    // With  = M A and MᵀM = I, a step on A is the step LoRA takes on Â.
    const run = (config: ReturnType<typeof adapterConfig>, foldStart: boolean): number[][] => {
      const slots = decoderSlots();
      let set = injectAdapters(slots, config, new Rng(11));
      if (foldStart) set = set.fold();
      const optimizer = tf.train.sgd(0.05);
      for (let step = 0; step < 12; step++) {
        optimizer.minimize(
          () =>
            tf.addN(
              slots.map((slot) => tf.mean(tf.square(tf.sub(slot.get().apply(tf.eye(slot.get().inFeatures)), 0.3)))),
            ),
          false,
          set.parameters().map(({ value }) => value),
        );
      }
      return outputs(slots);
    };
    const frozen = adapterConfig({ method: 'moslora', mixer: 'orthogonal', trainMixer: false });
    const learning = adapterConfig({ method: 'moslora', mixer: 'orthogonal' });
    const lora = run(frozen, true);
    const moved = furthest(lora, outputs(decoderSlots()));
    expect(moved).toBeGreaterThan(0.05);
    expect(furthest(run(frozen, false), lora)).toBeLessThan(1e-5);
    expect(furthest(run(learning, false), lora)).toBeGreaterThan(1e-4);
  });
});

describe('AdapterSet', () => {
  it('names its parameters as the file does and counts what learns', () => {
    const set = injectAdapters(decoderSlots(), adapterConfig({ method: 'moslora', targets: ['q_proj'] }), new Rng(1));
    expect(set.parameters().map(({ name, group, value }) => [name, group, value.shape])).toEqual(
      [0, 1].flatMap((layer) => [
        [`base_model.model.model.layers.${layer}.self_attn.q_proj.lora_A.weight`, 'adapter', [4, 16]],
        [`base_model.model.model.layers.${layer}.self_attn.q_proj.lora_AB.weight`, 'adapter', [4, 4]],
        [`base_model.model.model.layers.${layer}.self_attn.q_proj.lora_B.weight`, 'adapter', [12, 4]],
      ]),
    );
    expect(set.count).toBe(2 * (4 * 16 + 16 + 12 * 4));
    const frozen = adapterConfig({ method: 'moslora', targets: ['q_proj'], trainMixer: false });
    const other = injectAdapters(decoderSlots(), frozen, new Rng(1));
    expect(other.count).toBe(2 * (4 * 16 + 12 * 4));
    expect(other.tensors()).toHaveLength(6);
  });

  it('merged into NF4 reports the error that quantising again brings', () => {
    const slots = decoderSlots('nf4');
    const set = injectAdapters(slots, moslora, new Rng(1));
    fillB(set.parameters());
    const before = slots.map((slot) => slot.get().frozen);
    expect(before).toEqual(slots.map(() => undefined));
    const attached = outputs(slots);
    const report = set.merge({ into: 'nf4' });
    const moved = furthest(outputs(slots), attached);
    expect(report.modules).toHaveLength(8);
    expect(report.maxError).toBeGreaterThan(0.001);
    expect(moved).toBeGreaterThan(1e-3);
    // The widest gap between codes is 0.304, so an error is at most half of that times the block's largest weight.
    for (const [i, { name, maxError, rmsError, rmsDelta }] of report.modules.entries()) {
      const weight = slots[i]!.get().frozen!.weight().dataSync<'float32'>();
      const largest = weight.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(maxError, name).toBeLessThan(0.16 * largest);
      expect(rmsError).toBeLessThan(maxError);
      expect(rmsDelta).toBeGreaterThan(0);
    }
  });

  it('warns when quantising again buries the adapter', () => {
    const slots = decoderSlots('nf4');
    const set = injectAdapters(slots, moslora, new Rng(1));
    for (const { value } of set.parameters()) value.assign(tf.mul(tf.onesLike(value), 1e-3));
    expect(mergeWarning(set.merge({ into: 'nf4' }))).toMatch(
      /changes 8 of 8 layers by more than the adapter did \(worst model\.layers/,
    );
  });

  it('requantised weights are those of quantizeNf4', () => {
    const slots = decoderSlots('nf4').slice(0, 1);
    const set = injectAdapters(slots, moslora, new Rng(1));
    fillB(set.parameters());
    const [a, mixer, b] = set.tensors().map(({ value }) => value as unknown as tf.Tensor2D) as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
    ];
    const delta = tf.mul(tf.matMul(b, tf.matMul(mixer, a)), 2);
    const wanted = tf.add(decoderSlots('nf4')[0]!.get().frozen!.weight(), delta).dataSync<'float32'>();
    set.merge({ into: 'nf4' });
    const expected = dequantizeNf4(quantizeNf4(wanted, { double: true }));
    expect([...slots[0]!.get().frozen!.weight().dataSync()]).toEqual([...expected]);
  });
});
