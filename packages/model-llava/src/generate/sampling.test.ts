import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '@moslora/runtime';
import { describe, expect, it } from 'vitest';
import { candidates, penaliseRepetition } from './candidates';
import { chooseToken } from './choose-token';
import { largest } from './largest';
import { settleSampling, type SamplingOptions } from './settings';

interface Case {
  settings: Record<'temperature' | 'top_k' | 'top_p' | 'repetition_penalty', number> & { min_p: number | null };
  scores: number[];
  seen: number[];
  kept: [id: number, score: number][];
}

/** Made by tools/parity/make_sampling_cases.py with transformers' own processors. */
const cases = readFileSync(join(import.meta.dirname, 'fixtures/processed-scores.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

describe('candidates', () => {
  it.each(cases.map((one, index) => [index, one] as const))('are those of transformers (case %i)', (_, one) => {
    const { settings, seen, kept } = one;
    const scores = Float32Array.from(one.scores);
    if (settings.repetition_penalty !== 1) penaliseRepetition(scores, seen, settings.repetition_penalty);
    const sampling = settleSampling({
      temperature: settings.temperature,
      topK: settings.top_k,
      topP: settings.top_p,
      minP: settings.min_p ?? undefined,
    });
    const { ids, scores: left } = candidates(scores, sampling);
    const theirs = new Map(kept);
    expect(ids).toHaveLength(theirs.size);
    // Which of equal scores top-p leaves out is left to chance there (torch.sort is not stable).
    const rounded = (values: Iterable<number>): number[] =>
      [...values].map((value) => Math.fround(value) + 0).sort((a, b) => a - b);
    expect(rounded(left)).toEqual(rounded(theirs.values()));
    const unique = (id: number): boolean => scores.filter((score) => score === scores[id]).length === 1;
    expect([...ids].filter(unique).every((id) => theirs.has(id))).toBe(true);
  });

  it('look as far as the probability lies, in a flat distribution too', () => {
    const scores = new Float32Array(5000);
    expect(candidates(scores, settleSampling({ topK: 0, topP: 0.5 })).ids).toHaveLength(2500);
    expect(candidates(scores, settleSampling({ topK: 0, topP: 0.01 })).ids).toHaveLength(50);
    expect(candidates(scores, settleSampling({ topK: 0 })).ids).toHaveLength(5000);
  });
});

describe('largest', () => {
  it('is the front of the sorted whole', () => {
    const rng = new Rng(3);
    for (let round = 0; round < 200; round += 1) {
      const scores = Float32Array.from({ length: 1 + rng.int(60) }, () => rng.int(20) - 10);
      const sorted = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
      const count = 1 + rng.int(scores.length + 3);
      expect([...largest(scores, count)]).toEqual(sorted.slice(0, count));
    }
  });
});

describe('chooseToken', () => {
  const choose = (options: SamplingOptions, scores: number[], seen: number[] = [], rng = new Rng(1)): number =>
    chooseToken(Float32Array.from(scores), seen, settleSampling(options), rng);

  it('takes the first of the likeliest when greedy, repetition counted', () => {
    expect(choose({}, [1, 3, 3, 2])).toBe(1);
    expect(choose({ repetitionPenalty: 2 }, [2, 3, -1], [1])).toBe(0);
    expect(choose({ repetitionPenalty: 2 }, [-2, -1, -3], [1, 1])).toBe(0);
  });

  it('draws each token as often as its probability says', () => {
    const scores = [0, Math.log(2), Math.log(3), -Infinity, Math.log(4)];
    const counts = [0, 0, 0, 0, 0];
    const rng = new Rng(7);
    const draws = 20_000;
    for (let i = 0; i < draws; i += 1) counts[choose({ doSample: true }, scores, [], rng)]! += 1;
    [0.1, 0.2, 0.3, 0, 0.4].forEach((expected, id) => expect(counts[id]! / draws).toBeCloseTo(expected, 1));
    expect(counts[3]).toBe(0);
  });

  it('draws the likeliest alone when it is cold, or when but one is left', () => {
    for (const options of [{ temperature: 1e-3 }, { topK: 1 }, { topP: 0 }, { minP: 1 }])
      expect(choose({ doSample: true, ...options }, [1, 2, 5, 3])).toBe(2);
  });

  it('says when the model gives no numbers', () => {
    expect(() => choose({}, [1, NaN])).toThrow('logits that are no numbers');
  });
});

describe('settleSampling', () => {
  it('lists everything that is out of range', () => {
    expect(() => settleSampling({ temperature: 0, topP: 2 })).toThrow(
      /cannot use this temperature\n {2}got {6}0[\s\S]*do {7}for the likeliest token leave doSample off[\s\S]*cannot use this topP\n {2}got {6}2/,
    );
  });
});
