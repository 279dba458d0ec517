import type { Case } from './cases';

/** Largest difference by check, for each backend in order; undefined where a check was not made. */
export interface Row {
  of: Case;
  figures: Record<string, (number | undefined)[]>;
}

const columns: [title: string, checks: readonly string[]][] = [
  ['features', ['vision_features', 'projected']],
  ['logits', ['logits']],
  ['loss', ['loss']],
  ['greedy ids', ['greedy']],
];

/** The rows as a Markdown table; each cell has the figure of each backend. */
export function renderTable(rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = ['decoder', 'tower', 'layout', ...columns.map(([title]) => title)];
  const body = rows.map(({ of, figures }) => [
    of.decoder,
    of.tower ?? 'none',
    of.layout,
    ...columns.map(([, checks]) => cell(checks.flatMap((check) => (figures[check] ? [figures[check]] : [])))),
  ]);
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n');
}

/** The largest of several checks' figures, backend by backend; `equal` for ids that do not differ. */
function cell(checks: readonly (number | undefined)[][]): string {
  const [first] = checks;
  if (!first) return '';
  const figures = first.map((_, backend) => Math.max(...checks.map((each) => each[backend] ?? NaN)));
  return figures.map((figure) => (figure === 0 ? 'equal' : figure.toExponential(0))).join(' · ');
}

/**
 * A text with what stands between the two marker lines replaced.
 * @throws Error when the markers are not there
 */
export function replaceBlock(text: string, name: string, block: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the markers ${start} and ${end} are not there`);
  return `${text.slice(0, from + start.length)}\n${block}\n${text.slice(to)}`;
}
