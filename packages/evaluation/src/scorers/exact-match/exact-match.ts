import { PYTHON_SPACE } from '../../inference/python-strings';

/**
 * An open answer as it is compared: lower case, punctuation and the articles a, an, the left out, white space as one space.
 * A point between digits and a hyphen or slash inside a word stay (3.5, x-ray, and/or); punctuation elsewhere becomes a space.
 */
export function normaliseAnswer(answer: string): string {
  return answer
    .normalize('NFKC')
    .toLowerCase()
    .replace(/(?<=\p{L})['’](?=\p{L})/gu, '')
    .replace(/(?<!\d)[.,]|[.,](?!\d)/g, ' ')
    .replace(/(?<![\p{L}\p{N}])[-/]|[-/](?![\p{L}\p{N}])/gu, ' ')
    .replace(/[^\p{L}\p{N}\p{M}\s.,/-]/gu, ' ')
    .split(new RegExp(`[${PYTHON_SPACE}]+`, 'u'))
    .filter((word) => word !== '' && word !== 'a' && word !== 'an' && word !== 'the')
    .join(' ');
}

/** Whether an answer equals one of the accepted ones after {@link normaliseAnswer}; nothing left equals nothing. */
export function isExactMatch(answer: string, accepted: readonly string[]): boolean {
  const given = normaliseAnswer(answer);
  return given !== '' && accepted.some((text) => normaliseAnswer(text) === given);
}

export interface OpenScores {
  questions: number;
  right: number;
  /** right / questions; 0 without questions. */
  accuracy: number;
}

/** Accuracy by exact match (easy-VQA, VQA-RAD). A question without an answer is a miss. */
export function scoreOpenAnswers(
  questions: readonly { id: string; answers: readonly string[] }[],
  answers: ReadonlyMap<string, string>,
): OpenScores {
  const right = questions.filter(({ id, answers: accepted }) => isExactMatch(answers.get(id) ?? '', accepted)).length;
  return { questions: questions.length, right, accuracy: questions.length === 0 ? 0 : right / questions.length };
}
