import type { InferenceRules } from '../inference/infer-option';
import type { Judge } from '../judge/judge';
import type { QuestionRow } from '../table/question-row';
import type { Measure } from './measure';
import type { Verdict } from './verdict';

export interface ScoringOptions {
  /** How a letter is read from an answer; scorers that read none do not look at it. */
  rules: InferenceRules;
  /** Asked about what the rules cannot read; without one that is a miss. */
  judge?: Judge | undefined;
  /** Rows that could not be asked, with the reason, by key: misses. */
  failed?: ReadonlyMap<string, string>;
}

/** What a scorer makes of answered rows. */
export interface Scored {
  verdicts: Verdict[];
  measures: Measure[];
  /**
   * Which verdicts are drawn together by the bootstrap: a number each, equal for those of one picture. Default: each by itself.
   */
  units?: readonly number[];
  /** Keys of rows that could not be placed, such as rotations whose rotation 0 is missing. */
  orphans?: string[];
}

/** A published way of scoring; one folder each. */
export interface Scorer {
  /** Columns that its rows need beside index, answer and prediction. */
  columns: readonly string[];
  /** What a row is asked for: a text, or how likely each option is. */
  asks: 'text' | 'likelihoods';
  judge: 'optional' | 'required' | 'unused';
  /** Whether the choice of inference rules changes what it reads. */
  usesRules: boolean;
  /** How it scores, in a sentence for tables and pages. */
  says: string;
  /** @param rows with `prediction` and `answer`, in the order of the table */
  score(rows: readonly QuestionRow[], options: ScoringOptions): Promise<Scored>;
}
