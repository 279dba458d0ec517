import { chooseMatMulPrecision, setMatMulPrecision } from '@moslora/kernels';
import { memoryReport } from '@moslora/runtime';
import type { TrainConfig } from '@moslora/specs';
import { train, type BatchSource, type Trainable, type TrainResult } from '@moslora/training';
import type { Bar } from '../progress/reporter';
import type { StageContext } from '../stages/stage';

/** The part of a stage's context that training needs. */
type TrainingContext = Pick<
  StageContext<{ train: TrainConfig }>,
  'config' | 'stage' | 'workDir' | 'reporter' | 'log' | 'signal'
>;

/** Sets the precision of matrix products as configured; `auto` measures which one this machine is faster at. */
export function usePrecision(precision: TrainConfig['precision']): 'float32' | 'bfloat16' {
  if (precision === 'auto') return chooseMatMulPrecision().precision;
  setMatMulPrecision(precision);
  return precision;
}

/** Runs the training loop of a stage with its progress shown, and gives what run.json keeps of it. */
export async function runTraining<Batch>(
  context: TrainingContext,
  identity: string,
  trainable: Trainable<Batch>,
  source: BatchSource<Batch>,
): Promise<TrainResult & { precision: string; trainableParameters: number; peakTensorBytes: number }> {
  const { config, stage, workDir, reporter, log, signal } = context;
  const precision = usePrecision(config.train.precision);
  log(`matrix products in ${precision}`);
  let bar: Bar | undefined;
  let peakTensorBytes = 0;
  const result = await train({
    trainable,
    source,
    config: config.train,
    runDir: workDir,
    identity: `${identity} ${precision}`,
    log,
    signal,
    onProgress: ({ step, total, loss, learningRate }) => {
      peakTensorBytes = Math.max(peakTensorBytes, memoryReport().tensorBytes);
      bar ??= reporter.bar({ label: stage, total, start: step - 1 });
      bar.update(step, { loss, lr: learningRate });
    },
  });
  bar?.end();
  const trainableParameters = trainable.parameters().reduce((sum, { value }) => sum + value.size, 0);
  return { ...result, precision, trainableParameters, peakTensorBytes };
}
