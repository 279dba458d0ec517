import { checkTensors, type WeightSource } from '@moslora/checkpoint';
import { DenseLinear, truncatedNormal, type Linear, type Parameter } from '@moslora/nn';
import { frozenTensor } from '@moslora/quantized-base';
import { Rng, tf } from '@moslora/runtime';
import { layerNorm } from '@moslora/kernels';
import type { TensorSpec } from './tensor-specs';

/** A layer norm over the last axis: `(x - mean) / sqrt(var + eps) * weight + bias`. */
export type Norm = (x: tf.Tensor2D) => tf.Tensor2D;

/**
 * The tensors of a model by published name, from which its modules take theirs: read from a file and frozen, or initialised (or
 * read) and trainable. Trainable ones are `tf.Variable`s under `prefix` + name in the group `tower`.
 */
export class TensorTable {
  private readonly tensors = new Map<string, tf.Tensor>();
  private readonly linears: Linear[] = [];

  private constructor(
    private specs: readonly TensorSpec[],
    private readonly prefix: string,
    readonly trainable: boolean,
    make: (spec: TensorSpec) => tf.Tensor,
  ) {
    for (const spec of specs) {
      const value = make(spec);
      this.tensors.set(spec.name, trainable ? tf.variable(value, true, uniqueName(prefix + spec.name)) : value);
      if (trainable) value.dispose();
    }
  }

  /**
   * Reads all of `specs` from under `prefix`; every tensor that is missing, misshapen or not expected there is reported at once. Frozen
   * matrices stay in the 16 bits they are stored in, where the backend can ({@link frozenTensor}).
   */
  static read(
    source: WeightSource,
    specs: readonly TensorSpec[],
    options: { prefix: string; unused: RegExp; trainable?: boolean },
  ): TensorTable {
    checkTable(source, specs, options);
    const { prefix, trainable = false } = options;
    return new TensorTable(specs, prefix, trainable, ({ name, shape, matrix }) =>
      matrix && !trainable
        ? frozenTensor(source, prefix + name)
        : tf.tensor(source.float32(prefix + name), shape, 'float32'),
    );
  }

  /** Initialises all of `specs`; each tensor has a random stream of its own, so the others do not depend on it. */
  static initialised(specs: readonly TensorSpec[], prefix: string, seed: number | string): TensorTable {
    return new TensorTable(specs, prefix, true, ({ name, shape, init }) => {
      const count = shape.reduce((a, b) => a * b, 1);
      const values =
        'fill' in init
          ? new Float32Array(count).fill(init.fill)
          : truncatedNormal(new Rng(seed, 'init', prefix + name), count, init.std);
      return tf.tensor(values, shape, 'float32');
    });
  }

  get(name: string): tf.Tensor {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new Error(`no tensor ${name} in the table`);
    return tensor;
  }

  /** Puts other values, perhaps of another shape, in a tensor's place; before any module has taken it. */
  replace(name: string, shape: number[], change: (values: Float32Array) => Float32Array): void {
    const old = this.get(name);
    const value = tf.tensor(change(old.dataSync<'float32'>()), shape, 'float32');
    this.tensors.set(name, this.trainable ? tf.variable(value, true, uniqueName(this.prefix + name)) : value);
    if (this.trainable) value.dispose();
    old.dispose();
    this.specs = this.specs.map((spec) => (spec.name === name ? { ...spec, shape } : spec));
  }

  /** The linear layer `name`: (out, in) weight and, where the table has one, bias. */
  linear(name: string): Linear {
    const linear = new DenseLinear({
      name: this.prefix + name,
      weight: this.get(`${name}.weight`) as tf.Tensor2D,
      bias: this.tensors.get(`${name}.bias`) as tf.Tensor1D | undefined,
      trainable: this.trainable,
      group: 'tower',
    });
    this.linears.push(linear);
    return linear;
  }

  /** @param wide for a norm that starts a residual stream, which is float32. */
  norm(name: string, eps: number, wide = false): Norm {
    const weight = this.get(`${name}.weight`) as tf.Tensor1D;
    const bias = this.get(`${name}.bias`) as tf.Tensor1D;
    return (x) => layerNorm(x, weight, bias, eps, { wide }) as tf.Tensor2D;
  }

  /** Everything trainable, under its full published name. */
  parameters(): Parameter[] {
    if (!this.trainable) return [];
    return this.specs.map(({ name }) => ({
      name: this.prefix + name,
      value: this.get(name) as tf.Variable,
      group: 'tower' as const,
    }));
  }

  /** The tensors as they are written to a file. */
  async entries(prefix = this.prefix): Promise<{ name: string; dtype: 'F32'; shape: number[]; data: Float32Array }[]> {
    return Promise.all(
      this.specs.map(async ({ name, shape }) => ({
        name: prefix + name,
        dtype: 'F32' as const,
        shape,
        data: (await this.get(name).data()) as Float32Array,
      })),
    );
  }

  dispose(): void {
    for (const linear of this.linears) linear.dispose();
    for (const tensor of this.tensors.values()) tensor.dispose();
    this.tensors.clear();
  }
}

/** Holds a file's tensors under `prefix` against `specs`. @throws UserError listing every missing, misshapen or unexpected one */
export function checkTable(
  source: WeightSource,
  specs: readonly TensorSpec[],
  { prefix, unused }: { prefix: string; unused: RegExp },
): void {
  checkTensors(source, {
    expected: new Map(specs.map((spec) => [prefix + spec.name, spec.shape])),
    owns: (name) => name.startsWith(prefix) && !unused.test(name.slice(prefix.length)),
    model: 'this vision tower',
  });
}

let variables = 0;
/** tfjs refuses two variables of one name; two models of one process may share their parameters' names. */
function uniqueName(name: string): string {
  variables += 1;
  return `${name}#${variables}`;
}
