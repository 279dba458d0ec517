import { describe, expect, it } from 'vitest';
import { ruleDifference } from './rule-difference';

const choices = { A: 'teddy bear', B: 'rabbit', C: 'cat', D: 'dog' };

describe('ruleDifference', () => {
  // answer; what 2024-06 and current read; which rule decides, and why
  it.each<[string, string | false, string | false, string, string]>([
    [
      ...(['The answer is B, since C has no ears', false, 'B'] as const),
      ...(['stated answer', 'B and C stand alone; `answer is B` counts'] as const),
    ],
    [
      ...(['The answer is b', false, 'B'] as const),
      ...(['stated answer', 'no letter stands alone; `answer is B` counts'] as const),
    ],
    [
      ...(['The answer is a dog', 'D', 'A'] as const),
      ...(['stated answer', 'no letter stands alone; `answer is A` counts'] as const),
    ],
    [
      ...(['A dog is no cat, so the answer is c', 'A', 'C'] as const),
      ...(['early letter', 'A stands alone, but as word 1 of 10; `answer is C` counts'] as const),
    ],
    [
      ...(['A cat is on the mat', 'A', 'C'] as const),
      ...(['early letter', 'A stands alone, but as word 1 of 6; the text of option C occurs'] as const),
    ],
    [
      ...([`It is a dog ${'and so on '.repeat(5)}`, 'D', false] as const),
      ...([
        'long answer',
        'no letter stands alone; the text of option D occurs, but in 62 characters, where at most 44 are searched',
      ] as const),
    ],
  ])('%j', (answer, before, now, kind, why) => {
    expect(ruleDifference(answer, choices)).toEqual({ before, now, kind, why });
  });

  it('is none where both read the same', () => {
    for (const answer of ['B', 'The answer is **D**', 'so the answer is B, a rabbit', '', 'B or C'])
      expect(ruleDifference(answer, choices)).toBeUndefined();
  });
});
