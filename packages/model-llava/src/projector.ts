import { SafetensorsFile, writeSafetensors, type WeightSource } from '@moslora/checkpoint';
import { gelu } from '@moslora/kernels';
import { DenseLinear, type Parameter } from '@moslora/nn';
import { Rng, tf } from '@moslora/runtime';
import { fail, type Problem } from '@moslora/specs';

const MODULE = 'multi_modal_projector.';
const layers = ['linear_1', 'linear_2'] as const;

export interface ProjectorShape {
  /** Width of the vision features. */
  visionSize: number;
  /** D of the decoder. */
  hiddenSize: number;
  bias: boolean;
}

/** Vision features to the decoder's width: `linear_2(gelu(linear_1(x)))`, gelu by erf (LLaVA-1.5's `mlp2x_gelu`). Learns. */
export class Projector {
  private readonly linears: DenseLinear[];

  private constructor(
    readonly shape: ProjectorShape,
    value: (name: string, shape: number[]) => Float32Array,
  ) {
    this.linears = layers.map((layer, index) => {
      const inner = index === 0 ? shape.visionSize : shape.hiddenSize;
      const name = MODULE + layer;
      return new DenseLinear({
        name,
        weight: tf.tensor2d(value(`${name}.weight`, [shape.hiddenSize, inner]), [shape.hiddenSize, inner]),
        bias: shape.bias ? tf.tensor1d(value(`${name}.bias`, [shape.hiddenSize])) : undefined,
        trainable: true,
        group: 'projector',
      });
    });
  }

  /** Fresh weights: U(-1/sqrt(in), 1/sqrt(in)) for weights and biases, as torch.nn.Linear. */
  static initialise(shape: ProjectorShape, seed: number | string): Projector {
    return new Projector(shape, (name, size) => {
      const inner = name.includes('linear_1') ? shape.visionSize : shape.hiddenSize;
      const bound = inner ** -0.5;
      const count = size.reduce((a, b) => a * b, 1);
      return new Rng(seed, 'init', name).uniformArray(count, -bound, bound);
    });
  }

  /** Reads `multi_modal_projector.linear_{1,2}.*` from a LLaVA or from a file written by {@link save}, under whatever prefix. */
  static load(source: WeightSource): Projector {
    const prefix = projectorPrefix(source);
    const first = source.info(`${prefix}linear_1.weight`).shape;
    const shape = { visionSize: first[1]!, hiddenSize: first[0]!, bias: source.has(`${prefix}linear_1.bias`) };
    checkShapes(source, prefix, shape);
    return new Projector(shape, (name) => source.float32(name.replace(MODULE, prefix)));
  }

  static open(path: string): Projector {
    const file = SafetensorsFile.open(path);
    try {
      return Projector.load(file);
    } finally {
      file.close();
    }
  }

  /** features (I, N, Dv) → (I*N, D) */
  apply(features: tf.Tensor3D): tf.Tensor2D {
    const [first, second] = this.linears as [DenseLinear, DenseLinear];
    const rows = tf.reshape(features, [-1, this.shape.visionSize]);
    return second.apply(gelu(first.apply(rows))) as tf.Tensor2D;
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
    writeSafetensors(path, tensors);
  }

  dispose(): void {
    for (const linear of this.linears) linear.dispose();
  }
}

function projectorPrefix(source: WeightSource): string {
  const anchor = `${MODULE}linear_1.weight`;
  const found = source.names().find((name) => name === anchor || name.endsWith(`.${anchor}`));
  return (
    found?.slice(0, -'linear_1.weight'.length) ??
    fail({
      what: 'The file holds no projector',
      where: source.where,
      expected: `a tensor whose name ends in ${anchor}`,
    })
  );
}

function checkShapes(source: WeightSource, prefix: string, { visionSize, hiddenSize, bias }: ProjectorShape): void {
  const expected: [string, number[]][] = [
    ['linear_1.weight', [hiddenSize, visionSize]],
    ['linear_2.weight', [hiddenSize, hiddenSize]],
    ...(bias ? layers.map((layer): [string, number[]] => [`${layer}.bias`, [hiddenSize]]) : []),
  ];
  const problems: Problem[] = [];
  for (const [name, shape] of expected) {
    const found = source.has(prefix + name) ? `(${source.info(prefix + name).shape.join(', ')})` : 'no such tensor';
    const wanted = `(${shape.join(', ')})`;
    if (found !== wanted)
      problems.push({
        what: `Tensor \`${prefix}${name}\` does not fit`,
        where: source.where,
        got: found,
        expected: wanted,
      });
  }
  if (problems.length > 0) fail(problems);
}
