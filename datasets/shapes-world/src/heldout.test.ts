import { describe, expect, it } from 'vitest';
import { drawHeldout } from './heldout';
import { optionsSchema } from './options';
import { drawWorld } from './prepare';
import { abilities } from './questions';
import { Random } from './random';
import { sceneKey } from './scene';

const tally = (names: readonly string[]): Record<string, number> => {
  const out: Record<string, number> = {};
  for (const name of names) out[name] = (out[name] ?? 0) + 1;
  return out;
};

describe('the held-out questions', () => {
  const heldout = drawHeldout(20, new Random('test'));

  it('has as many of each ability', () => {
    expect(tally(heldout.map(({ question }) => question.ability))).toEqual(
      Object.fromEntries(abilities.map((ability) => [ability, 20])),
    );
  });

  it('spreads the answers evenly over the letters', () => {
    const four = heldout.filter(({ options }) => options.length === 4);
    const letters = Object.values(tally(four.map(({ answerAt }) => String(answerAt))));
    expect(letters).toHaveLength(4);
    expect(Math.max(...letters) - Math.min(...letters)).toBeLessThanOrEqual(four.length * 0.1);
  });

  it('shows the answer once, among different options, in both languages', () => {
    for (const { question, options, answerAt } of heldout) {
      for (const language of ['en', 'cn'] as const) {
        const texts = options.map((option) => option[language]);
        expect(new Set(texts).size).toBe(texts.length);
        expect(texts[answerAt]).toBe(question.answer[language]);
        for (const text of texts) expect(texts.filter((other) => other.includes(text))).toEqual([text]);
      }
    }
  });

  it('shares no scene with the training pictures, nor one scene between questions', () => {
    const world = drawWorld(optionsSchema.parse({ scenes: 4000 }));
    const keys = world.heldout.map(({ scene }) => sceneKey(scene));
    const training = new Set(world.training.map(sceneKey));
    expect(new Set(keys).size).toBe(keys.length);
    expect(training.size).toBe(4000);
    expect(keys.filter((key) => training.has(key))).toEqual([]);
  });

  it('would meet held-out scenes in training, if they were not left out', () => {
    const simple = optionsSchema.parse({ scenes: 20_000, siblings: 1, questionsPerAbility: 20 });
    const { heldout: held, training } = drawWorld(simple);
    const keys = new Set(training.map(sceneKey));
    expect(held.some(({ scene }) => keys.has(sceneKey(scene)))).toBe(false);
    const one = training.find(({ items }) => items.length === 1);
    expect(one && keys.has(sceneKey(structuredClone(one)))).toBe(true);
  });
});
