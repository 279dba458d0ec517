import { inferOption } from '../../inference/infer-option';
import type { InferenceRules } from '../../inference/infer-option';
import { baseIndex } from '../../table/question-row';
import type { MmbenchRow } from '../../table/question-row';

export interface RotationResult {
  index: number;
  prediction: string;
  answer: string;
  /** The letter the rules read, `Z` for a refusal, false where they can't tell: a miss, unless a judge reads it. */
  inferred: string | false;
  right: boolean;
  /** A judge read it. */
  judged?: boolean;
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

/** The rows of one question in the order of their rotations, rotation 0 first. */
export function rotationGroups<R extends Pick<MmbenchRow, 'index'>>(
  rows: readonly R[],
): { groups: [R, ...R[]][]; orphans: number[] } {
  const byBase = new Map<number, R[]>();
  for (const row of [...rows].sort((a, b) => a.index - b.index)) {
    const group = byBase.get(baseIndex(row));
    if (group) group.push(row);
    else byBase.set(baseIndex(row), [row]);
  }
  const groups: [R, ...R[]][] = [];
  const orphans: number[] = [];
  for (const [index, group] of byBase) {
    if (group[0]?.index === index) groups.push(group as [R, ...R[]]);
    else orphans.push(index);
  }
  return { groups: groups.sort(([a], [b]) => a.index - b.index), orphans };
}

/**
 * CircularEval (facts.md 4.4): a question counts only if its answer is right on every rotation the file has. Rows without a
 * prediction are misses.
 */
export function circularEval(rows: readonly MmbenchRow[], rules: InferenceRules): CircularResult {
  const { groups, orphans } = rotationGroups(rows);
  return { questions: groups.map((group) => questionResult(group, rules)), orphans };
}

function questionResult(group: readonly [MmbenchRow, ...MmbenchRow[]], rules: InferenceRules): QuestionResult {
  const [base] = group;
  const rotations = group.map((row): RotationResult => {
    const prediction = row.prediction ?? '';
    const inferred = inferOption(prediction, row.options, rules);
    const answer = row.answer ?? '';
    return { index: row.index, prediction, answer, inferred, right: inferred !== false && inferred === answer };
  });
  const { split, category, l2Category } = base;
  return withHits({
    index: base.index,
    question: base.question,
    ...(split === undefined ? {} : { split }),
    ...(category === undefined ? {} : { category }),
    ...(l2Category === undefined ? {} : { l2Category }),
    rotations,
  });
}

/** A question's verdicts from those of its rotations. */
export function withHits(question: Omit<QuestionResult, 'hit' | 'vanillaHit'>): QuestionResult {
  const { rotations, ...about } = question;
  return {
    ...about,
    hit: rotations.every(({ right }) => right),
    vanillaHit: rotations[0]?.right ?? false,
    rotations,
  };
}
