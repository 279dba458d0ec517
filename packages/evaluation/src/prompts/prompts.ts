import type { MmbenchRow } from '../table/question-row';

/**
 * Wordings of an MMBench question (facts.md 4.2); the picture comes first and is not part of the text.
 * `vlmevalkit`: its default for multiple choice. `llava`: LLaVA's and xtuner's wrappers there, what MoSLoRA was scored with.
 * `xtuner`: `xtuner mmbench`; it ends every option's line and adds the sentence, which comes out as the same text as `llava`.
 */
export const promptStyles = ['vlmevalkit', 'llava', 'xtuner'] as const;
export type PromptStyle = (typeof promptStyles)[number];

export function buildPrompt(row: Pick<MmbenchRow, 'question' | 'hint' | 'options'>, style: PromptStyle): string {
  const options = Object.entries(row.options).map(([letter, text]) => `${letter}. ${text}\n`);
  if (style === 'vlmevalkit') {
    const hint = row.hint === undefined ? '' : `Hint: ${row.hint}\n`;
    return `${hint}Question: ${row.question}\nOptions:\n${options.join('')}Please select the correct answer from the options above. \n`;
  }
  const hint = row.hint === undefined ? '' : `${row.hint}\n`;
  const text = `${hint}${row.question}\n${options.join('')}`;
  return (
    text +
    (/[\u4e00-\u9fff]/.test(text)
      ? '请直接回答选项字母。'
      : "Answer with the option's letter from the given choices directly.")
  );
}

/** The text of a row: its options worded by the prompt style, or the question with what the benchmark puts after it. */
export function askedText(
  row: Pick<MmbenchRow, 'question' | 'hint' | 'options'>,
  asked: 'options' | { after: string },
  style: PromptStyle,
): string {
  return asked === 'options' ? buildPrompt(row, style) : row.question + asked.after;
}
