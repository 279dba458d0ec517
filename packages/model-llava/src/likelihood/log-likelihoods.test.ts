import { join } from 'node:path';
import type { Decoder } from '@moslora/decoder';
import { startBackend } from '@moslora/runtime';
import { expectNoLeak } from '@moslora/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    logLikelihoods(decoder, sequences).forEach((value, i) => expect(value).toBeCloseTo(cases[i]![2], 4));
    sequences.forEach((each, i) => expect(logLikelihoods(decoder, [each])[0]).toBeCloseTo(cases[i]![2], 4));
  });

  it('are 0 where nothing is asked for, and leave no tensor behind', async () => {
    expect(logLikelihoods(decoder, [])).toEqual([]);
    expect(logLikelihoods(decoder, [{ ids: [1, 2], from: 2 }])).toEqual([0]);
    await expectNoLeak(() => logLikelihoods(decoder, sequences));
  });
});
