import { startEngine } from '@moslora/kernels';
import { memoryReport } from '@moslora/runtime';
import { Reporter } from '../progress/reporter';
import type { OpenPipeline } from '../stages/open-pipeline';
import { stageContext } from '../stages/stage-context';
import type { TuningContext } from '../tuning/tuning-setup';
import { planTraining, type TrainingPlan } from './plan-training';

/** Plans the tuning stages of a pipeline. Steps are measured where all that they need is here, unless `measure` is false. */
export async function planPipeline(
  open: OpenPipeline,
  { measure, log }: { measure: boolean; log: (line: string) => void },
): Promise<TrainingPlan[]> {
  const tuning = Object.entries(open.pipeline.stages).filter(([, { kind }]) => kind === 'align' || kind === 'instruct');
  if (tuning.length === 0) return [];
  await startEngine({ log });
  const runtime = memoryReport().rssBytes;
  const plans: TrainingPlan[] = [];
  for (const [name, config] of tuning) {
    const options = { reporter: new Reporter(process.stderr), signal: new AbortController().signal };
    const context = stageContext(open, name, config, options) as unknown as TuningContext;
    const where = open.where(['stages', name]);
    plans.push(await planTraining(context, { runtime, where, pipelineFolder: open.folder, measure }));
  }
  return plans;
}
