import { htmlPage } from '@moslora/page';
import { lineChart, type Point } from '../charts/line-chart';
import { smoothed } from '../charts/smooth';
import { escape } from '../report/markup';
import { style } from '../report/style';
import { intervalChart } from './interval-chart';
import type { StudyOutcome } from './study-outcome';
import { tableCells, type StudyTable } from './study-table';

const studyStyle = `
.row > .curves { flex: 0 1 560px; }
.whisker { fill: none; stroke: var(--c); stroke-width: 1.5; } .seed { fill: var(--c); fill-opacity: 0.45; } .centre { stroke: var(--c); stroke-width: 3; }
.leaf { font-size: 13px; fill: var(--ink); } figure.wide { margin: 0 0 12px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px; }
td:last-child, th:last-child { text-align: left; } tr.differs td:last-child { font-weight: 600; }
`;

export interface StudyPage {
  title: string;
  /** What was run at which size, in sentences. */
  facts: readonly string[];
  tables: readonly StudyTable[];
  outcomes: readonly StudyOutcome[];
}

/** A study as one page that needs nothing beside itself. */
export function studyPage({ title, facts, tables, outcomes }: StudyPage): string {
  const body = [
    `<h1>${escape(title)}</h1>`,
    ...facts.map((fact) => `<p class="lead">${escape(fact)}</p>`),
    ...tables.map(
      (table) =>
        `<h2>${escape(table.measure)}</h2><figure class="wide"><figcaption>A dot a seed; the mean and its 95 % interval</figcaption>` +
        `${intervalChart(table)}</figure>${tableMarkup(table)}`,
    ),
    `<h2>Training loss</h2>${legend(outcomes)}<div class="row"><figure class="curves">${lossCurves(outcomes)}</figure></div>`,
  ];
  return htmlPage({ title, style: style + studyStyle, body: body.join('\n') });
}

function tableMarkup(table: StudyTable): string {
  const [head, ...rows] = tableCells(table);
  const row = (cells: readonly string[], tag: string): string =>
    cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('');
  const lines = rows.map(
    (cells) => `<tr${cells.at(-1) === 'a difference' ? ' class="differs"' : ''}>${row(cells, 'td')}</tr>`,
  );
  return `<div class="scroll"><table><thead><tr>${row(head!, 'th')}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`;
}

const variantsOf = (outcomes: readonly StudyOutcome[]): string[] => [
  ...new Set(outcomes.map(({ variant }) => variant)),
];

function legend(outcomes: readonly StudyOutcome[]): string {
  const entries = variantsOf(outcomes).map((variant, i) => `<span class="s${i % 6}">${escape(variant)}</span>`);
  return `<div class="legend">${entries.join('')}</div>`;
}

/** Means over seeds, smoothed over ten steps. */
function lossCurves(outcomes: readonly StudyOutcome[]): string {
  const series = variantsOf(outcomes).map((variant, i) => {
    const runs = outcomes.filter((outcome) => outcome.variant === variant);
    const points: Point[] = (runs[0]?.losses ?? []).flatMap(({ step }) => {
      const found = runs.flatMap(({ losses }) => losses.filter((line) => line.step === step));
      const sum = found.reduce((total, { loss }) => total + loss, 0);
      return found.length === runs.length ? [{ x: step, y: sum / found.length }] : [];
    });
    return { style: `s${i % 6}`, line: smoothed(points, 10) };
  });
  return lineChart({ title: 'Training loss, mean over seeds', series });
}
