import { inferOption } from './infer-option';
import type { InferenceRules } from './infer-option';
import { baseIndex } from './mmbench-row';
import type { MmbenchRow } from './mmbench-row';

export interface RotationResult {
  index: number;
  prediction: string;
  answer: string;
  /** The letter the rules read, `Z` for a refusal, false where they can't tell: a miss, there is no judge. */
  inferred: string | false;
  right: boolean;
}

export interface QuestionResult {
  /** The index of rotation 0. */
  index: number;
  question: string;
  split?: string;
  category?: string;
  l2Category?: string;
  /** CircularEval: every rotation is right. */
  hit: boolean;
  /** Rotation 0 alone is right. */
  vanillaHit: boolean;
  rotations: RotationResult[];
}

export interface CircularResult {
  /** By index. */
  questions: QuestionResult[];
  /** Base indices of rotations whose rotation 0 is not in the file; they are not scored. */
  orphans: number[];
}

/**
 * CircularEval (facts.md 4.4): a question counts only if its answer is right on every rotation the file has. Rows without a
 * prediction are misses.
 */
export function circularEval(rows: readonly MmbenchRow[], rules: InferenceRules): CircularResult {
  const groups = new Map<number, MmbenchRow[]>();
  for (const row of [...rows].sort((a, b) => a.index - b.index)) {
    const group = groups.get(baseIndex(row));
    if (group) group.push(row);
    else groups.set(baseIndex(row), [row]);
  }
  const questions: QuestionResult[] = [];
  const orphans: number[] = [];
  for (const [index, group] of groups) {
    const [base] = group;
    if (base?.index === index) questions.push(questionResult(base, group, rules));
    else orphans.push(index);
  }
  return { questions: questions.sort((a, b) => a.index - b.index), orphans };
}

function questionResult(base: MmbenchRow, group: readonly MmbenchRow[], rules: InferenceRules): QuestionResult {
  const rotations = group.map((row): RotationResult => {
    const prediction = row.prediction ?? '';
    const inferred = inferOption(prediction, row.options, rules);
    const answer = row.answer ?? '';
    return { index: row.index, prediction, answer, inferred, right: inferred !== false && inferred === answer };
  });
  const { split, category, l2Category } = base;
  return {
    index: base.index,
    question: base.question,
    ...(split === undefined ? {} : { split }),
    ...(category === undefined ? {} : { category }),
    ...(l2Category === undefined ? {} : { l2Category }),
    hit: rotations.every(({ right }) => right),
    vanillaHit: rotations[0]?.right ?? false,
    rotations,
  };
}
