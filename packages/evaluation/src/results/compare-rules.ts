import {
  differenceKinds,
  ruleDifference,
  type DifferenceKind,
  type RuleDifference,
} from '../inference/rule-difference';
import { abilityRows, type AbilityRows } from '../scorers/circular/ability-rows';
import { circularEval } from '../scorers/circular/circular-eval';
import { summarise, type Scores } from '../scorers/circular/score-predictions';
import { readPredictions } from '../table/question-table';

/** A row that the two rule sets read differently. */
export interface DifferingRow extends RuleDifference {
  key: string;
  prediction: string;
  /** The right letter. */
  answer: string;
}

/** The same predictions under both rule sets. */
export interface RulesComparison {
  scores: Record<'2024-06' | 'current', Scores>;
  rows: DifferingRow[];
  /** Questions that one rule set counts as right and the other not, by index. */
  gained: number[];
  lost: number[];
}

/** Scores predictions by both rule sets, and says of every row that they read differently why. @throws UserError as `score` */
export function compareRules(path: string): RulesComparison {
  const { rows } = readPredictions(path);
  const [before, now] = (['2024-06', 'current'] as const).map((rules) => circularEval(rows, rules).questions);
  const hits = new Map(before!.map(({ index, hit }) => [index, hit]));
  const changed = now!.filter(({ index, hit }) => hits.get(index) !== hit);
  const indices = (hit: boolean): number[] => changed.filter((each) => each.hit === hit).map(({ index }) => index);
  return {
    scores: { '2024-06': summarise(rows, before!), current: summarise(rows, now!) },
    rows: rows.flatMap(({ key, prediction = '', answer = '', options }) => {
      const difference = ruleDifference(prediction, options);
      return difference ? [{ key, prediction, answer, ...difference }] : [];
    }),
    gained: indices(true),
    lost: indices(false),
  };
}

/** Both tables under each other, in percent. */
export const rulesTable = ({ scores }: RulesComparison): AbilityRows =>
  abilityRows(Object.entries(scores).map(([name, each]) => ({ name, scores: each })));

/** Rows by which added rule decides, most first. */
export function byKind(rows: readonly DifferingRow[]): { kind: DifferenceKind; rule: string; rows: DifferingRow[] }[] {
  return (Object.keys(differenceKinds) as DifferenceKind[])
    .map((kind) => ({ kind, rule: differenceKinds[kind], rows: rows.filter((row) => row.kind === kind) }))
    .filter((each) => each.rows.length > 0)
    .sort((a, b) => b.rows.length - a.rows.length);
}
