import { loadAdapters } from '@moslora/adapters';
import type { WeightSource } from '@moslora/checkpoint';
import type { Decoder, DecoderOptions, DecoderShape } from '@moslora/decoder';
import { tryAll } from '@moslora/specs';
import { parseTowerConfig, VisionTower, type TowerConfig } from '@moslora/vision-encoder';
import { checkWidths } from './check-widths';
import { denseView } from './dense-view';
import { familyFor } from './families';
import type { LlavaLayout, PartPlace, PartsGiven, ProjectorPlace } from './layouts/layout';
import { WeightFiles } from './layouts/weight-files';
import { findProjector, type FoundProjector } from './projector/find-projector';
import { Projector } from './projector/projector';
import { towerSlots } from './tower-slots';

export interface LoadOptions extends Omit<DecoderOptions, 'prefix' | 'where'>, PartsGiven {
  /** Read the tensors from here instead of from the folder (its config.json is read either way). */
  source?: WeightSource;
  /** Side of the pictures, where it is not the tower's: its position embeddings are interpolated. */
  imageSize?: number;
}

/** Loads the parts of a LLaVA from where they are, opening each file once. */
export class PartLoader {
  private readonly files = new WeightFiles();
  private readonly loaded: { dispose(): void }[] = [];

  /** @param folder what `options.source` is read in place of */
  private constructor(
    private readonly folder: string | undefined,
    private readonly options: LoadOptions,
  ) {}

  /** Lets `load` load parts; closes their files afterwards, and frees what was loaded where a later part fails. */
  static async use<T>(
    folder: string | undefined,
    options: LoadOptions,
    load: (parts: PartLoader) => T | Promise<T>,
  ): Promise<T> {
    const parts = new PartLoader(folder, options);
    try {
      return await load(parts);
    } catch (error) {
      for (const part of parts.loaded) part.dispose();
      throw error;
    } finally {
      parts.files.close();
    }
  }

  /**
   * Holds all parts against their configurations and against each other, reading nothing but headers.
   * @throws UserError with everything that is wrong with any of them
   */
  async check(layout: LlavaLayout): Promise<void> {
    const { tower, projector, decoder } = layout;
    const { weights } = projector;
    const found: { tower?: TowerConfig; projector?: FoundProjector; decoder?: DecoderShape } = {};
    await tryAll([
      () => {
        const config = parseTowerConfig(tower.config, tower.where);
        VisionTower.check(denseView(this.open(tower.weights)), config);
        found.tower = config;
      },
      () => {
        if (weights !== undefined) found.projector = findProjector(denseView(this.open(weights)), projector);
      },
      async () => {
        const { config, where } = decoder;
        const family = await familyFor(config['model_type'], where);
        found.decoder = family.check(this.open(decoder.weights), config, { ...this.options, where });
      },
      () => checkWidths(layout, found),
    ]);
  }

  async decoder({ weights, config, where, adapter }: PartPlace): Promise<Decoder> {
    const family = await familyFor(config['model_type'], where);
    const decoder = this.keep(family.load(this.open(weights), config, { ...this.options, where }));
    if (adapter !== undefined) loadAdapters(decoder.slots(), adapter, { embeddings: decoder, part: 'decoder' });
    return decoder;
  }

  /** @param side of the pictures, where it is not the tower's */
  tower({ weights, config, where, adapter }: PartPlace, side?: number): VisionTower {
    const { imageSize = side } = this.options;
    const source = denseView(this.open(weights));
    const options = imageSize === undefined ? {} : { imageSize };
    const tower = this.keep(VisionTower.load(source, parseTowerConfig(config, where), options));
    if (adapter !== undefined) loadAdapters(towerSlots(tower, adapter), adapter, { part: 'tower' });
    return tower;
  }

  projector({ weights, ...options }: ProjectorPlace & { weights: string }): Projector {
    return this.keep(Projector.load(denseView(this.open(weights)), options));
  }

  private open(path: string): WeightSource {
    const { source } = this.options;
    if (source !== undefined && path === this.folder) return source;
    return this.files.open(path);
  }

  private keep<T extends { dispose(): void }>(part: T): T {
    this.loaded.push(part);
    return part;
  }
}
