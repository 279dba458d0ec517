import { freemem } from 'node:os';
import { withTemporaryFolder } from '@moslora/checkpoint';
import { UserError } from '@moslora/specs';
import { Reporter } from '../progress/reporter';
import { tune } from '../tuning/tune';
import type { TuningContext } from '../tuning/tuning-setup';

/** Steps that are made, the first of which warms up. */
const mostSteps = 3;
/** Seconds after which no further step is begun. */
const longEnough = 120;

class Enough extends Error {}

export type Measured = { seconds: number; steps: number } | { reason: string };

/**
 * Seconds of an optimiser step: a few real ones with the first samples of the data in a folder that is removed, with one batch each, times the
 * batches that a step accumulates. Or why none can be made: something is missing, or the estimate does not fit what memory is free.
 */
export async function measureStep(context: TuningContext, estimatedBytes: number): Promise<Measured> {
  if (estimatedBytes > freemem()) {
    const gigabytes = (count: number): string => `${(count / 1e9).toFixed(1)} GB`;
    return { reason: `it would take ${gigabytes(estimatedBytes)}, and ${gigabytes(freemem())} are free` };
  }
  const { config } = context;
  const { accumulate, batchSize } = config.train;
  const limit = mostSteps * batchSize;
  const data = config.data.map((part) => ({ ...part, limit: Math.min(part.limit ?? limit, limit) }));
  const train = { ...config.train, steps: mostSteps, accumulate: 1, emaDecay: undefined };
  const seconds: number[] = [];
  const began = performance.now();
  try {
    await withTemporaryFolder('moslora-plan', (workDir) =>
      tune(
        {
          ...context,
          ...{ workDir, resume: 'never', log: () => undefined, reporter: new Reporter({ write: () => undefined }) },
          config: { ...config, data, train, validation: undefined } as typeof config,
        },
        (step) => {
          seconds.push(step.seconds);
          if (seconds.length === mostSteps || (performance.now() - began) / 1000 > longEnough) throw new Enough();
        },
      ),
    );
  } catch (error) {
    if (error instanceof UserError) return { reason: error.problems.map(({ what }) => what).join('; ') };
    if (!(error instanceof Enough)) throw error;
  }
  const warm = seconds.length > 1 ? seconds.slice(1) : seconds;
  return { seconds: (accumulate * warm.reduce((a, b) => a + b, 0)) / warm.length, steps: seconds.length };
}
