import { htmlPage, jsonInScript } from '@moslora/page';
import { radarChart } from '../report/radar-chart';
import { reportRun } from '../report/collect';
import { escape } from '../report/markup';
import { seriesClass } from '../report/series-style';
import { style } from '../report/style';
import { anyResult, benchmarkNames, type PageRun } from './collect-page';
import { leafBars } from './leaf-bars';
import { confusionTable, letterConfusion } from './letter-confusion';
import { lostPictureNotes } from './lost-pictures';
import { measureTables } from './measure-table';
import type { PageData } from '@moslora/page';
import { pageStyle } from './page-style';
import { comparisonsOf, pairedTables } from './paired-tests';
import { provenanceTables, warningsOf } from './provenance-table';

export interface PageParts {
  /** Small pictures, WebP in base64. */
  pictures: readonly string[];
  /** The script that shows the questions. */
  script: string;
  title?: string | undefined;
}

/** The whole page: opens from disk and needs nothing beside itself. */
export function evaluationPage(
  runs: readonly PageRun[],
  data: PageData,
  { pictures, script, title }: PageParts,
): string {
  const names = benchmarkNames(runs);
  const heading =
    title ??
    `${runs.map(({ label }) => label).join(', ')}: ${names.length === 1 ? anyResult(runs, names[0]!).title : `${names.length} benchmarks`}`;
  const comparisons = comparisonsOf(runs);
  const titles = new Map(names.map((name) => [name, anyResult(runs, name).title]));
  const body = [
    `<h1>${escape(heading)}</h1>`,
    `<p class="lead">Percent, with intervals: ${escape(anyResult(runs, names[0]!).provenance.intervals)}.</p>`,
    ...warningsOf(runs).map((warning) => `<p class="notice warning">${escape(warning)}</p>`),
    ...lostPictureNotes(data).map((note) => `<p class="notice warning">${escape(note)}</p>`),
    legend(runs),
    section('Scores', measureTables(runs)),
    section('Differences', pairedTables(comparisons, titles)),
    section('Abilities', radars(runs, names)),
    section('Leaf categories', names.map((name) => leafBars(runs, name)).join('')),
    section('Letters: what was right, and what was read', confusions(runs, names)),
    section('Questions', questions()),
    section('What the figures rest on', provenanceTables(runs)),
    ...pictures.map((picture, i) => `<script type="text/plain" id="p${i}">${picture}</script>`),
    jsonInScript('data', data),
  ];
  return htmlPage({ title: heading, style: style + pageStyle, body: body.join('\n'), script });
}

const section = (title: string, body: string): string => (body === '' ? '' : `<h2>${escape(title)}</h2>${body}`);

function legend(runs: readonly PageRun[]): string {
  if (runs.length < 2) return '';
  const entries = runs.map(({ label }, i) => `<span class="${seriesClass('main', i)}">${escape(label)}</span>`);
  return `<div class="legend">${entries.join('')}</div>`;
}

/** A radar per benchmark that has MMBench's abilities: English and Chinese beside each other. */
function radars(runs: readonly PageRun[], names: readonly string[]): string {
  const drawn = runs.map(({ label, results }) => reportRun([...results.values()], label, 'main'));
  const charts = names
    .filter((name) => drawn.some(({ scores }) => Object.keys(scores[name]?.abilities ?? {}).length > 0))
    .map((name) => radarChart(drawn, name, anyResult(runs, name).title));
  return charts.length === 0 ? '' : `<div class="row">${charts.join('')}</div>`;
}

function confusions(runs: readonly PageRun[], names: readonly string[]): string {
  const tables = names.flatMap((name) =>
    runs.flatMap(({ label, questions: verdicts }) => {
      const counted = letterConfusion(verdicts.get(name) ?? []);
      return counted ? [confusionTable(counted, `${label}, ${anyResult(runs, name).title}`)] : [];
    }),
  );
  return tables.length === 0
    ? ''
    : `<p class="lead">Every rotation counts by itself. A model that prefers a place reads its letter more often than it is right.</p><div class="row">${tables.join('')}</div>`;
}

const questions = (): string => `<div id="questions"><noscript>The list of questions needs scripts.</noscript></div>`;
