import { join } from 'node:path';
import { writeFileAtomic } from '@moslora/checkpoint';
import { partsOf, type Run, type StageConfigOf } from '@moslora/specs';
import { configurationBlocks, lineage, lossCurves, scoredRun, stageTimes } from '../../report/collect';
import { chooseExamples } from '../../report/examples';
import { tableAndPage } from '../../report/finished-page';
import { bytes, duration } from '../../progress/format';
import { reportPage } from '../../report/page';
import type { FactBlock } from '../../report/report-data';
import { scoringMethod } from '../../report/scoring-method';
import { terminalTable } from '../../report/terminal-table';
import type { Stage, StageContext } from '../stage';

type CompareContext = StageContext<StageConfigOf<'compare'>>;

/** Several tuned models side by side: scores, and what each cost in parameters, time and memory. */
export const stage: Stage<'compare'> = {
  kind: 'compare',
  tensors: false,
  resumable: false,
  async run(context) {
    const { config, title, workDir } = context;
    const runs = config.runs.map(({ label, score }) => scoredRun(context, score.stage, label, 'main'));
    const costs = config.runs.map(({ label, instruct }) => costOf(label, context.run(instruct.stage)));
    const path = lineage(
      context,
      config.runs.map(({ score }) => score.stage),
    );
    const scored = config.runs.map(({ label, score }) => ({ label, stage: score.stage }));
    const page = reportPage({
      title: `${title}: ${config.runs.map(({ label }) => label).join(' and ')}`,
      ...(context.preset === undefined ? {} : { notice: `Reduced run: preset ${context.preset}.` }),
      runs,
      curves: lossCurves(
        context,
        config.runs.map(({ instruct }) => instruct.stage),
      ),
      examples: await chooseExamples(context, scored, 12, context.seed),
      stages: stageTimes(path),
      blocks: [...costs, ...configurationBlocks(path)],
      method: scoringMethod(context, scored),
    });
    writeFileAtomic(join(workDir, 'report.html'), page);
    writeFileAtomic(join(workDir, 'table.txt'), `${terminalTable(runs)}\n\n${costTable(costs)}\n`);
    return {
      runs,
      costs: Object.fromEntries(costs.map(({ title: label, facts }) => [label, Object.fromEntries(facts)])),
      sameSettings: sameSettings(context),
    };
  },
  summary: tableAndPage,
};

/** What training one of the models took. */
function costOf(label: string, run: Run): FactBlock {
  const number = (key: string): number => Number(run.metrics[key] ?? NaN);
  const steps = number('steps');
  return {
    title: label,
    facts: [
      ['trained parameters', number('trainableParameters').toLocaleString('en')],
      ['of these in adapters', number('adapterParameters').toLocaleString('en')],
      ['optimiser steps', String(steps)],
      ['training time', duration(number('seconds'))],
      ['time per step', `${(number('seconds') / steps).toFixed(3)} s`],
      ['final loss', number('finalLoss').toFixed(4)],
      ['peak memory', bytes(run.peakMemoryBytes)],
    ],
  };
}

/** The costs as lines for a terminal, one column a model. */
function costTable(costs: readonly FactBlock[]): string {
  const names = costs[0]?.facts.map(([name]) => name) ?? [];
  const rows = [
    ['', ...costs.map(({ title }) => title)],
    ...names.map((name, index) => [name, ...costs.map(({ facts }) => facts[index]?.[1] ?? '')]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Whether the compared stages differ in their adapters alone; said in the log where they do not. */
function sameSettings({ config, stages, log }: CompareContext): boolean {
  const settings = config.runs.map(({ instruct }) => {
    const given = stages[instruct.stage] as StageConfigOf<'instruct'>;
    const { adapter: _, title: __, parts: ___, ...rest } = given;
    const parts = Object.values(partsOf(given)).map((part) => ({ ...part, adapter: undefined }));
    return JSON.stringify([rest, parts]);
  });
  const same = new Set(settings).size === 1;
  if (!same) log('warning: the compared stages differ in more than their adapters');
  return same;
}
