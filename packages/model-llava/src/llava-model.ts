import type { AdapterSet, StepContext } from '@moslora/adapters';
import type { Decoder } from '@moslora/decoder';
import { withoutGradient } from '@moslora/kernels';
import { labelledRows, type LinearSlot, type Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import type { FeatureChoice, VisionTower } from '@moslora/vision-encoder';
import { generate, type GenerateOptions } from './generate/generate';
import type { PromptPictures } from './generate/prompt';
import { mergeRows, planMerge } from './merge';
import type { Projector } from './projector/projector';

/** The pictures of a batch in reading order: the tower's features (I, N, Dv), or pixels (I, 3, S, S) for the tower; neither for text alone. */
export interface Pictures {
  features?: tf.Tensor3D;
  pixels?: tf.Tensor4D;
}

/** Ids and labels, as `collate` of @moslora/tokenization makes them padded on the right. */
export interface LlavaBatch extends Pictures {
  /** B */
  size: number;
  /** (B, T) row-major; a picture slot is N times -200. */
  inputIds: Int32Array;
  /** (B, T) row-major; -100 where nothing is trained. */
  labels: Int32Array;
  /** (B, T) row-major: 1 where a position is not padding. Padding on the right needs none: it comes after. */
  visible?: Int32Array;
  /** (B, T) row-major, together: conversations that share a prefix, each blind to the others (`sharePrefix` of tokenization). */
  branches?: Int32Array | undefined;
  positions?: Int32Array | undefined;
}

export interface LlavaParts {
  tower?: VisionTower;
  projector: Projector;
  decoder: Decoder;
  /** Which of the tower's features the projector gets. */
  choice?: FeatureChoice;
  /** An id of the vocabulary that also stands for a patch, beside -200. */
  imageTokenId?: number;
  /** Keep only each layer's input for the backward pass. */
  checkpointing?: boolean;
  /** Whether the projector's own weights learn; true. Adapters on it do either way. */
  trainProjector?: boolean;
}

/** A LLaVA: pictures through tower and projector into the token embeddings of a decoder. */
export class LlavaModel {
  readonly projector: Projector;
  readonly decoder: Decoder;
  readonly tower: VisionTower | undefined;
  /** May be switched between steps. */
  checkpointing: boolean;
  /** The adapters in the slots, told of every step; set it after putting them there. */
  adapters: Pick<AdapterSet, 'beginStep'> | undefined;
  /** Which of the tower's features the projector gets. */
  readonly choice: FeatureChoice;

  constructor(private readonly parts: LlavaParts) {
    this.projector = parts.projector;
    this.decoder = parts.decoder;
    this.tower = parts.tower;
    this.checkpointing = parts.checkpointing ?? false;
    this.choice = parts.choice ?? { layer: -2, select: 'default' };
  }

  /** Everything that learns of projector, decoder and tower, and the adapters in their slots. */
  parameters(): Parameter[] {
    return [...this.projectorParameters(), ...this.decoder.parameters(), ...(this.tower?.parameters() ?? [])];
  }

  /** The projections an adapter can take the place of: the decoder's, then the tower's. */
  slots(): LinearSlot[] {
    return [...this.decoder.slots(), ...(this.tower?.slots() ?? [])];
  }

  /**
   * Cross-entropy summed over the labels, logits made only where there is one; `tokens` counts them.
   * @param context where training is: the adapters' dropout is derived from it
   */
  lossSum(batch: LlavaBatch, context?: StepContext): { loss: tf.Scalar; tokens: number } {
    if (context) this.adapters?.beginStep(context);
    const { rows, targets } = labelledRows(batch.labels, batch.labels.length / batch.size);
    const inputGradient = this.learnsBeforeDecoder();
    const embedded = () => this.embed(batch.inputIds, batch.size, batch);
    const x = inputGradient ? embedded() : withoutGradient(embedded);
    if (rows.length === 0) return { loss: tf.mul(tf.sum(x), 0) as tf.Scalar, tokens: 0 };
    const { visible, positions, branches } = batch;
    const { checkpointing } = this;
    const options = { visible, positions, branches, checkpointing, inputGradient };
    const hidden = this.decoder.forwardRows(x, rows, options); // (n, D)
    return { loss: this.decoder.loss(hidden, tf.tensor1d(targets, 'int32')), tokens: targets.length };
  }

  /**
   * Logits of every position, (B, T, V). For inspection: training and generation never make them all.
   */
  logits(batch: Omit<LlavaBatch, 'labels'>): tf.Tensor3D {
    return tf.tidy(() => {
      const x = this.embed(batch.inputIds, batch.size, batch);
      const hidden = this.decoder.forward(x, { visible: batch.visible }); // (B, T, D)
      const [size, tokens, width] = hidden.shape;
      const logits = this.decoder.logits(tf.reshape(hidden, [size * tokens, width]));
      return tf.reshape(logits, [size, tokens, -1]) as tf.Tensor3D;
    });
  }

  /** The features the projector gets: pixels (I, 3, S, S) → (I, N, Dv). Frozen towers need to see a picture only once. */
  features(pixels: tf.Tensor4D): tf.Tensor3D {
    if (!this.tower) throw new Error('this model has no vision tower: give features instead of pixels');
    const checkpointing = this.checkpointing && this.tower.parameters().length > 0;
    return this.tower.features(pixels, this.choice, { checkpointing });
  }

  /** Token embeddings with projected patches in their places: ids (B, T) row-major → (B, T, D) */
  embed(inputIds: Int32Array, batch: number, { features, pixels }: Pictures): tf.Tensor3D {
    const given = features ?? (pixels && this.features(pixels));
    const patches = given && this.projector.apply(given); // (I*N, D)
    const { vocabSize, hiddenSize } = this.decoder.config;
    const plan = planMerge(inputIds, patches?.shape[0] ?? 0, { imageTokenId: this.parts.imageTokenId, vocabSize });
    return tf.reshape(mergeRows(this.decoder.table, plan, patches), [batch, -1, hiddenSize]) as tf.Tensor3D;
  }

  /** The new ids of each prompt, greedily unless `options.sampling` says otherwise; see {@link generate}. */
  generate(
    prompts: readonly (readonly number[])[],
    pictures: PromptPictures,
    options: GenerateOptions,
  ): Promise<number[][]> {
    return generate(this, prompts, pictures, options);
  }

  /** An id of the vocabulary that also stands for a patch, beside -200. */
  get imageTokenId(): number | undefined {
    return this.parts.imageTokenId;
  }

  private learnsBeforeDecoder(): boolean {
    const learning = [this.projectorParameters(), this.tower?.parameters() ?? []];
    return this.decoder.table.learns === true || learning.some(({ length }) => length > 0);
  }

  private projectorParameters(): Parameter[] {
    const all = this.projector.parameters();
    return this.parts.trainProjector === false ? all.filter(({ group }) => group !== 'projector') : all;
  }

  dispose(): void {
    this.tower?.dispose();
    this.projector.dispose();
    this.decoder.dispose();
  }
}
