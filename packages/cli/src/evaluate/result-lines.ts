import { tableFacts } from '@moslora/evaluation';
import type { EvaluationResult, MeasuredValue, Provenance, TableProvenance } from '@moslora/specs';
import { factLines } from '../report/terminal-table';
import type { EvaluatedBenchmark } from './evaluate';
import type { FinishedBenchmark } from './finish-benchmark';

/** A benchmark's figures for a terminal: every figure with its interval, what they rest on, and what to be wary of. */
export function resultLines(finished: FinishedBenchmark): string[] {
  const { benchmark, result, unscored, notes, failed } = finished;
  const about = result ?? unscored;
  return [
    ...(result ? figureLines(result) : unscored ? [`${benchmark}: not scored`] : []),
    ...(about ? provenanceLines(about.provenance) : []),
    ...(about?.warnings ?? []).map((warning) => `  warning: ${warning}`),
    ...notes.map((note) => `  note: ${note}`),
    ...failedLines(failed),
  ];
}

function figureLines({
  title,
  benchmark,
  questions,
  rows,
  undecided,
  judged,
  orphans,
  measures,
}: EvaluationResult): string[] {
  const splits = new Set(measures.map(({ split }) => split)).size > 1;
  const lines = measures.map((measure) => {
    const name = splits && measure.split !== 'none' ? `${measure.name} (${measure.split})` : measure.name;
    return { indent: { overall: 0, ability: 1, leaf: 2, other: 0 }[measure.level], name, measure };
  });
  const width = Math.max(...lines.map(({ indent, name }) => 2 * indent + name.length));
  const counted = [
    `${questions} questions${rows === questions ? '' : `, ${rows} rows`}`,
    ...(undecided > 0 ? [`${undecided} answers undecided (misses)`] : []),
    ...(judged > 0 ? [`${judged} read by the judge`] : []),
    ...(orphans.length > 0 ? [`${orphans.length} rotations without their question (not scored)`] : []),
  ];
  return [
    `${title}${title === benchmark ? '' : ` (${benchmark})`}: ${counted.join(', ')}`,
    ...lines.map(
      ({ indent, name, measure }) => `  ${`${'  '.repeat(indent)}${name}`.padEnd(width)}  ${figureText(measure)}`,
    ),
  ];
}

/** `54.3 [51.4, 57.1] of 1164`: percent with the 95 % interval, and of how many questions; sums as they are. */
export function figureText({ value, low, high, most, questions }: MeasuredValue): string {
  const shown = (figure: number): string => (most === 1 ? (100 * figure).toFixed(1) : figure.toFixed(1));
  return `${shown(value).padStart(6)}  [${shown(low)}, ${shown(high)}]${most === 1 ? '' : ` of ${most}`}  n=${questions}`;
}

/** What one has to know to compare the figures with others'; what is not known is said to be so. */
export function provenanceFacts(provenance: TableProvenance & Partial<Provenance>): [string, string][] {
  const { model, data, intervals } = provenance;
  const {
    'data (MD5)': md5,
    'model (SHA-256)': sha256,
    'questions asked': asked,
    moslora,
    ...others
  } = tableFacts(provenance);
  return [
    ...Object.entries(others),
    ['data', `${data.file}, MD5 ${md5} (${data.published ?? 'no published version that is known'})`],
    ['questions asked', asked!],
    ['model', model ? `${model.name}, SHA-256 ${sha256}` : sha256!],
    ...(intervals === undefined ? [] : [['intervals', intervals] satisfies [string, string]]),
    ['moslora', moslora!],
  ];
}

function provenanceLines(provenance: TableProvenance): string[] {
  return factLines(provenanceFacts(provenance), '    ');
}

/** Rows that could not be asked. */
function failedLines(failed: FinishedBenchmark['failed']): string[] {
  if (failed.length === 0) return [];
  return [
    `  ${failed.length} row${failed.length === 1 ? '' : 's'} could not be asked, and count as misses:`,
    ...failed.map(({ key, reason }) => `    index ${key}: ${reason}`),
  ];
}

/** What run.json keeps of a benchmark. */
export function evaluatedMetrics({
  result,
  rows,
  asked,
  seconds,
  failed,
  notes,
}: EvaluatedBenchmark): Record<string, unknown> {
  const counted = { rows, asked, seconds, failed: failed.length };
  if (!result) return { ...counted, notes };
  const { scorer, questions, undecided, judged, measures, provenance } = result;
  const figure = (name: string): MeasuredValue | undefined => measures.find((measure) => measure.name === name);
  const overall = figure('Overall');
  return {
    ...{ scorer, questions, ...counted, undecided, judged },
    ...(overall && { overall: overall.value, low: overall.low, high: overall.high }),
    vanilla: figure('Vanilla')?.value,
    provenance,
  };
}
