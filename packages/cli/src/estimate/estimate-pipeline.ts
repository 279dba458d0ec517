import { startEngine } from '@moslora/kernels';
import { memoryReport, tf } from '@moslora/runtime';
import { fail, listNames, type StageConfigOf } from '@moslora/specs';
import { Reporter } from '../progress/reporter';
import { stageOf, type OpenPipeline } from '../stages/open-pipeline';
import { stageContext } from '../stages/stage-context';
import type { StageContext } from '../stages/stage';
import { estimateScoring, estimateTuning, type StageEstimate } from './estimate-stage';

type TuningContext = StageContext<StageConfigOf<'align'> | StageConfigOf<'instruct'>>;

/**
 * Estimates of a pipeline's tuning and scoring stages, or of one. The backend is started, to see what it takes itself and in which
 * precision it multiplies; no model is loaded. @throws UserError for a stage of another kind
 */
export async function estimatePipeline(
  open: OpenPipeline,
  stage: string | undefined,
  log: (line: string) => void,
): Promise<StageEstimate[]> {
  const kinds = ['align', 'instruct', 'score'];
  const known = Object.entries(open.pipeline.stages).flatMap(([name, { kind }]) =>
    kinds.includes(kind) ? [name] : [],
  );
  if (stage !== undefined && !kinds.includes(stageOf(open, stage).kind)) {
    fail({
      what: `stage \`${stage}\` neither tunes nor answers, so there is nothing to estimate`,
      where: open.where(['stages', stage]),
      got: stageOf(open, stage).kind,
      expected: `one of ${listNames(known)}`,
    });
  }
  await startEngine({ log });
  tf.tidy(() => void tf.matMul(tf.ones([8, 8]), tf.ones([8, 8])).dataSync());
  const runtime = memoryReport().rssBytes;
  const options = { reporter: new Reporter(process.stderr), signal: new AbortController().signal };
  const context = (name: string): StageContext<never> =>
    stageContext(open, name, stageOf(open, name), options) as unknown as StageContext<never>;
  const estimates: StageEstimate[] = [];
  for (const name of stage === undefined ? known : [stage]) {
    const config = stageOf(open, name);
    if (config.kind !== 'score') estimates.push(await estimateTuning(context(name) as TuningContext, runtime));
    else estimates.push(await estimateScoring(context(name), context(config.model.stage) as TuningContext, runtime));
  }
  return estimates;
}
