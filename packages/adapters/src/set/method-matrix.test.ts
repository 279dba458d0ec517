import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DenseLinear } from '@moslora/nn';
import { nativePaths, Rng, startBackend, tf } from '@moslora/runtime';
import { expectNoLeak } from '@moslora/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { adapterConfig, decoderSlots, fillB, furthest, outputs } from '../fixtures/slots';
import { slopes } from '../fixtures/slopes';
import { injectAdapters } from '../inject/inject-adapters';
import { adapterMethods } from '../method/methods';
import { loadAdapters } from '../peft/load-adapters';

/** Every method, every start of its parts, and what can be added to any of them. */
const configs = [
  ...Object.keys(adapterMethods).map((method) => adapterConfig({ method: method as keyof typeof adapterMethods })),
  ...['orthogonal', 'identity', 'butterfly', 'gaussian'].map((mixer) => adapterConfig({ method: 'moslora', mixer })),
  adapterConfig({ method: 'moslora', trainMixer: false, aInit: 'gaussian' }),
  adapterConfig({ method: 'moslora', rankStabilized: true, loraPlusRatio: 4, rankPattern: { 'layers\\.1\\..*': 2 } }),
  adapterConfig({ method: 'dora', rankStabilized: true, alphaPattern: { q_proj: 3 }, rankPattern: { up_proj: 6 } }),
];
const label = (config: (typeof configs)[number]): string => {
  const { method, rankPattern, rankStabilized } = config;
  const more = [
    'mixer' in config && `${config.mixer}${config.trainMixer ? '' : ', frozen'}`,
    rankStabilized && method !== 'rslora' && 'rank-stabilised',
    Object.keys(rankPattern).length > 0 && 'with patterns',
  ];
  return [method, ...more.filter(Boolean)].join(' ');
};

const backends = nativePaths() ? (['wasm', 'native'] as const) : (['wasm'] as const);
const cases = backends.flatMap((backend) => configs.map((config) => [label(config), backend, config] as const));

describe.each(cases)('%s on %s', (_, backend, config) => {
  beforeAll(async () => {
    await startBackend({ backend });
  });

  /** A trained adapter on fresh slots. */
  function trained(kind: 'dense' | 'nf4' = 'dense') {
    const slots = decoderSlots(kind);
    const plain = outputs(slots);
    const set = injectAdapters(slots, config, new Rng(1));
    fillB(set.parameters());
    return { slots, set, plain, attached: outputs(slots) };
  }

  it.each(['dense', 'nf4'] as const)('computes what the %s base does before training', (kind) => {
    const slots = decoderSlots(kind);
    const before = outputs(slots);
    injectAdapters(slots, config, new Rng(1));
    expect(furthest(outputs(slots), before)).toBeLessThan(2e-6);
  });

  it.each(['dense', 'nf4'] as const)('merged into a dense layer computes what it did attached to a %s base', (kind) => {
    const { slots, set, plain, attached } = trained(kind);
    expect(furthest(attached, plain)).toBeGreaterThan(0.1);
    const { maxError } = set.merge();
    expect(maxError).toBe(0);
    expect(slots.every((slot) => slot.get() instanceof DenseLinear)).toBe(true);
    expect(furthest(outputs(slots), attached)).toBeLessThan(2e-5);
  });

  it('folded has no mixer and computes the same', () => {
    const { slots, set, attached } = trained();
    const folded = set.fold();
    expect(folded.settings.method).toBe(config.method === 'dora' ? 'dora' : 'lora');
    expect(folded.tensors().some(({ name }) => name.includes('lora_AB'))).toBe(false);
    expect(furthest(outputs(slots), attached)).toBeLessThan(2e-5);
  });

  it('detached leaves the base as it was, and no tensor', () => {
    const slots = decoderSlots('nf4');
    const before = outputs(slots);
    const tensors = tf.memory().numTensors;
    const set = injectAdapters(slots, config, new Rng(1));
    fillB(set.parameters());
    set.detach();
    expect(outputs(slots)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(() => set.parameters()).toThrow('merged, folded or detached');
  });

  it('saved and loaded is the same adapter: outputs, settings, what learns at which rate, and files', () => {
    const { set, attached } = trained();
    const [dir, again] = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'adapter-'))) as [string, string];
    set.save(dir, { baseModel: 'tiny' });
    const slots = decoderSlots();
    const loaded = loadAdapters(slots, dir);
    expect(outputs(slots)).toEqual(attached);
    expect(loaded.settings).toEqual(set.settings);
    const facts = ({ name, value, rateFactor }: (typeof learning)[number]): unknown => [name, value.shape, rateFactor];
    const learning = set.parameters();
    expect(loaded.parameters().map(facts)).toEqual(learning.map(facts));
    loaded.save(again, { baseModel: 'tiny' });
    for (const file of ['adapter_config.json', 'adapter_model.safetensors'])
      expect(readFileSync(join(again, file)).equals(readFileSync(join(dir, file))), file).toBe(true);
  });

  it('has the gradients of finite differences, in every part', async () => {
    const { slots, set } = trained();
    const { slot, parameters } = { slot: slots[6]!, parameters: set.parameters() };
    const own = parameters.filter(({ name }) => name.includes(`${slot.name}.`));
    expect(own.length).toBeGreaterThanOrEqual(2);
    for (const { name, gradient, difference } of slopes(slot.get(), own))
      expect(Math.abs(gradient - difference) / Math.max(1, Math.abs(difference)), name).toBeLessThan(1e-2);
    const x = tf.ones([3, slot.get().inFeatures]);
    await expectNoLeak(() => {
      const loss = (): tf.Scalar => tf.sum(slot.get().apply(x));
      const { value, grads } = tf.variableGrads(
        loss,
        own.map((parameter) => parameter.value),
      );
      tf.dispose([value, ...Object.values(grads)]);
    });
  });
});
