import { loadAdapters } from '@moslora/adapters';
import { loadLlavaFolder, type LlavaModel } from '@moslora/model-llava';
import type { Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import { AdamW, gradientsOf, type Trainable } from '@moslora/training';
import { compareNumbers, compareTensors, type AdapterCheck } from './compare-tensors';
import { readAdapterReference, readBatch, type ReferenceBatch, type Tensors, type Trajectory } from './reference-files';

export interface AdapterVerification {
  agrees: boolean;
  checks: AdapterCheck[];
}

/** What the golden cases ask for: of gradients relative to their tensor's largest value, of norms to the norm, of all else absolute. */
const tolerances = { logits: 1e-4, gradients: 1e-4, losses: 1e-4, norms: 1e-3, after: 1e-3 };

/**
 * Puts an adapter on its base and holds what it computes against the files beside it: logits of the base's reference batch, the
 * gradients of its mean loss, losses and gradient norms of AdamW steps, and the adapter's tensors after them.
 * @throws UserError when adapter, base or reference cannot be read
 */
export async function verifyAdapter(folder: string, base: string): Promise<AdapterVerification> {
  const reference = readAdapterReference(folder);
  const given = readBatch(base);
  const model = await loadLlavaFolder(base);
  try {
    const adapters = loadAdapters(model.slots(), folder, { embeddings: model.decoder });
    const batch = await onModel(model, given);
    const checks: AdapterCheck[] = [];
    if (reference.logits) {
      const { ours, theirs } = visibleRows(
        tf.tidy(() => model.logits(batch).dataSync<'float32'>()),
        reference.logits,
        given.visible,
      );
      checks.push(compareNumbers('logits', ours, theirs, tolerances.logits));
    }
    const parameters = adapters.parameters();
    const trainable: Trainable<typeof batch> = { parameters: () => parameters, lossSum: (one) => model.lossSum(one) };
    const steps = run(trainable, batch, reference.trajectory);
    if (reference.gradients)
      checks.push(compareTensors('gradients', steps.gradients, reference.gradients, tolerances.gradients, true));
    if (reference.trajectory) {
      checks.push(compareNumbers('losses', steps.losses, reference.trajectory.losses, tolerances.losses));
      checks.push(compareNorms(steps.norms, reference.trajectory.grad_norms_before_clip));
    }
    if (reference.after && reference.trajectory) {
      checks.push(
        compareTensors(
          `after ${steps.losses.length} steps`,
          valuesOf(parameters),
          reference.after,
          tolerances.after,
          false,
        ),
      );
    }
    tf.dispose(batch.features ?? []);
    return { agrees: checks.length > 0 && checks.every(({ ok }) => ok), checks };
  } finally {
    model.dispose();
  }
}

/** The steps of the trajectory, or the gradients alone where there is none. */
function run<Batch>(
  trainable: Trainable<Batch>,
  batch: Batch,
  trajectory: Trajectory | undefined,
): { gradients: Tensors; losses: number[]; norms: number[] } {
  const optimizer = trajectory && optimizerOf(trainable.parameters(), trajectory);
  const found = { gradients: new Map<string, Float32Array>(), losses: [] as number[], norms: [] as number[] };
  for (let step = 0; step < (trajectory?.losses.length ?? 1); step++) {
    const { loss, tokens, gradients } = gradientsOf(trainable, batch, { step, microStep: 0 });
    const means = new Map(
      [...gradients].map(([name, sum]) => [name, sum.dataSync<'float32'>().map((value) => value / tokens)]),
    );
    if (step === 0) found.gradients = means;
    const norm = Math.sqrt(
      [...means.values()].reduce((sum, values) => sum + values.reduce((part, value) => part + value * value, 0), 0),
    );
    found.losses.push(loss.dataSync()[0]! / tokens);
    found.norms.push(norm);
    if (optimizer && trajectory) {
      const clip = Math.min(1, trajectory.optimizer.clip_norm / (norm + 1e-6));
      optimizer.step(gradients, 1, clip / tokens);
    }
    tf.dispose([...gradients.values()]);
    loss.dispose();
  }
  optimizer?.dispose();
  return found;
}

/** In units of the reference's norms: how large gradients are says nothing of how well they agree. */
function compareNorms(ours: readonly number[], theirs: readonly number[]): AdapterCheck {
  const relative = (norms: readonly number[]): number[] => norms.map((norm, step) => norm / (theirs[step] || 1));
  return compareNumbers('gradient norms', relative(ours), relative(theirs), tolerances.norms);
}

function optimizerOf(
  parameters: Parameter[],
  { optimizer: { lr, betas, eps, weight_decay: weightDecay } }: Trajectory,
): AdamW {
  return new AdamW(parameters, { betas, epsilon: eps }, () => ({ learningRate: lr, weightDecay }));
}

async function onModel(
  model: LlavaModel,
  given: ReferenceBatch,
): Promise<{ size: number; inputIds: Int32Array; labels: Int32Array; visible: Int32Array; features?: tf.Tensor3D }> {
  const { shape, inputIds, labels, visible, pixels } = given;
  const features = pixels && tf.tidy(() => model.features(tf.tensor4d(pixels.values, pixels.shape)));
  return { size: shape[0], inputIds, labels, visible, ...(features && { features }) };
}

/** Logits (B, T, V) of the positions that are not padding. */
function visibleRows(
  ours: Float32Array,
  theirs: Float32Array,
  visible: Int32Array,
): { ours: number[]; theirs: number[] } {
  const width = theirs.length / visible.length;
  const keep = (_: number, index: number): boolean => visible[Math.floor(index / width)] === 1;
  return { ours: [...ours].filter(keep), theirs: [...theirs].filter(keep) };
}

function valuesOf(parameters: readonly Parameter[]): Tensors {
  return new Map(parameters.map(({ name, value }) => [name, value.dataSync<'float32'>()]));
}
