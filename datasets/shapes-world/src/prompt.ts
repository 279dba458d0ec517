import type { Random } from './random';
import type { Question } from './questions';
import type { Language } from './wording';

/** Letters of a question's options in order. */
export const optionLetters = ['A', 'B', 'C', 'D'] as const;
export type OptionLetter = (typeof optionLetters)[number];

/** The answer and up to three wrong ones in random order, in the language asked for. */
export function drawOptions(question: Question, random: Random, answerAt?: number): { en: string; cn: string }[] {
  const wrong = random.shuffle(question.wrong).slice(0, optionLetters.length - 1);
  const at = answerAt ?? random.int(wrong.length + 1);
  return [...wrong.slice(0, at), question.answer, ...wrong.slice(at)];
}

/** The prompt that VLMEvalKit builds for a question without a hint, options on lines of their own. */
export function optionPrompt(question: string, options: readonly string[]): string {
  const lines = options.map((option, at) => `${optionLetters[at]}. ${option}\n`).join('');
  return `Question: ${question}\nOptions:\n${lines}Please select the correct answer from the options above. \n`;
}

/** A question as a person would ask it, with options in about `share` of all cases. */
export function drawPrompt(question: Question, language: Language, share: number, random: Random): string {
  if (random.next() >= share) return question.question[language];
  const options = drawOptions(question, random).map((option) => option[language]);
  return optionPrompt(question.question[language], options);
}
