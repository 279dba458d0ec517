import { tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';
import { patchCount, type TowerConfig } from './config';
import { poolPatches, pooledCount } from './pool-patches';

/** Which features a LLaVA takes: hidden state(s) by index (0 = embeddings, -1 = last layer), with or without the class token. */
export interface FeatureChoice {
  layer: number | readonly number[];
  /**
   * `default`: the patches, without the class token where the tower has one. `full`: all rows. `tail`: all but the first row, also of
   * a tower without a class token, which is what transformers makes of `default` there.
   */
  select: 'default' | 'full' | 'tail';
  /** Side of the squares of neighbouring patches that are averaged into one; 1 leaves them. */
  pool?: number;
}

/** Rows per picture that {@link selectRows} gives. @throws UserError when `pool` does not divide the patches of a side */
export function selectedCount(
  patches: number,
  { select, pool = 1 }: Pick<FeatureChoice, 'select' | 'pool'>,
  classToken: boolean,
): number {
  const all = pooledCount(patches, pool) + (classToken ? 1 : 0);
  return drops(select, classToken) ? all - 1 : all;
}

/** Rows per picture that a tower of this configuration gives. @throws UserError when `pool` does not divide the patches of a side */
export function featureCount(
  config: Pick<TowerConfig, 'imageSize' | 'patchSize' | 'classToken'>,
  choice: Pick<FeatureChoice, 'select' | 'pool'>,
): number {
  return selectedCount(patchCount(config), choice, config.classToken);
}

/** The chosen rows of hidden states: (B, N, D), or (B, 1 + N, D) with a class token first → (B, rows, D). Squares are pooled first. */
export function selectRows(
  rows: tf.Tensor3D,
  { select, pool }: Pick<FeatureChoice, 'select' | 'pool'>,
  classToken: boolean,
): tf.Tensor3D {
  const withoutFirst = (from: tf.Tensor3D): tf.Tensor3D => tf.slice(from, [0, 1, 0], [-1, -1, -1]);
  const drop = drops(select, classToken);
  if (!classToken) return drop ? withoutFirst(poolPatches(rows, pool)) : poolPatches(rows, pool);
  const patches = poolPatches(withoutFirst(rows), pool); // (B, N, D)
  return drop ? patches : tf.concat([tf.slice(rows, [0, 0, 0], [-1, 1, -1]), patches], 1);
}

/** Index of each chosen hidden state from 0; -1 is the last. @throws UserError when the tower has no such layer */
export function chosenLayers(choice: Pick<FeatureChoice, 'layer'>, layers: number): number[] {
  return [choice.layer].flat().map((layer) => {
    const index = layer < 0 ? layers + 1 + layer : layer;
    if (index >= 0 && index <= layers) return index;
    return fail({
      what: 'The vision tower has no such layer',
      where: 'vision_feature_layer',
      got: String(layer),
      expected: `from ${-layers - 1} to ${layers}`,
    });
  });
}

function drops(select: FeatureChoice['select'], classToken: boolean): boolean {
  return select === 'tail' || (select === 'default' && classToken);
}
