import { abilityAbbreviations } from '@moslora/evaluation';
import { htmlPage } from '@moslora/page';
import { bytes, duration } from '../progress/format';
import { lossChart } from './loss-chart';
import { escape, percent, range } from './markup';
import { exampleCard } from './example-card';
import { benchmarkTitle } from './benchmark-title';
import { radarChart } from './radar-chart';
import {
  abilityTitles,
  benchmarksOf,
  openBenchmarksOf,
  type FactBlock,
  type ReportData,
  type ReportRun,
} from './report-data';
import { runWarnings } from './run-warnings';
import { seriesClass } from './series-style';
import { style } from './style';

function scoreTable(runs: readonly ReportRun[]): string {
  const head = ['', 'Questions', 'Overall', '95 %', 'Vanilla', ...abilityAbbreviations]
    .map(
      (name) =>
        `<th${name in abilityTitles ? ` title="${abilityTitles[name as keyof typeof abilityTitles]}"` : ''}>${name}</th>`,
    )
    .join('');
  const rows = benchmarksOf(runs).flatMap((benchmark) =>
    runs.flatMap((run) => {
      const scores = run.scores[benchmark];
      if (!scores) return [];
      const cells = [
        `<td>${escape(run.label)} · ${escape(benchmarkTitle(benchmark))}</td>`,
        `<td>${scores.questions}</td>`,
        `<td>${percent(scores.overall)}</td><td class="range">${range(scores.interval)}</td>`,
        ...[scores.vanilla, ...abilityAbbreviations.map((ability) => scores.abilities[ability])].map(
          (value) => `<td>${percent(value)}</td>`,
        ),
      ];
      return [`<tr>${cells.join('')}</tr>`];
    }),
  );
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/** Accuracy on open questions; beside it what the controls get. */
function openTable(runs: readonly ReportRun[]): string {
  const rows = openBenchmarksOf(runs).flatMap((benchmark) =>
    runs.flatMap(({ label, open }) => {
      const scores = open[benchmark];
      if (!scores) return [];
      const cells = [
        `${escape(label)} · ${escape(benchmark)}`,
        scores.questions,
        scores.right ?? '–',
        percent(scores.accuracy),
        range(scores.interval),
      ];
      return [`<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`];
    }),
  );
  return (
    `<p class="lead">An answer counts as right when it equals an accepted one, case, punctuation and articles aside.</p>` +
    `<div class="scroll"><table><thead><tr><th></th><th>Questions</th><th>Right</th><th>Accuracy</th><th>95 %</th></tr></thead>` +
    `<tbody>${rows.join('')}</tbody></table></div>`
  );
}

/** Tables, legend and radars of the benchmarks in MMBench's format. */
function abilityScores(runs: readonly ReportRun[]): string {
  const radars = benchmarksOf(runs).map((benchmark) =>
    radarChart(runs, benchmark, `MMBench abilities, ${benchmarkTitle(benchmark)}`),
  );
  return [
    `<p class="lead">CircularEval: a question counts as right only when it is answered right under every rotation of its options. Percent.</p>`,
    scoreTable(runs),
    legend(runs),
    `<div class="row">${radars.join('')}</div>`,
  ].join('\n');
}

function legend(runs: readonly ReportRun[]): string {
  const entries = runs.map((run, index) => `<span class="${seriesClass(run.role, index)}">${escape(run.label)}</span>`);
  return `<div class="legend">${entries.join('')}</div>`;
}

/** One section for each kind of question that was asked; headed where there are both. */
function scoreSections(runs: readonly ReportRun[]): string[] {
  const open = openBenchmarksOf(runs).length > 0 ? openTable(runs) : '';
  const withOptions = benchmarksOf(runs).length > 0 ? abilityScores(runs) : '';
  if (open === '' || withOptions === '') return [open, withOptions];
  return [section('Open questions', open), section("Questions with options, in MMBench's format", withOptions)];
}

function definitions(facts: readonly [string, string][]): string {
  return `<dl>${facts.map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`).join('')}</dl>`;
}

const factBlock = ({ title, facts }: FactBlock) =>
  `<details class="block"><summary>${escape(title)}</summary>${definitions(facts)}</details>`;

function stageTable(stages: ReportData['stages']): string {
  const rows = stages.map(
    ({ stage, seconds, peakMemoryBytes, device }) =>
      `<tr><td>${escape(stage)}</td><td>${duration(seconds)}</td><td>${bytes(peakMemoryBytes)}</td><td>${escape(device)}</td></tr>`,
  );
  const total = stages.reduce((sum, { seconds }) => sum + seconds, 0);
  return (
    `<div class="scroll"><table><thead><tr><th>Stage</th><th>Time</th><th>Peak memory</th><th>Device</th></tr></thead>` +
    `<tbody>${rows.join('')}<tr><td>All</td><td>${duration(total)}</td><td></td><td></td></tr></tbody></table></div>`
  );
}

function section(title: string, body: string): string {
  return body === '' ? '' : `<h2>${escape(title)}</h2>${body}`;
}

/** The whole report as one HTML page that needs nothing beside itself. */
export function reportPage(data: ReportData): string {
  const body = [
    `<h1>${escape(data.title)}</h1>`,
    data.notice === undefined ? '' : `<p class="notice">${escape(data.notice)}</p>`,
    ...runWarnings(data.runs).map((warning) => `<p class="notice">Warning: ${escape(warning)}</p>`),
    ...scoreSections(data.runs),
    section(
      'Training',
      data.curves.length === 0 ? '' : `<div class="row">${data.curves.map(lossChart).join('')}</div>`,
    ),
    section(
      'Sample questions',
      data.examples.length === 0 ? '' : `<div class="cards">${data.examples.map(exampleCard).join('')}</div>`,
    ),
    section('How it was scored', definitions(data.method)),
    section('Time and memory', stageTable(data.stages)),
    section('Configuration', `<div class="blocks">${data.blocks.map(factBlock).join('')}</div>`),
  ];
  return htmlPage({ title: data.title, style, body: body.join('\n') });
}
