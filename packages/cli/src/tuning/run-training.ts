import { setMatMulPrecision } from '@moslora/kernels';
import { backendInfo, memoryReport } from '@moslora/runtime';
import type { MixerReading, TrainConfig } from '@moslora/specs';
import { train, type BatchSource, type Trainable, type TrainResult, type Validation } from '@moslora/training';
import type { Bar } from '../progress/reporter';
import type { StageContext } from '../stages/stage';

/** The part of a stage's context that training needs. */
type TrainingContext = Pick<
  StageContext<{ train: TrainConfig }>,
  'config' | 'stage' | 'workDir' | 'reporter' | 'log' | 'signal' | 'resume'
>;

/** What a stage adds to its training. */
export interface TrainingExtras<Batch> {
  validation?: Validation<Batch> | undefined;
  /** Reads where the mixers stand, if any learn. */
  mixers?: () => MixerReading | undefined;
  /** Texts kept in every checkpoint beside the stage's configuration, by file name. */
  texts?: Readonly<Record<string, string>>;
}

/**
 * Sets the precision of matrix products as configured. `auto` asks what the processor is made for, not the clock, so that a resumed
 * run computes as it began: bfloat16 on a GPU and on CPUs that multiply it natively, else float32.
 */
export function usePrecision(precision: TrainConfig['precision']): 'float32' | 'bfloat16' {
  const chosen = choosePrecision(precision);
  setMatMulPrecision(chosen);
  return chosen;
}

/** The precision that a setting stands for on the running backend. */
export function choosePrecision(precision: TrainConfig['precision']): 'float32' | 'bfloat16' {
  return precision === 'auto' ? nativePrecision() : precision;
}

function nativePrecision(): 'float32' | 'bfloat16' {
  const { backend, device, cpuFeatures } = backendInfo();
  const multipliesBf16 =
    device === 'gpu' || ['amx_bf16', 'avx512_bf16'].some((feature) => cpuFeatures.includes(feature));
  return backend === 'native' && multipliesBf16 ? 'bfloat16' : 'float32';
}

/** Runs the training loop of a stage with its progress shown, and gives what run.json keeps of it. */
export async function runTraining<Batch>(
  context: TrainingContext,
  identity: string,
  trainable: Trainable<Batch>,
  source: BatchSource<Batch>,
  { validation, mixers, texts }: TrainingExtras<Batch> = {},
): Promise<TrainResult & { precision: string; trainableParameters: number; peakTensorBytes: number }> {
  const { config, stage, workDir, reporter, log, signal, resume } = context;
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
    ...{ log, signal, resume, validation, mixers },
    texts: { 'config.json': `${JSON.stringify(config, null, 2)}\n`, ...texts },
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
