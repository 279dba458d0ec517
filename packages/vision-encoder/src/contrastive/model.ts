import { contrastiveLoss, phraseLoss, type Parameter } from '@moslora/nn';
import { gatherRows, matMul } from '@moslora/kernels';
import { Rng, tf } from '@moslora/runtime';
import { VisionTower } from '../tower';
import { pretrainedTowerConfig, type ContrastiveConfig } from './config';
import { TextTower } from './text-tower';

/** Pictures with a text each. */
export interface ContrastiveBatch {
  /** (B, 3, S, S), normalised */
  pixels: tf.Tensor4D;
  /** (B, T) int32, padded on the right with any id */
  textIds: tf.Tensor2D;
  /** Tokens of each text, 1 … T. */
  lengths: readonly number[];
  /** Parts of the pictures with a phrase each, where the data has them. */
  regions?: RegionBatch;
}

/** Regions of a batch's pictures. Phrases that occur more than once stand in it once. */
export interface RegionBatch {
  /** (B, K, N): what each patch counts in each of a picture's regions, every row's sum being 1; rows of zeros where there are fewer than K. */
  weights: tf.Tensor3D;
  /** (R) int32: rows of (B K) that hold a region. */
  rows: tf.Tensor1D;
  /** (R) int32: which phrase each of them shows. */
  phrases: tf.Tensor1D;
  /** (U, T) int32, padded on the right */
  textIds: tf.Tensor2D;
  lengths: readonly number[];
}

interface Embedded {
  pictures: tf.Tensor2D;
  texts: tf.Tensor2D;
  regions?: { parts: tf.Tensor2D; phrases: tf.Tensor2D };
}

/** Logarithm of the largest factor of the similarities, as in CLIP. */
const MAX_LOGIT_SCALE = Math.log(100);

/** A vision tower that learns with a text tower to tell which text belongs to which picture (CLIP). */
export class ContrastiveModel {
  readonly tower: VisionTower;
  private readonly text: TextTower;
  private readonly projection: tf.Variable;
  private readonly logitScale: tf.Variable;

  constructor(
    private readonly config: ContrastiveConfig,
    seed: number | string,
  ) {
    this.tower = VisionTower.initialise(pretrainedTowerConfig(config), seed);
    this.text = new TextTower(config.text, config.projectionSize, seed);
    const std = config.hiddenSize ** -0.5;
    const shape: [number, number] = [config.projectionSize, config.hiddenSize];
    const values = new Rng(seed, 'init', 'visual_projection.weight').normalArray(shape[0] * shape[1], 0, std);
    this.projection = tf.variable(tf.tensor2d(values, shape));
    this.logitScale = tf.variable(tf.scalar(Math.log(1 / 0.07)));
  }

  parameters(): Parameter[] {
    return [
      ...this.tower.parameters(),
      ...this.text.parameters(),
      { name: 'visual_projection.weight', value: this.projection, group: 'tower' },
      { name: 'logit_scale', value: this.logitScale, group: 'tower' },
    ];
  }

  /**
   * CLIP's symmetric cross-entropy summed over the pairs; `tokens` counts the pairs. Where the batch has regions, plus `regionWeight`
   * times the mean cross-entropy of a region's phrase among the batch's phrases, for every pair.
   */
  lossSum(batch: ContrastiveBatch): { loss: tf.Scalar; tokens: number } {
    const { pictures, texts, regions } = this.embed(batch);
    const [pairs] = batch.pixels.shape;
    const scale = tf.minimum(this.logitScale, MAX_LOGIT_SCALE) as tf.Scalar;
    let mean = contrastiveLoss(pictures, texts, scale);
    if (batch.regions && regions) {
      const named = phraseLoss(regions.parts, regions.phrases, batch.regions.phrases, scale);
      mean = tf.add(mean, tf.mul(named, this.config.regionWeight));
    }
    return { loss: tf.mul(mean, pairs) as tf.Scalar, tokens: pairs };
  }

  /** The vectors of pictures and texts, (B, E) each, and of regions (R, E) and phrases (U, E), before they are scaled to length 1. */
  embed({ pixels, textIds, lengths, regions }: ContrastiveBatch): Embedded {
    const { classToken, patches } = this.tower.encoded(pixels);
    const whole = classToken && this.config.pooling === 'class' ? classToken : (tf.mean(patches, 1) as tf.Tensor2D);
    const texts = this.text.forward(textIds, lengths);
    if (!regions || this.config.regionWeight === 0) return { pictures: this.project(whole), texts };
    const width = this.config.hiddenSize;
    const means = tf.reshape(tf.matMul(regions.weights, patches), [-1, width]) as tf.Tensor2D; // (B K, D)
    return {
      pictures: this.project(whole),
      texts,
      regions: {
        parts: this.project(gatherRows(means, regions.rows) as tf.Tensor2D),
        phrases: this.text.forward(regions.textIds, regions.lengths),
      },
    };
  }

  /** (n, D) → (n, E) */
  private project(rows: tf.Tensor2D): tf.Tensor2D {
    return matMul(rows, this.projection as tf.Tensor2D, { transposeB: true }) as tf.Tensor2D;
  }

  dispose(): void {
    this.tower.dispose();
    this.text.dispose();
    this.projection.dispose();
    this.logitScale.dispose();
  }
}
