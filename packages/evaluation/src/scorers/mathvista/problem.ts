import { pythonLiteral } from '../../inference/python-literal';
import type { Choices } from '../../inference/infer-option';
import type { QuestionRow } from '../../table/question-row';

/** A MathVista row: what kind of answer it wants, and the right one. */
export interface Problem {
  /** By letter; empty where the answer is free. */
  choices: Choices;
  type: 'choice' | 'integer' | 'float' | 'text';
  /** The letter of the right choice, or the right answer. */
  answer: string;
  task: string;
  skills: string[];
}

export function problemOf(row: QuestionRow): Problem {
  const choices = listed(row.field('choices'));
  const choice = row.field('question_type') === 'multi_choice';
  const type = row.field('answer_type');
  return {
    choices: choice ? Object.fromEntries(choices.map((text, i) => [String.fromCharCode(65 + i), text])) : {},
    type: choice ? 'choice' : type === 'integer' || type === 'float' ? type : 'text',
    answer: (choice ? row.field('answer_option') : row.answer) ?? '',
    task: row.field('task') ?? '',
    skills: skillsOf(row.field('skills')),
  };
}

function listed(text: string | undefined): string[] {
  const list = pythonLiteral(text ?? '');
  return Array.isArray(list) ? list.map(String) : [];
}

/** A list in Python's notation, or one name. */
function skillsOf(text: string | undefined): string[] {
  const list = listed(text);
  return list.length > 0 ? list : text === undefined ? [] : [text];
}
