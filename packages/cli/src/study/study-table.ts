import { referenceOf, type StudyKind } from './study-kinds';
import type { StudyOutcome } from './study-outcome';
import { meanInterval, type MeanInterval } from './student-interval';

/** A variant's figures in one measure. */
export interface StudyRow extends MeanInterval {
  variant: string;
  /** What it is held against; absent for the reference itself. */
  reference?: string;
  /** Differences from the reference with the same seed: their mean and interval. */
  difference?: MeanInterval;
}

export interface StudyTable {
  measure: string;
  rows: StudyRow[];
}

/** A table for every measure: means over seeds with intervals, and paired differences from the reference. */
export function studyTables(kind: StudyKind, outcomes: readonly StudyOutcome[]): StudyTable[] {
  const measures = [...new Set(outcomes.flatMap((outcome) => Object.keys(outcome.measures)))];
  const variants = [...new Set(outcomes.map(({ variant }) => variant))];
  return measures.map((measure) => ({
    measure,
    rows: variants.flatMap((variant) => {
      const own = bySeed(outcomes, variant, measure);
      if (own.size === 0) return [];
      const reference = referenceOf(kind, variant);
      const others = reference === variant ? new Map<number, number>() : bySeed(outcomes, reference, measure);
      const both = [...own].flatMap(([seed, value]) => (others.has(seed) ? [value - others.get(seed)!] : []));
      return [
        {
          variant,
          ...meanInterval([...own.values()]),
          ...(both.length > 0 && { reference, difference: meanInterval(both) }),
        },
      ];
    }),
  }));
}

function bySeed(outcomes: readonly StudyOutcome[], variant: string, measure: string): Map<number, number> {
  const own = outcomes.filter((outcome) => outcome.variant === variant && Number.isFinite(outcome.measures[measure]));
  return new Map(own.map(({ seed, measures }) => [seed, measures[measure]!]));
}

/** Cells of a table, its head first. */
export function tableCells({ rows, measure }: StudyTable): string[][] {
  const digits = measure.startsWith('Percent') ? 1 : 4;
  const head = ['', 'seeds', 'mean', '95 %', 'less', 'difference', '95 %', ''];
  return [
    head,
    ...rows.map(({ variant, values, mean, interval, reference, difference }) => [
      ...[variant, String(values.length), mean.toFixed(digits), spell(interval, digits)],
      ...(difference
        ? [reference!, signed(difference.mean, digits), spell(difference.interval, digits), says(difference)]
        : ['', '', '', '']),
    ]),
  ];
}

const signed = (value: number, digits: number): string => `${value > 0 ? '+' : ''}${value.toFixed(digits)}`;

const spell = (interval: MeanInterval['interval'], digits: number): string =>
  interval ? interval.map((end) => end.toFixed(digits)).join(' … ') : '–';

function says({ interval }: MeanInterval): string {
  if (!interval) return 'one seed: no interval';
  return interval[0] > 0 || interval[1] < 0 ? 'a difference' : 'no difference shown';
}

/** A table as lines for a terminal. */
export function tableLines(table: StudyTable): string[] {
  const cells = tableCells(table);
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 0 || i === 7 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [table.measure, ...cells.map(line), ''];
}
