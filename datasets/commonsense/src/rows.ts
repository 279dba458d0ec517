import { checkRows, fail, type BenchmarkColumns, type Problem } from '@moslora/specs';
import { z } from 'zod';
import { parseInstruction, type ParsedInstruction } from './parse-instruction';
import type { Task } from './tasks';

const rowSchema = z.object({ instruction: z.string().min(1), answer: z.string().min(1) });

/** Rows as MoSLoRA's paper asks them: the instruction as it is; the answer is a label. */
export function instructionRows(
  task: Task,
): (contents: readonly unknown[], paths: readonly string[]) => BenchmarkColumns[] {
  return ([content], [path = '']) =>
    checkRows(path, content, rowSchema.extend({ answer: z.enum(task.labels as [string, ...string[]]) })).map(
      (row, i) => ({
        index: String(i),
        question: row.instruction,
        labels: task.labels.join('|'),
        answer: row.answer,
      }),
    );
}

const LETTERS = Array.from('ABCDE');

/** Rows for comparing how likely the options are: question and options taken apart; the answer is a letter. */
export function likelihoodRows(
  task: Task,
): (contents: readonly unknown[], paths: readonly string[]) => BenchmarkColumns[] {
  return ([content], [path = '']) => {
    const problems: Problem[] = [];
    const rows = checkRows(path, content, rowSchema).flatMap(({ instruction, answer }, i): BenchmarkColumns[] => {
      const parsed = parseInstruction(instruction);
      const place = parsed ? placeOf(answer, parsed) : -1;
      if (!parsed || place < 0) {
        problems.push({
          what: 'a question of another form',
          where: `${path}[${i}]`,
          got: `${JSON.stringify(instruction.slice(0, 80))}, answer ${answer}`,
          expected: 'a request, a question, numbered options and an answer format',
        });
        return [];
      }
      const options = parsed.options.map((text, k) => [LETTERS[k]!, prepared(text, task)]);
      return [
        {
          index: String(i),
          question: context(prepared(parsed.question, task), task),
          ...Object.fromEntries(options),
          answer: LETTERS[place]!,
          ...(task.likelihood === 'blank' ? { blank: 'yes' } : {}),
        },
      ];
    });
    if (problems.length > 0) fail(problems.slice(0, 20));
    return rows;
  };
}

/** Which option a label means: its number, or its text. */
function placeOf(answer: string, { options }: ParsedInstruction): number {
  const number = /\d+$/.exec(answer)?.[0];
  const place = number === undefined ? options.indexOf(answer) : Number(number) - 1;
  return place < options.length ? place : -1;
}

/** As lm-evaluation-harness words the task. */
function context(question: string, { likelihood }: Task): string {
  if (likelihood === 'question-answer') return `Question: ${question}\nAnswer:`;
  return likelihood === 'q-a' ? `Q: ${question}\nA:` : question;
}

/** HellaSwag's texts carry marks of the pages they are from, which lm-evaluation-harness takes out. */
function prepared(text: string, { name }: Task): string {
  if (name !== 'hellaswag') return text;
  return text
    .trim()
    .replaceAll(' [title]', '. ')
    .replace(/\[.*?\]/g, '')
    .replaceAll('  ', ' ');
}
