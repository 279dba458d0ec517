import { DenseLinear, type LinearSlot } from '@moslora/nn';
import { startBackend, tf } from '@moslora/runtime';
import { finiteDifferenceCheck, withRandomWeights } from '@moslora/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Decoder, DecoderFamily } from './contract';
import { kinds, tinyJson } from './fixtures/kinds';

const plain = kinds['separate projections'];
function randomDecoder(family: DecoderFamily = plain, json: Record<string, unknown> = tinyJson): Decoder {
  return withRandomWeights(family.tensors(json), (file) => family.load(file, json));
}

const ids = [
  [3, 14, 15, 9, 26],
  [5, 35, 8, 9, 7],
];
const largest = (a: tf.Tensor, b: tf.Tensor): number => tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);

describe.each(Object.entries(kinds))('a decoder with %s', (_, family) => {
  let decoder: Decoder;
  beforeAll(async () => {
    await startBackend();
    decoder = randomDecoder(family);
  });
  afterAll(() => decoder.dispose());
  const hidden = (rows: number[][], options = {}): tf.Tensor3D =>
    decoder.forward(decoder.embed(tf.tensor2d(rows, undefined, 'int32')), options);

  it('sees nothing of what comes after', () => {
    const [a, b] = [hidden([[3, 14, 15]]), hidden([[3, 14, 40]])];
    expect(largest(tf.slice(a, [0, 0, 0], [1, 2, -1]), tf.slice(b, [0, 0, 0], [1, 2, -1]))).toBe(0);
    expect(largest(a, b)).toBeGreaterThan(1e-3);
  });

  it('gives the same token by token with a cache as at once', () => {
    const whole = hidden(ids);
    const cache = decoder.newCache();
    const parts = [
      hidden(
        ids.map((row) => row.slice(0, 2)),
        { cache },
      ),
    ];
    for (let t = 2; t < 5; t += 1)
      parts.push(
        hidden(
          ids.map((row) => [row[t]!]),
          { cache },
        ),
      );
    expect(cache.length).toBe(5);
    expect(largest(tf.concat(parts, 1), whole)).toBeLessThan(2e-5);
    cache.dispose();
  });

  it('goes on with what is in its slots now, whatever it has seen', () => {
    const [slot] = decoder.slots() as [LinearSlot];
    const own = slot.get();
    const other = new DenseLinear({ name: slot.name, weight: tf.randomNormal([own.outFeatures, own.inFeatures]) });
    // Answers of three tokens, one linear layer for the second half of each pass over the cache.
    const answer = (swap: boolean, rows = ids): tf.Tensor => {
      const cache = decoder.newCache();
      const column = (t: number): tf.Tensor =>
        hidden(
          rows.map((row) => [row[t]!]),
          { cache },
        );
      const parts = [column(0), column(1)];
      if (swap) slot.set(other);
      parts.push(column(2), column(3));
      slot.set(own);
      cache.dispose();
      return tf.concat(parts, 1);
    };
    const swapped = (rows = ids): tf.Tensor => {
      // The same from passes of several tokens, which no single-token pass has come before.
      const cache = decoder.newCache();
      const first = hidden(
        rows.map((row) => row.slice(0, 2)),
        { cache },
      );
      slot.set(other);
      const second = hidden(
        rows.map((row) => row.slice(2, 4)),
        { cache },
      );
      slot.set(own);
      cache.dispose();
      return tf.concat([first, second], 1);
    };
    const plain = answer(false);
    for (let times = 0; times < 3; times++) {
      const got = answer(true);
      expect(largest(got, swapped())).toBeLessThan(2e-5);
      expect(largest(got, plain)).toBeGreaterThan(1e-3);
      expect(largest(answer(false), plain)).toBe(0);
      expect(largest(answer(true, [ids[1]!]), swapped([ids[1]!]))).toBeLessThan(2e-5);
    }
    other.dispose();
  });

  it('gives the same with padding on the left as without', () => {
    const padded = [[0, 0, ...ids[0]!.slice(0, 3)], ids[1]!];
    const visible = Int32Array.from([0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
    const positions = Int32Array.from([0, 0, 0, 1, 2, 0, 1, 2, 3, 4]);
    const both = hidden(padded, { visible, positions });
    expect(largest(tf.slice(both, [0, 2, 0], [1, 3, -1]), hidden([ids[0]!.slice(0, 3)]))).toBeLessThan(2e-5);
    expect(largest(tf.slice(both, [1, 0, 0], [1, 5, -1]), hidden([ids[1]!]))).toBeLessThan(2e-5);
  });

  it('gives chosen rows as they are in the whole', () => {
    const rows = Int32Array.from([1, 4, 7]);
    const chosen = decoder.forwardRows(decoder.embed(tf.tensor2d(ids, undefined, 'int32')), rows);
    const whole = tf.reshape(hidden(ids), [10, 24]);
    expect(largest(chosen, tf.gather(whole, tf.tensor1d(rows, 'int32')))).toBeLessThan(1e-5);
  });

  it('has the gradient that finite differences have', () => {
    const x = tf.mul(decoder.embed(tf.tensor2d(ids, undefined, 'int32')), 5);
    const forward = (input: tf.Tensor): tf.Tensor => decoder.forward(input as tf.Tensor3D);
    expect(finiteDifferenceCheck(forward, [x], { samples: 60 })).toBeLessThan(1e-2);
  });

  it('gives the same gradient when layers are recomputed, whole or for chosen rows', () => {
    const x = decoder.embed(tf.tensor2d(ids, undefined, 'int32'));
    const rows = Int32Array.from([2, 9]);
    for (const chosen of [undefined, rows]) {
      const loss = (checkpointing: boolean) => (input: tf.Tensor) => {
        const given = input as tf.Tensor3D;
        return tf.sum(
          tf.square(
            chosen ? decoder.forwardRows(given, chosen, { checkpointing }) : decoder.forward(given, { checkpointing }),
          ),
        ) as tf.Scalar;
      };
      const [kept, recomputed] = [tf.grad(loss(false))(x), tf.grad(loss(true))(x)];
      expect(largest(kept, recomputed)).toBe(0);
      expect(tf.max(tf.abs(kept)).dataSync()[0]).toBeGreaterThan(1e-3);
    }
  });

  it('leaks no tensor in a forward and backward pass', () => {
    const x = decoder.embed(tf.tensor2d(ids, undefined, 'int32'));
    const step = (): void =>
      tf
        .grad((input) => tf.sum(tf.square(decoder.forward(input as tf.Tensor3D, { checkpointing: true }))))(x)
        .dispose();
    step();
    const before = tf.memory().numTensors;
    step();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('loading a decoder', () => {
  beforeAll(() => startBackend());

  it('ties the head to the embeddings where the configuration says so', () => {
    const tied = randomDecoder(plain, { ...tinyJson, tie_word_embeddings: true });
    const rows = tf.randomNormal([3, 24]) as tf.Tensor2D;
    const whole = tied.table.rows(Int32Array.from({ length: tied.table.shape[0] }, (_, id) => id));
    expect(largest(tied.logits(rows), tf.matMul(rows, whole, false, true))).toBeLessThan(1e-5);
    expect(tied.slots()).toHaveLength(14);
    tied.dispose();
  });

  it('names its slots by the path in the file', () => {
    const prefix = { body: 'language_model.model.', head: 'language_model.lm_head.weight' };
    const nested = withRandomWeights(plain.tensors(tinyJson, prefix), (file) => plain.load(file, tinyJson));
    const names = nested.slots().map(({ name }) => name);
    expect(names).toHaveLength(15);
    expect([names[0], names.at(-1)]).toEqual(['language_model.model.layers.0.q', 'language_model.lm_head']);
    nested.dispose();
  });

  it('lists every missing, misshapen and unexpected tensor at once', () => {
    const shapes = plain.tensors(tinyJson);
    shapes.delete('model.norm.weight');
    shapes.delete('model.layers.1.mlp.up.weight');
    shapes.set('model.layers.0.mlp.down.weight', [24, 41]);
    shapes.set('model.layers.1.mlp.upp.weight', [40, 24]);
    const before = tf.memory().numTensors;
    const load = (): Decoder => withRandomWeights(shapes, (file) => plain.load(file, tinyJson));
    expect(load).toThrow(
      /`model\.layers\.0\.mlp\.down\.weight` has another shape[\s\S]*got {6}\(24, 41\)\n {2}expected \(24, 40\)/,
    );
    expect(load).toThrow(
      /2 tensors are missing[\s\S]*expected model\.norm\.weight, model\.layers\.1\.mlp\.up\.weight \(near: model\.layers\.1\.mlp\.upp\.weight\)/,
    );
    expect(load).toThrow(
      /1 tensors have no place in a Tiny decoder[\s\S]*got {6}model\.layers\.1\.mlp\.upp\.weight \(near: model\.layers\.1\.mlp\.up\.weight\)/,
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
