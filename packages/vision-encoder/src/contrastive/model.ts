import { contrastiveLoss, type Parameter } from '@moslora/nn';
import { matMul } from '@moslora/kernels';
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

  /** CLIP's symmetric cross-entropy summed over the pairs; `tokens` counts the pairs. */
  lossSum({ pixels, textIds, lengths }: ContrastiveBatch): { loss: tf.Scalar; tokens: number } {
    const { pictures, texts } = this.embed({ pixels, textIds, lengths });
    const [pairs] = pixels.shape;
    const mean = contrastiveLoss(pictures, texts, tf.minimum(this.logitScale, MAX_LOGIT_SCALE) as tf.Scalar);
    return { loss: tf.mul(mean, pairs) as tf.Scalar, tokens: pairs };
  }

  /** The vectors of pictures and texts, (B, E) each, before they are scaled to length 1. */
  embed({ pixels, textIds, lengths }: ContrastiveBatch): { pictures: tf.Tensor2D; texts: tf.Tensor2D } {
    const pictures = matMul(this.tower.pooled(pixels, this.config.pooling), this.projection as tf.Tensor2D, {
      transposeB: true,
    }) as tf.Tensor2D;
    return { pictures, texts: this.text.forward(textIds, lengths) };
  }

  dispose(): void {
    this.tower.dispose();
    this.text.dispose();
    this.projection.dispose();
    this.logitScale.dispose();
  }
}
