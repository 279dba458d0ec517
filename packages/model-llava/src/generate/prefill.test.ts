import { startEngine } from '@moslora/kernels';
import { maxAbsDiff, expectNoLeak, withRandomWeights } from '@moslora/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { familyFor } from '../families';
import { Decoding } from './decoding';
import { settleSampling } from './settings';
import { textSpeaker, type Speaker } from './speaker';

const config = {
  ...{ model_type: 'qwen3', hidden_size: 24, intermediate_size: 40, num_hidden_layers: 2, num_attention_heads: 4 },
  ...{ num_key_value_heads: 2, head_dim: 8, vocab_size: 50 },
};
const prompt = (length: number): number[] => Array.from({ length }, (_, i) => (7 * i * i + 3 * i + length) % 50);

describe('prompts that go through in pieces', () => {
  let speaker: Speaker;
  beforeAll(async () => {
    await startEngine();
    const family = await familyFor('qwen3', 'here');
    speaker = textSpeaker(withRandomWeights(family.tensors(config), (file) => family.load(file, config)));
  });

  /** Logits of four tokens of each prompt, and how many pieces went before. */
  async function logits(prompts: readonly number[][], most: number): Promise<{ pieces: number; all: number[][] }> {
    const sampling = prompts.map(() => settleSampling({}));
    const decoding = new Decoding(speaker, prompts, {}, { sampling, logits: prompts.map(() => true) });
    let pieces = 0;
    while (decoding.prefill(most)) pieces += 1;
    const all: number[][] = [];
    for (let step = 0; step < 4; step += 1) all.push(...(await decoding.next()).map((token) => [...token.logits!]));
    decoding.dispose();
    return { pieces, all };
  }

  it.each([
    ['one', [97], 16, 6],
    ['one, a token at a time', [9], 1, 8],
    ['several, shorter ones beginning in later pieces', [40, 97, 3, 64], 64, 6],
    ['one that is short enough', [16], 16, 0],
  ] as const)('%s: the same logits as at once', async (_, lengths, most, expected) => {
    const prompts = lengths.map(prompt);
    const [whole, inPieces] = [await logits(prompts, 1e9), await logits(prompts, most)];
    expect([whole.pieces, inPieces.pieces]).toEqual([0, expected]);
    inPieces.all.forEach((row, at) => expect(maxAbsDiff(row, whole.all[at]!)).toBeLessThan(1e-5));
  });

  it('keep nothing, also where they are given up half way', async () => {
    const all = async (): Promise<void> => {
      await logits([prompt(50), prompt(7)], 16);
      const given = new Decoding(speaker, [prompt(50)], {}, { sampling: [settleSampling({})] });
      given.prefill(8);
      given.dispose();
    };
    await all(); // tables of rotary positions are kept
    await expectNoLeak(all);
  });
});
