import type { WeightSource } from '@moslora/checkpoint';
import { checkpointed } from '@moslora/kernels';
import type { LinearSlot, Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';
import { patchCount, patchGrid, type TowerConfig } from './config';
import { EncoderLayer } from './encoder-layer';
import { chosenLayers, featureCount, selectRows, type FeatureChoice } from './feature-choice';
import { interpolatePositions } from './interpolate-positions';
import { findTower, towerNames } from './names';
import { embedPatches, patchRows } from './patches';
import { towerSpecs } from './tensor-specs';
import { checkTable, TensorTable, type Norm } from './tensor-table';

export interface TowerOptions {
  /** Before the tower's tensor names; found by itself when left out. */
  prefix?: string;
  /** Whether its tensors learn; false. */
  trainable?: boolean;
  /** Side of the pictures, where it is not the configuration's: the position embeddings are interpolated to it. */
  imageSize?: number;
}

/** A vision transformer of the CLIP, SigLIP or ViT kind. Its features need only the layers up to the one they are taken from. */
export class VisionTower {
  private readonly layers: EncoderLayer[] = [];
  private readonly preNorm: Norm | undefined;
  private readonly postNorm: Norm;

  private constructor(
    readonly config: TowerConfig,
    private readonly table: TensorTable,
    private readonly prefix: string,
  ) {
    const names = towerNames(config.kind);
    const shape = {
      heads: config.heads,
      layerNormEps: config.layerNormEps,
      activation: config.activation,
      causal: false,
    };
    this.preNorm = config.preNorm ? table.norm(names.preNorm, config.layerNormEps, true) : undefined;
    for (let index = 0; index < config.layers; index += 1)
      this.layers.push(new EncoderLayer(table, names.layer(index), shape));
    this.postNorm = table.norm(names.postNorm, config.layerNormEps);
  }

  /**
   * Loads a tower, frozen unless `trainable`.
   * @throws UserError listing every missing, misshapen or unexpected tensor
   */
  static load(source: WeightSource, config: TowerConfig, options: TowerOptions = {}): VisionTower {
    const prefix = options.prefix ?? findTower(source.names(), config.kind, source.where);
    const { unused, position } = towerNames(config.kind);
    const { trainable, imageSize = config.imageSize } = options;
    const table = TensorTable.read(source, towerSpecs(config), { prefix, unused, trainable });
    const resized = { ...config, imageSize };
    const [from, to] = [patchGrid(config), patchGrid(resized)];
    if (from !== to) {
      const { shape } = towerSpecs(resized).find(({ name }) => name === position)!;
      table.replace(position, shape, (values) => interpolatePositions(values, { from, to, width: config.hiddenSize }));
    }
    return new VisionTower(resized, table, prefix);
  }

  /**
   * Holds the tower in `source` against its configuration, reading nothing but headers.
   * @throws UserError listing every missing, misshapen or unexpected tensor
   */
  static check(source: WeightSource, config: TowerConfig): void {
    const prefix = findTower(source.names(), config.kind, source.where);
    checkTable(source, towerSpecs(config), { prefix, unused: towerNames(config.kind).unused });
  }

  /** A trainable tower with fresh weights, drawn as CLIP's are. */
  static initialise(config: TowerConfig, seed: number | string, prefix = 'vision_model.'): VisionTower {
    return new VisionTower(config, TensorTable.initialised(towerSpecs(config), prefix, seed), prefix);
  }

  /** Patches of a picture, N. */
  get patches(): number {
    return patchCount(this.config);
  }

  /** Rows that {@link features} gives per picture. @throws UserError when `pool` does not divide the patches of a side */
  featureRows(choice: Pick<FeatureChoice, 'select' | 'pool'>): number {
    return featureCount(this.config, choice);
  }

  /**
   * pixels (B, 3, S, S) → hidden_states[layer] (B, N, D): `default` without the class token, `full` with it. Several layers are joined
   * along D. `pool` averages squares of patches, N = (floor(S / P) / pool)^2; the class token stays as it is.
   * @param checkpointing keep only each layer's input for the backward pass
   * @throws UserError for pictures of another size than the positions are for
   */
  features(
    pixels: tf.Tensor4D,
    choice: FeatureChoice = { layer: -2, select: 'default' },
    { checkpointing = false }: { checkpointing?: boolean } = {},
  ): tf.Tensor3D {
    const { layers, hiddenSize, classToken } = this.config;
    const wanted = chosenLayers(choice, layers);
    return tf.tidy(() => {
      const states = this.hiddenStates(pixels, wanted, checkpointing).map((state) =>
        tf.reshape(state, [pixels.shape[0], -1, hiddenSize]),
      );
      const rows = (states.length === 1 ? states[0]! : tf.concat(states, 2)) as tf.Tensor3D; // (B, N or 1 + N, D)
      return selectRows(rows, choice, classToken);
    });
  }

  /**
   * pixels (B, 3, S, S) → one vector per picture (B, D) from the last layer: its normalised class token, or the mean of its normalised
   * patches (`patches`, and towers without a class token).
   */
  pooled(pixels: tf.Tensor4D, from: 'class' | 'patches' = 'class'): tf.Tensor2D {
    const { classToken, patches } = this.encoded(pixels);
    return classToken && from === 'class' ? classToken : (tf.mean(patches, 1) as tf.Tensor2D);
  }

  /** pixels (B, 3, S, S) → the last layer's output, normalised: the class token (B, D), where there is one, and the patches (B, N, D). */
  encoded(pixels: tf.Tensor4D): { classToken: tf.Tensor2D | undefined; patches: tf.Tensor3D } {
    const [batch] = pixels.shape;
    const { hiddenSize, classToken, layers } = this.config;
    const [last] = this.hiddenStates(pixels, [layers]);
    const rows = tf.reshape(this.postNorm(last!), [batch, -1, hiddenSize]) as tf.Tensor3D; // (B, N + 1, D)
    if (!classToken) return { classToken: undefined, patches: rows };
    return {
      classToken: tf.reshape(tf.slice(rows, [0, 0, 0], [-1, 1, -1]), [batch, hiddenSize]),
      patches: tf.slice(rows, [0, 1, 0], [-1, -1, -1]),
    };
  }

  parameters(): Parameter[] {
    const own = this.table.parameters();
    const variables = new Set(own.map(({ value }) => value));
    const inSlots = this.slots().flatMap((slot) => slot.get().parameters());
    return [...own, ...inSlots.filter(({ value }) => !variables.has(value))];
  }

  /** The projections an adapter can take the place of; under `prefix` instead of where they were found. */
  slots(prefix = this.prefix): LinearSlot[] {
    return this.layers.flatMap((layer) => layer.slots(prefix));
  }

  /** All tensors under their published names, for a file; under `prefix` instead of where they were found. */
  entries(prefix = this.prefix): ReturnType<TensorTable['entries']> {
    return this.table.entries(prefix);
  }

  dispose(): void {
    this.table.dispose();
  }

  /** The asked hidden states, each (B*(N+1), D), in the order asked; stops after the last of them. */
  private hiddenStates(pixels: tf.Tensor4D, wanted: readonly number[], checkpointing = false): tf.Tensor2D[] {
    const [batch] = pixels.shape;
    this.checkSize(pixels.shape[2], pixels.shape[3]);
    const deepest = Math.max(...wanted);
    const states = [tf.tidy(() => this.embeddings(pixels))];
    for (let index = 0; index < deepest; index += 1) {
      const layer = this.layers[index]!;
      const forward = (x: tf.Tensor): tf.Tensor2D => layer.forward(x as tf.Tensor2D, batch);
      const state = tf.tidy(() =>
        checkpointing ? checkpointed(forward, [states[index]!], layer.variables()) : forward(states[index]!),
      );
      states.push(state);
    }
    return wanted.map((index) => states[index]!);
  }

  /** @throws UserError where the positions are for another number of patches than pictures of this size have */
  checkSize(height: number, width: number, where = 'pixel_values'): void {
    const { patchSize, imageSize } = this.config;
    const patches = `${Math.floor(height / patchSize)} x ${Math.floor(width / patchSize)}`;
    const grid = patchGrid(this.config);
    if (height === width && patches === `${grid} x ${grid}`) return;
    fail({
      what: "The pictures have another size than the vision tower's position embeddings are for",
      where,
      got: `${height} x ${width} pixels, ${patches} patches`,
      expected: `${imageSize} x ${imageSize} pixels, ${grid} x ${grid} patches`,
      fix: `set the size in preprocessor_config.json to ${imageSize}, or load the tower with imageSize ${height}, which interpolates its positions`,
    });
  }

  private embeddings(pixels: tf.Tensor4D): tf.Tensor2D {
    const { hiddenSize: width, patchSize, kind, patchBias, classToken } = this.config;
    const names = towerNames(kind);
    const batch = pixels.shape[0];
    const bias = patchBias ? this.table.get(`${names.patch}.bias`) : undefined;
    const embedded = embedPatches(patchRows(pixels, patchSize), this.table.get(`${names.patch}.weight`), bias);
    const patches = tf.reshape(embedded, [batch, this.patches, width]); // (B, N, D)
    const position = tf.reshape(this.table.get(names.position), [1, -1, width]);
    const first = (): tf.Tensor => tf.tile(tf.reshape(this.table.get(names.classToken), [1, 1, width]), [batch, 1, 1]);
    const all = tf.add(classToken ? tf.concat([first(), patches], 1) : patches, position); // (B, N + 1, D)
    const rows = tf.reshape(all, [-1, width]) as tf.Tensor2D;
    return this.preNorm ? this.preNorm(rows) : rows;
  }
}
