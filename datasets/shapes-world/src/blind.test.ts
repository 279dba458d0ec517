import { describe, expect, it } from 'vitest';
import { drawHeldout } from './heldout';
import type { HeldoutQuestion } from './heldout';
import { abilities } from './questions';
import { Random } from './random';

/** Guesses without pictures: the option that was most often right for this question text, then for this template. */
class BlindGuesser {
  private readonly right = new Map<string, number>();
  private readonly shown = new Map<string, number>();

  private contexts(question: HeldoutQuestion['question'], option: string): string[] {
    return [`${question.question.en}|${option}`, `${question.kind}|${option}`];
  }

  learn({ question, options, answerAt }: HeldoutQuestion): void {
    options.forEach((option, at) => {
      for (const context of this.contexts(question, option.en)) {
        this.shown.set(context, (this.shown.get(context) ?? 0) + 1);
        if (at === answerAt) this.right.set(context, (this.right.get(context) ?? 0) + 1);
      }
    });
  }

  /** How often the option was right when shown, drawn towards 1/4 where little was seen. */
  private rate(context: string): number {
    return ((this.right.get(context) ?? 0) + 5) / ((this.shown.get(context) ?? 0) + 20);
  }

  guess({ question, options }: HeldoutQuestion): number {
    const scores = options.map((option) =>
      this.contexts(question, option.en).reduce((sum, one) => sum + this.rate(one), 0),
    );
    return scores.indexOf(Math.max(...scores));
  }
}

describe('without the picture', () => {
  it('the best guess from question and options is near chance in every ability', () => {
    const guesser = new BlindGuesser();
    for (const heldout of drawHeldout(1200, new Random('seen'))) guesser.learn(heldout);
    const unseen = drawHeldout(600, new Random('unseen'));
    for (const ability of abilities) {
      const asked = unseen.filter(({ question }) => question.ability === ability);
      const chance = asked.reduce((sum, { options }) => sum + 1 / options.length, 0) / asked.length;
      const right = asked.filter((heldout) => guesser.guess(heldout) === heldout.answerAt).length / asked.length;
      expect(right - chance, `${ability}: guessed ${right}, chance ${chance}`).toBeLessThan(0.06);
    }
  });

  it('the guesser finds a giveaway where there is one', () => {
    const guesser = new BlindGuesser();
    const loaded = drawHeldout(1200, new Random('seen')).filter(({ question }) => question.kind === 'colour-of');
    const reds = loaded.filter(({ question }) => question.answer.en === 'red');
    for (const heldout of reds) guesser.learn(heldout);
    expect(reds.filter((heldout) => guesser.guess(heldout) === heldout.answerAt)).toHaveLength(reds.length);
  });
});
