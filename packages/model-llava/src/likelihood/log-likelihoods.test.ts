import { join } from 'node:path';
import type { Decoder } from '@moslora/decoder';
import { startEngine } from '@moslora/kernels';
import { startBackend } from '@moslora/runtime';
import { expectNoLeak, withRandomWeights } from '@moslora/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { familyFor } from '../families';
import { loadDecoderFolder } from '../load-folder';
import { logLikelihoods } from './log-likelihoods';

// Ids, where the scored ones begin, and what transformers' log-softmax says of them (float32).
const cases: [number[], number, number][] = [
  [[1, 5, 7, 9, 3], 3, -6.652751],
  [[2, 4, 6, 8, 10, 12, 14], 1, -23.010031],
  [[3, 1], 1, -4.662789],
  [[1, 5, 7, 20], 2, -9.499228],
];

describe('logLikelihoods', () => {
  let decoder: Decoder;
  beforeAll(async () => {
    await startBackend();
    decoder = await loadDecoderFolder(join(import.meta.dirname, '../../../model-qwen/fixtures/qwen3'));
  });
  afterAll(() => decoder.dispose());
  const sequences = cases.map(([ids, from]) => ({ ids, from }));

  it('are those of PyTorch, alone and together', () => {
    const each = sequences.map((one) => [one]);
    logLikelihoods(decoder, each).forEach(([value], i) => expect(value).toBeCloseTo(cases[i]![2], 4));
    each.forEach((one, i) => expect(logLikelihoods(decoder, [one])[0]![0]).toBeCloseTo(cases[i]![2], 4));
    // Those of PyTorch have nothing in common: branches from the first position on.
    logLikelihoods(decoder, [sequences])[0]!.forEach((value, i) => expect(value).toBeCloseTo(cases[i]![2], 4));
  });

  it.each(['plain', 'fused'])('are the same for options that share their question, %s ops', async (ops) => {
    if (ops === 'fused') await startEngine();
    const question = [5, 2, 8, 8, 1, 3];
    const options = [
      { ids: [...question, 7, 9], from: 6 },
      { ids: [...question, 7, 4, 4], from: 6 },
      { ids: [...question, 11], from: 6 },
      // Of the question, too.
      { ids: [...question, 2, 6], from: 3 },
    ];
    const other = [
      { ids: [3, 1, 4], from: 1 },
      { ids: [3, 1, 4, 1, 5], from: 2 },
    ];
    const spy = vi.spyOn(decoder, 'forwardRows');
    const together = logLikelihoods(decoder, [options, other, []]);
    expect(spy.mock.calls.map(([x]) => x.shape.slice(0, 2))).toEqual([[3, 6 + 2 + 3 + 1 + 2]]);
    vi.restoreAllMocks();
    expect(together.map(({ length }) => length)).toEqual([4, 2, 0]);
    [options, other].forEach((group, g) =>
      group.forEach((one, i) => expect(together[g]![i]).toBeCloseTo(logLikelihoods(decoder, [[one]])[0]![0]!, 4)),
    );
  });

  it('are 0 where nothing is asked for, and leave no tensor behind', async () => {
    expect(logLikelihoods(decoder, [])).toEqual([]);
    expect(logLikelihoods(decoder, [[{ ids: [1, 2], from: 2 }]])).toEqual([[0]]);
    await expectNoLeak(() => logLikelihoods(decoder, [sequences]));
  });
});

describe('those of a decoder whose rotations depend on the whole length', () => {
  it('are computed one by one', async () => {
    await startBackend();
    const config = {
      ...{ model_type: 'llama', hidden_size: 24, intermediate_size: 40, num_hidden_layers: 2, num_attention_heads: 4 },
      ...{ vocab_size: 50, rope_scaling: { type: 'dynamic', factor: 2 }, max_position_embeddings: 4 },
    };
    const family = await familyFor('llama', 'here');
    const decoder = withRandomWeights(family.tensors(config), (file) => family.load(file, config));
    const options = [
      { ids: [5, 2, 8, 8, 1], from: 3 },
      { ids: [5, 2, 8, 8, 1, 3, 7, 7], from: 3 },
    ];
    const [together] = logLikelihoods(decoder, [options]);
    options.forEach((one, i) => expect(together![i]).toBeCloseTo(logLikelihoods(decoder, [[one]])[0]![0]!, 4));
    decoder.dispose();
  });
});
