import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SafetensorsFile, type Dtype } from '@moslora/checkpoint';
import { hostValues, tf } from '@moslora/runtime';
import { fail, type Problem } from '@moslora/specs';
import { downProjection, mergedWeight } from '../linear/merged-weight';
import { readAdapterConfig, type AdapterFileConfig } from './adapter-config-file';
import { adapterFiles } from './files';
import type { AdapterPart } from './keys';
import { ofPart, type ModelPart } from './model-part';
import { partProblems } from './part-problems';
import { checkAgainstConfig, groupKeys, type AdaptedPlaces, type AdapterTensors } from './read-factors';

/** An adapter of a PEFT folder that is read module by module, without a model to put it on. */
export class AdapterFolder {
  private constructor(
    readonly where: string,
    readonly config: AdapterFileConfig,
    private readonly file: SafetensorsFile,
    private readonly tensors: AdapterTensors,
  ) {}

  /**
   * @param part take only the modules of this part of a LLaVA
   * @throws UserError for a config that asks for other maths, and for tensors that are none of an adapter's
   */
  static open(dir: string, part?: ModelPart): AdapterFolder {
    const config = readAdapterConfig(join(dir, adapterFiles.config));
    const file = openWeights(dir);
    try {
      return new AdapterFolder(join(dir, adapterFiles.weights), config, file, ofPart(groupKeys(file), part));
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Module paths, as the file has them. */
  modules(): string[] {
    return [...this.tensors.modules.keys()];
  }

  /** Names of base weights that stand in the file too. */
  copies(): readonly string[] {
    return this.tensors.copies;
  }

  /** The place of each module, after everything was held against the config and the model. @throws UserError listing all that contradicts */
  match<P extends { name: string }>(places: AdaptedPlaces<P>): Map<string, P> {
    return checkAgainstConfig(this.file, this.tensors, this.config, places);
  }

  /** What the file has and the config does not announce, or the other way round. */
  partProblems(): Problem[] {
    return partProblems(this.file, this.tensors.modules, this.config);
  }

  /** Stored type, shape and bytes of a tensor. */
  stored(name: string): { dtype: Dtype; shape: number[]; bytes(): Uint8Array } {
    return { ...this.file.info(name), bytes: () => this.file.bytes(name) };
  }

  /** Name and values of a module's part; undefined where it has none. */
  part(module: string, part: AdapterPart): { name: string; shape: number[]; values(): Float32Array } | undefined {
    const name = this.tensors.modules.get(module)?.[part];
    return name === undefined
      ? undefined
      : { name, shape: this.file.info(name).shape, values: () => this.file.float32(name) };
  }

  /** W + s B M A (magnitudes included) of W (out, in). */
  merged(module: string, weight: Float32Array, shape: readonly [number, number]): Float32Array {
    return hostValues(() => {
      const [a, b, mixer] = (['A', 'B', 'AB'] as const).map((part) => this.tensor(module, part) as tf.Tensor2D);
      const magnitude = this.tensor(module, 'magnitude') as tf.Tensor1D | undefined;
      const factors = { a: a!, b: b!, mixer, magnitude, scale: this.config.scaleOf(module) };
      return mergedWeight(tf.tensor2d(weight, [...shape]), factors);
    });
  }

  /** M A (R, in) of a module with a mixer; undefined where it has none. */
  folded(module: string): Float32Array | undefined {
    if (this.part(module, 'AB') === undefined) return undefined;
    return hostValues(() => {
      const [a, mixer] = (['A', 'AB'] as const).map((part) => this.tensor(module, part) as tf.Tensor2D);
      return downProjection({ a: a!, mixer });
    });
  }

  close(): void {
    this.file.close();
  }

  private tensor(module: string, part: AdapterPart): tf.Tensor | undefined {
    const found = this.part(module, part);
    return found && tf.tensor(found.values(), found.shape);
  }
}

/** The weights of a PEFT folder. @throws UserError where there are none in safetensors */
export function openWeights(dir: string): SafetensorsFile {
  const path = join(dir, adapterFiles.weights);
  if (existsSync(path)) return SafetensorsFile.open(path);
  return fail({
    what: 'The adapter has no weights',
    where: dir,
    got: existsSync(join(dir, 'adapter_model.bin')) ? 'adapter_model.bin' : `no ${adapterFiles.weights}`,
    expected: adapterFiles.weights,
    fix: 'check the path; .bin files have to be converted to safetensors first',
  });
}
