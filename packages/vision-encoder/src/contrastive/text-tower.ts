import { embedding, gatherRows } from '@moslora/kernels';
import type { Linear, Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import { EncoderLayer } from '../encoder-layer';
import { towerNames } from '../names';
import { layerSpecs, normSpecs, type TensorSpec } from '../tensor-specs';
import { TensorTable, type Norm } from '../tensor-table';
import type { ContrastiveConfig } from './config';

const eps = 1e-5;

/** Token ids to one vector per text: a small causal transformer read out at each text's last token, as CLIP's. Thrown away after pretraining. */
export class TextTower {
  private readonly layers: EncoderLayer[];
  private readonly finalNorm: Norm;
  private readonly projection: Linear;
  private readonly table: TensorTable;

  constructor(
    private readonly config: ContrastiveConfig['text'],
    projectionSize: number,
    seed: number | string,
  ) {
    this.table = TensorTable.initialised(textSpecs(config, projectionSize), 'text_model.', seed);
    const names = towerNames('clip_vision_model');
    const shape = { heads: config.heads, layerNormEps: eps, activation: 'quick_gelu', causal: true } as const;
    this.layers = Array.from(
      { length: config.layers },
      (_, index) => new EncoderLayer(this.table, names.layer(index), shape),
    );
    this.finalNorm = this.table.norm('final_layer_norm', eps);
    this.projection = this.table.linear('text_projection');
  }

  /** ids (B, T) int32, padded on the right to lengths (B) → (B, E) */
  forward(ids: tf.Tensor2D, lengths: readonly number[]): tf.Tensor2D {
    const [batch, tokens] = ids.shape;
    const width = this.config.hiddenSize;
    const table = this.table.get('embeddings.token_embedding.weight') as tf.Tensor2D;
    const position = tf.slice(
      this.table.get('embeddings.position_embedding.weight') as tf.Tensor2D,
      [0, 0],
      [tokens, width],
    );
    const embedded = tf.add(tf.reshape(embedding(table, ids), [batch, tokens, width]), position); // (B, T, D)
    let rows = tf.reshape(embedded, [batch * tokens, width]) as tf.Tensor2D;
    for (const layer of this.layers) rows = layer.forward(rows, batch);
    const last = tf.tensor1d(
      lengths.map((length, index) => index * tokens + length - 1),
      'int32',
    ); // (B)
    return this.projection.apply(this.finalNorm(gatherRows(rows, last) as tf.Tensor2D)) as tf.Tensor2D;
  }

  parameters(): Parameter[] {
    return this.table.parameters();
  }

  dispose(): void {
    this.table.dispose();
  }
}

function textSpecs(config: ContrastiveConfig['text'], projectionSize: number): TensorSpec[] {
  const { vocabSize, maxLength, hiddenSize: D, layers } = config;
  const names = towerNames('clip_vision_model');
  const shape = { hiddenSize: D, intermediateSize: 4 * D, layers, qkvBias: true };
  return [
    { name: 'embeddings.token_embedding.weight', shape: [vocabSize, D], init: { std: 0.02 } },
    { name: 'embeddings.position_embedding.weight', shape: [maxLength, D], init: { std: 0.02 } },
    ...Array.from({ length: layers }, (_, index) => layerSpecs(names.layer(index), shape)).flat(),
    ...normSpecs('final_layer_norm', D),
    { name: 'text_projection.weight', shape: [projectionSize, D], init: { std: D ** -0.5 } },
  ];
}
