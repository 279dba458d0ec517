import { join } from 'node:path';
import { writeFileAtomic } from '@moslora/checkpoint';
import type { StageConfigOf } from '@moslora/specs';
import { configurationBlocks, lineage, lossCurves, scoredRun, scoreStage, stageTimes } from '../../report/collect';
import { tableAndPage } from '../../report/finished-page';
import { chooseExamples } from '../../report/examples';
import { reportPage } from '../../report/page';
import type { ReportData } from '../../report/report-data';
import { terminalTable } from '../../report/terminal-table';
import { scoringMethod } from '../../report/scoring-method';
import type { Stage, StageContext } from '../stage';

/** One page and one table about a tuned model, and what it is measured against. */
export const stage: Stage<'report'> = {
  kind: 'report',
  tensors: false,
  resumable: false,
  async run(context) {
    const data = await reportData(context);
    writeFileAtomic(join(context.workDir, 'report.html'), reportPage(data));
    writeFileAtomic(join(context.workDir, 'scores.json'), `${JSON.stringify(data.runs, null, 2)}\n`);
    const table = terminalTable(data.runs);
    writeFileAtomic(join(context.workDir, 'table.txt'), `${table}\n`);
    return { runs: data.runs };
  },
  summary: tableAndPage,
};

async function reportData(context: StageContext<StageConfigOf<'report'>>): Promise<ReportData> {
  const { config, stages, title } = context;
  const scored = [{ label: config.label, stage: config.tuned.stage }, ...config.beside];
  const runs = scored.map(({ label, stage: name }, index) => {
    const role = scoreStage(stages, name).blind ? 'control' : index === 0 ? 'main' : 'beside';
    return scoredRun(context, name, label, role);
  });
  const path = lineage(
    context,
    scored.map(({ stage: name }) => name),
  );
  return {
    title,
    ...(context.preset === undefined
      ? {}
      : { notice: `Reduced run: preset ${context.preset}${context.notice ? `, ${context.notice}` : ''}.` }),
    runs,
    curves: lossCurves(
      context,
      path.map(({ stage: name }) => name),
    ),
    examples: await chooseExamples(context, scored, config.samples, context.seed),
    stages: stageTimes(path),
    blocks: configurationBlocks(path),
    method: scoringMethod(context, scored),
  };
}
