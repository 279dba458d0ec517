import { Rng, startBackend, tf } from '@moslora/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adapterConfig, decoderSlots, fillB, furthest, outputs } from '../fixtures/slots';
import { injectAdapters } from '../inject/inject-adapters';
import { AdapterShelf } from './adapter-shelf';

describe('AdapterShelf', () => {
  const state: { slots: ReturnType<typeof decoderSlots> } = { slots: [] };
  beforeAll(async () => {
    await startBackend();
    state.slots = decoderSlots('nf4');
  });
  afterAll(() => {
    for (const slot of state.slots) slot.get().dispose();
  });

  it('puts one adapter in place at a time, each computing what it does alone, and gives the base back', () => {
    const { slots } = state;
    const bare = outputs(slots);
    const held = tf.memory().numTensors;
    const shelf = new AdapterShelf(slots);
    const alone: Record<string, number[][]> = {};
    for (const name of ['one', 'two']) {
      shelf.add(name, () => {
        const targets = name === 'one' ? 'all-linear' : ['q_proj'];
        const set = injectAdapters(slots, adapterConfig({ method: 'moslora', targets }), new Rng(name));
        fillB(set.parameters());
        alone[name] = outputs(slots);
      });
      expect(outputs(slots)).toEqual(bare);
    }
    for (const name of ['two', 'one', 'one', undefined, 'two', 'one'] as const) {
      shelf.use(name);
      expect(outputs(slots)).toEqual(name === undefined ? bare : alone[name]);
    }
    expect(furthest(alone['one']!, alone['two']!)).toBeGreaterThan(0.1);
    expect(() => shelf.use('three')).toThrow('no adapter three on this shelf');
    shelf.dispose();
    expect(outputs(slots)).toEqual(bare);
    expect(tf.memory().numTensors).toBe(held);
  });

  it('leaves the base in place where an adapter cannot be loaded', () => {
    const { slots } = state;
    const base = slots.map((slot) => slot.get());
    const shelf = new AdapterShelf(slots);
    expect(() =>
      shelf.add('half', () => {
        slots[0]!.set(slots[1]!.get());
        throw new Error('broken file');
      }),
    ).toThrow('broken file');
    expect(slots.map((slot) => slot.get())).toEqual(base);
    expect(() => shelf.use('half')).toThrow('no adapter half');
  });
});
