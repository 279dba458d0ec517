import type { PageData, PageOutcome, PageQuestion } from './page-data';

/** What of the questions is shown; empty texts let everything through. */
export interface Filter {
  /** Place of a benchmark, as text. */
  benchmark: string;
  ability: string;
  leaf: string;
  outcome: Outcome;
  /** Place of the run whose outcome is meant. */
  run: number;
  /** Words that question, options or answers hold, in large letters or small; or an index. */
  text: string;
}

/** What may have come of a question. */
export const outcomes = {
  '': 'any outcome',
  wrong: 'wrong',
  right: 'right',
  'some rotations': 'right, but not under every rotation',
  differ: 'runs differ',
  undecided: 'an answer nobody could read',
  judged: 'an answer read by the judge',
  failed: 'a row that could not be asked',
} as const;
export type Outcome = keyof typeof outcomes;

/** The questions that a filter lets through, in the page's order. */
export function filtered({ questions }: PageData, filter: Filter): PageQuestion[] {
  const words = filter.text.trim().toLowerCase();
  return questions.filter(
    (question) =>
      (filter.benchmark === '' || question.benchmark === Number(filter.benchmark)) &&
      (filter.ability === '' || question.ability === filter.ability) &&
      (filter.leaf === '' || question.leaf === filter.leaf) &&
      cameOut(question, filter) &&
      (words === '' || holds(question, words)),
  );
}

function cameOut({ runs }: PageQuestion, { outcome, run }: Filter): boolean {
  if (outcome === '') return true;
  if (outcome === 'differ') return new Set(runs.flatMap((each) => (each ? [each.score] : []))).size > 1;
  const found = runs[run];
  return found ? holdsFor(found, outcome) : false;
}

function holdsFor({ score, rows }: PageOutcome, outcome: Exclude<Outcome, '' | 'differ'>): boolean {
  switch (outcome) {
    case 'wrong':
      return score < 1;
    case 'right':
      return score === 1;
    case 'some rotations':
      return score < 1 && rows.some((row) => row.score === 1);
    case 'undecided':
      return rows.some(({ by, failed }) => by === 'nobody' && failed === undefined);
    case 'judged':
      return rows.some(({ by }) => by === 'judge');
    case 'failed':
      return rows.some(({ failed }) => failed !== undefined);
  }
}

function holds({ key, question, options, runs }: PageQuestion, words: string): boolean {
  if (key === words || question.toLowerCase().includes(words)) return true;
  if (Object.values(options ?? {}).some((text) => text.toLowerCase().includes(words))) return true;
  return runs.some((each) => each?.rows.some(({ prediction }) => prediction.toLowerCase().includes(words)));
}

/** Mean score of a run over questions that it was asked, and how many these are. */
export function meanOf(questions: readonly PageQuestion[], run: number): { mean: number; count: number } {
  let [sum, count] = [0, 0];
  for (const { runs } of questions) {
    const found = runs[run];
    if (!found) continue;
    sum += found.score;
    count += 1;
  }
  return { mean: count === 0 ? NaN : sum / count, count };
}

/** What filters choose among, and how many questions there are. */
export interface FilterChoices extends Pick<PageData, 'runs' | 'benchmarks'> {
  abilities: string[];
  leaves: string[];
  count: number;
}

export function filterChoices({ runs, benchmarks, questions }: PageData): FilterChoices {
  const values = (tag: 'ability' | 'leaf'): string[] =>
    [...new Set(questions.flatMap((question) => question[tag] ?? []))].sort();
  return { runs, benchmarks, abilities: values('ability'), leaves: values('leaf'), count: questions.length };
}

/** A question as a line of a list. */
export interface QuestionLine {
  key: string;
  question: string;
  tag: string;
  /** By run; null where one was not asked. */
  scores: (number | null)[];
}

export const questionLine = ({ key, question, ability, leaf, runs }: PageQuestion): QuestionLine => ({
  ...{ key, question: question.replace(/\s+/g, ' ').slice(0, 200), tag: ability ?? leaf ?? '' },
  scores: runs.map((each) => each?.score ?? null),
});

/** How many questions are shown, and what each run makes of them, in a sentence. */
export function countText(shown: readonly PageQuestion[], { runs, questions }: PageData): string {
  const means = runs.flatMap((label, run) => {
    const { mean, count } = meanOf(shown, run);
    return count === 0 ? [] : [`${label} ${(100 * mean).toFixed(1)} %`];
  });
  return `${shown.length} of ${questions.length} questions${means.length > 0 ? `: ${means.join(', ')}` : ''}`;
}
