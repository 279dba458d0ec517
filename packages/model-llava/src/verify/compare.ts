import type { Decoder } from '@moslora/decoder';
import { crossEntropy } from '@moslora/kernels';
import { labelledRows } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import { generate } from '../generate/generate';
import { textSpeaker, type Speaker } from '../generate/speaker';
import type { LlavaModel, Pictures } from '../llava-model';
import { compareIds, compareValues, type Check } from './checks';
import type { Greedy, Reference } from './reference';

/** Features, projected features, logits, loss and greedy ids of a LLaVA against a reference, those that it has. */
export async function checkLlava(
  model: LlavaModel,
  reference: Reference,
  greedy: Greedy | undefined,
  atol: number,
): Promise<Check[]> {
  const { shape, inputIds, attentionMask: visible, labels, expected } = reference;
  const pixels =
    reference.pixels &&
    tf.tensor4d(reference.pixels.values, reference.pixels.shape as [number, number, number, number]);
  const features = pixels && model.features(pixels);
  const checks: Check[] = [];
  try {
    if (features) {
      compare(checks, 'vision_features', expected, atol, () => tf.clone(features));
      compare(checks, 'projected', expected, atol, () => model.projector.apply(features));
    }
    const batch = { size: shape[0], inputIds, features, visible };
    if (expected.has('logits')) checks.push(await logitsCheck(() => model.logits(batch), reference, atol));
    if (labels && expected.has('loss')) {
      const counted = tf.tidy(() => {
        const { loss, tokens } = model.lossSum({ ...batch, labels });
        return (loss.dataSync()[0] ?? NaN) / tokens;
      });
      checks.push(compareValues('loss', [counted], expected.get('loss')!, atol / 10));
    }
    if (greedy) {
      // It is about one picture: the reference batch's first.
      const first = features && tf.slice(features, [0, 0, 0], [1, -1, -1]);
      checks.push(await greedyCheck(model, greedy, { features: first }));
      first?.dispose();
    }
  } finally {
    pixels?.dispose();
    features?.dispose();
  }
  return checks;
}

/** Logits, loss and greedy ids of a language model without pictures against a reference, those that it has. */
export async function checkDecoder(
  decoder: Decoder,
  reference: Reference,
  greedy: Greedy | undefined,
  atol: number,
): Promise<Check[]> {
  const { shape, inputIds, attentionMask, labels, expected } = reference;
  const checks: Check[] = [];
  const hidden = (): tf.Tensor3D =>
    decoder.forward(decoder.embed(tf.tensor2d(inputIds, shape, 'int32')), { visible: attentionMask });
  const rows = (): tf.Tensor2D => tf.reshape(hidden(), [shape[0] * shape[1], -1]);
  if (expected.has('logits'))
    checks.push(await logitsCheck(() => tf.tidy(() => decoder.logits(rows())), reference, atol));
  if (labels && expected.has('loss')) {
    const { rows: chosen, targets } = labelledRows(labels, shape[1]);
    const sum = tf.tidy(
      () =>
        crossEntropy(
          decoder.logits(tf.gather(rows(), tf.tensor1d(chosen, 'int32'))),
          tf.tensor1d(targets, 'int32'),
        ).dataSync()[0] ?? NaN,
    );
    checks.push(compareValues('loss', [sum / targets.length], expected.get('loss')!, atol / 10));
  }
  if (greedy) checks.push(await greedyCheck(textSpeaker(decoder), greedy, {}));
  return checks;
}

function compare(
  checks: Check[],
  name: string,
  expected: Map<string, Float32Array>,
  atol: number,
  ours: () => tf.Tensor,
): void {
  const theirs = expected.get(name);
  if (!theirs) return;
  const values = tf.tidy(() => ours().dataSync());
  checks.push(compareValues(name, values, theirs, atol));
}

async function logitsCheck(
  logits: () => tf.Tensor,
  { attentionMask, inputIds, expected }: Reference,
  atol: number,
): Promise<Check> {
  const tensor = logits();
  const values = await tensor.data();
  tensor.dispose();
  const width = values.length / inputIds.length;
  return compareValues('logits', values, expected.get('logits')!, atol, (row) => attentionMask[row] === 1, width);
}

async function greedyCheck(speaker: Speaker, { prompt, continuation }: Greedy, pictures: Pictures): Promise<Check> {
  const [ids] = await generate(speaker, [prompt], pictures, { maxNewTokens: continuation.length });
  return compareIds('greedy', ids ?? [], continuation);
}
