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
/** Those of negative length begin alike. */
const prompt = (length: number): number[] =>
  Array.from(
    { length: Math.abs(length) },
    (_, i) => (7 * i * i + 3 * i + (length < 0 && i < 50 ? 0 : length + 100)) % 50,
  );

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
    ['several, more than positions of a piece', [9, 7, 8], 2, 8],
    ['one that is short enough', [16], 16, 0],
    ['several that begin alike', [-60, -63, 30, -61], 64, 2],
  ] as const)('%s: the same logits as at once', async (_, lengths, most, expected) => {
    const prompts = lengths.map(prompt);
    const [whole, inPieces] = [await logits(prompts, 1e9), await logits(prompts, most)];
    expect([whole.pieces, inPieces.pieces]).toEqual([0, expected]);
    inPieces.all.forEach((row, at) => expect(maxAbsDiff(row, whole.all[at]!)).toBeLessThan(1e-5));
  });

  it('go on when others end before their first token', async () => {
    const prompts = [30, 50, 20].map(prompt);
    const [whole] = [await logits([prompts[1]!], 1e9)];
    const options = { first: 5, sampling: prompts.map(() => settleSampling({})), logits: prompts.map(() => true) };
    for (const pieces of [0, 2]) {
      const decoding = new Decoding(speaker, prompts, {}, options);
      decoding.end(new Set([5]));
      for (let piece = 0; piece < pieces; piece += 1) decoding.prefill(45);
      decoding.end(new Set([7]));
      for (const expected of whole.all) {
        const [token, ...others] = await decoding.next();
        expect([token!.row, others]).toEqual([6, []]);
        expect(maxAbsDiff([...token!.logits!], expected)).toBeLessThan(1e-5);
      }
      decoding.dispose();
    }
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
