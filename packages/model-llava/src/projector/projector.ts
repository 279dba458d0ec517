import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SafetensorsFile, WeightFolder, writeSafetensors, type WeightSource } from '@moslora/checkpoint';
import { DenseLinear, type Parameter } from '@moslora/nn';
import { Rng, tf } from '@moslora/runtime';
import { activations, activationSchema, type Activation } from '@moslora/vision-encoder';
import { findProjector } from './find-projector';

/** Its layers are called `multi_modal_projector.linear_1` and so on, whatever the file called them that they were read from. */
const moduleName = (index: number): string => `multi_modal_projector.linear_${index + 1}`;
const ACTIVATION = 'projector_hidden_act';

/** What a projector's file says that stands between its layers; gelu where it says nothing. */
export function notedActivation({ metadata }: WeightSource): Activation {
  const noted = activationSchema.safeParse(metadata[ACTIVATION]);
  return noted.success ? noted.data : 'gelu';
}

/** How a projector's file says it. */
export const activationNote = (activation: Activation): Record<string, string> => ({ [ACTIVATION]: activation });

export interface ProjectorShape {
  /** Width of the vision features. */
  visionSize: number;
  /** D of the decoder. */
  hiddenSize: number;
  bias: boolean;
  /** Linear layers; 2. */
  depth?: number;
  /** Between the layers; gelu by erf. */
  activation?: Activation;
}

export interface ProjectorOptions {
  activation?: Activation;
  /** What a configuration says of it; by default the tensors tell. */
  depth?: number | undefined;
  bias?: boolean | undefined;
}

/** Vision features to the decoder's width: `linear_2(gelu(linear_1(x)))`, gelu by erf (LLaVA-1.5's `mlp2x_gelu`). Learns. */
export class Projector {
  readonly shape: Required<ProjectorShape>;
  private readonly linears: DenseLinear[];

  private constructor(shape: ProjectorShape, value: (layer: number, part: 'weight' | 'bias') => Float32Array) {
    this.shape = { depth: 2, activation: 'gelu', ...shape };
    const { visionSize, hiddenSize, bias, depth } = this.shape;
    this.linears = Array.from({ length: depth }, (_, index) => {
      const inner = index === 0 ? visionSize : hiddenSize;
      return new DenseLinear({
        name: moduleName(index),
        weight: tf.tensor2d(value(index, 'weight'), [hiddenSize, inner]),
        bias: bias ? tf.tensor1d(value(index, 'bias')) : undefined,
        trainable: true,
        group: 'projector',
      });
    });
  }

  /** Fresh weights: U(-1/sqrt(in), 1/sqrt(in)) for weights and biases, as torch.nn.Linear. */
  static initialise(shape: ProjectorShape, seed: number | string): Projector {
    return new Projector(shape, (layer, part) => {
      const inner = layer === 0 ? shape.visionSize : shape.hiddenSize;
      const count = shape.hiddenSize * (part === 'weight' ? inner : 1);
      return new Rng(seed, 'init', `${moduleName(layer)}.${part}`).uniformArray(count, -(inner ** -0.5), inner ** -0.5);
    });
  }

  /**
   * Reads the projector of a LLaVA in any of its layouts, of an xtuner folder, or of a file written by {@link save}.
   * @throws UserError listing every tensor that is missing, of another shape or unknown
   */
  static load(source: WeightSource, { activation = 'gelu', ...expected }: ProjectorOptions = {}): Projector {
    const { modules, ...shape } = findProjector(source, expected);
    const depth = modules.length;
    return new Projector({ ...shape, depth, activation }, (layer, part) => source.float32(`${modules[layer]}.${part}`));
  }

  /** Reads a file written by {@link save}, or the projector in a folder: `projector.safetensors`, `projector/`, or a whole LLaVA's. */
  static open(path: string): Projector {
    const source = openWeights(path);
    try {
      return Projector.load(source, { activation: notedActivation(source) });
    } finally {
      source.close();
    }
  }

  /** features (I, N, Dv) → (I*N, D) */
  apply(features: tf.Tensor3D): tf.Tensor2D {
    const between = activations[this.shape.activation];
    const rows = tf.reshape(features, [-1, this.shape.visionSize]) as tf.Tensor2D;
    return this.linears.reduce((x, linear, index) => linear.apply(index === 0 ? x : between(x)) as tf.Tensor2D, rows);
  }

  parameters(): Parameter[] {
    return this.linears.flatMap((linear) => linear.parameters());
  }

  /** Writes the weights as float32 under their Hugging Face names, atomically. */
  async save(path: string): Promise<void> {
    const tensors = await Promise.all(
      this.parameters().map(async ({ name, value }) => ({
        name,
        dtype: 'F32' as const,
        shape: value.shape,
        data: (await value.data()) as Float32Array,
      })),
    );
    writeSafetensors(path, tensors, activationNote(this.shape.activation));
  }

  dispose(): void {
    for (const linear of this.linears) linear.dispose();
  }
}

/** A safetensors file, or the folder that holds a projector's. */
function openWeights(path: string): WeightSource {
  if (!existsSync(path) || statSync(path).isFile()) return SafetensorsFile.open(path);
  const saved = join(path, 'projector.safetensors');
  if (existsSync(saved)) return SafetensorsFile.open(saved);
  const own = join(path, 'projector');
  return WeightFolder.open(existsSync(own) ? own : path);
}
