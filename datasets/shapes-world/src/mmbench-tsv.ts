import type { HeldoutQuestion } from './heldout';
import { optionLetters } from './prompt';
import type { Language } from './wording';

/** The columns of MMBench's own files, in their order. */
export const columns = [
  'index',
  'question',
  'hint',
  'A',
  'B',
  'C',
  'D',
  'answer',
  'category',
  'image',
  'source',
  'l2-category',
  'comment',
  'split',
] as const;
type Row = Record<(typeof columns)[number], string>;

/**
 * Held-out questions as an MMBench TSV: base rows 1…n first with their pictures, then rotation k of each as row
 * base + k · 1,000,000 whose options stand k places further up and whose picture column names the base row.
 */
export function mmbenchTsv(
  questions: readonly HeldoutQuestion[],
  pictures: readonly Uint8Array[],
  language: Language,
): string {
  const rows: Row[] = [];
  for (let turn = 0; turn < optionLetters.length; turn++) {
    questions.forEach((heldout, at) => {
      const picture = pictures[at];
      if (!picture) throw new Error(`no picture for held-out question ${at + 1}`);
      if (turn < heldout.options.length) rows.push(row(heldout, at + 1, turn, picture, language));
    });
  }
  return [columns.join('\t'), ...rows.map((fields) => columns.map((name) => quote(fields[name])).join('\t')), ''].join(
    '\n',
  );
}

function row(heldout: HeldoutQuestion, base: number, turn: number, picture: Uint8Array, language: Language): Row {
  const { question, options, answerAt } = heldout;
  const count = options.length;
  const option = (letter: number): string =>
    letter < count ? (options[(letter + turn) % count]?.[language] ?? '') : '';
  return {
    index: String(base + turn * 1_000_000),
    question: question.question[language],
    hint: '',
    A: option(0),
    B: option(1),
    C: option(2),
    D: option(3),
    answer: optionLetters[(answerAt - turn + count) % count] as string,
    category: question.category,
    image: turn === 0 ? Buffer.from(picture).toString('base64') : String(base),
    source: 'shapes-world',
    'l2-category': question.ability,
    comment: question.kind,
    split: 'dev',
  };
}

/** A field as Python's csv writer quotes it. */
function quote(field: string): string {
  return /["\t\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
