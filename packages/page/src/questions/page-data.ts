import type { QuestionVerdict } from '@moslora/specs/evaluation-result';

/** One row of a question as a run answered it: the question itself, or a rotation of it. */
export type PageRow = QuestionVerdict['rows'][number];

/** What one run made of a question. */
export interface PageOutcome {
  score: number;
  rows: PageRow[];
}

/** One question with what every run made of it. */
export interface PageQuestion {
  /** Place among the page's benchmarks. */
  benchmark: number;
  key: string;
  question: string;
  /** By letter. */
  options?: Readonly<Record<string, string>> | undefined;
  /** Abbreviated where it is one of MMBench's. */
  ability?: string | undefined;
  leaf?: string | undefined;
  split?: string | undefined;
  /** Which of the page's pictures it is about. */
  picture?: number | undefined;
  /** It has a picture that is gone, or cannot be read. */
  pictureLost?: true | undefined;
  /** In the order of the page's runs; null where a run was not asked. */
  runs: (PageOutcome | null)[];
}

/** What the page's list of questions is made of; stands in it as JSON. */
export interface PageData {
  runs: string[];
  benchmarks: { name: string; title: string }[];
  questions: PageQuestion[];
}
