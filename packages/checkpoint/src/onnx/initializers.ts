import { fail } from '@moslora/specs';
import { missingTensor, type TensorInfo, type WeightSource } from '../weight-source';
import { readOnnx } from './graph';
import { llamaNames } from './llama-names';
import { valuesOf } from './tensor-values';
import { findWeights, type OnnxWeight } from './weights';

export interface OnnxOptions {
  /** The output head shares the embedding table (tie_word_embeddings): leave the exporter's copy out. */
  tiedHead?: boolean;
}

/**
 * The weights of an ONNX export of a LLaMA model under their Hugging Face names, as float32 in (out, in) order. Weights stored
 * in 8 bits are dequantised, w = (q - zeroPoint) * scale. The file is held in memory, its tensors are converted on demand.
 */
export class OnnxInitializers implements WeightSource {
  readonly metadata: Record<string, string> = {};

  private constructor(
    readonly where: string,
    private weights: Map<string, OnnxWeight>,
  ) {}

  /** Throws a UserError for a file that is no ONNX model, or has weights that cannot be named. */
  static open(path: string, { tiedHead = false }: OnnxOptions = {}): OnnxInitializers {
    const found = findWeights(path, readOnnx(path));
    const names = llamaNames(
      path,
      found.map((weight) => weight.path),
      tiedHead,
    );
    const weights = new Map<string, OnnxWeight>();
    found.forEach((weight, i) => {
      const name = names[i];
      if (name === undefined) return;
      const other = weights.get(name);
      if (other)
        fail({
          what: `Two initialisers would both be \`${name}\``,
          where: path,
          got: `${other.tensor.name} and ${weight.tensor.name}`,
        });
      weights.set(name, weight);
    });
    return new OnnxInitializers(path, weights);
  }

  names(): string[] {
    return [...this.weights.keys()];
  }

  has(name: string): boolean {
    return this.weights.has(name);
  }

  info(name: string): TensorInfo {
    const { tensor, transposed } = this.weight(name);
    const shape = transposed ? [...tensor.shape].reverse() : [...tensor.shape];
    return { dtype: 'F32', shape, byteLength: 4 * shape.reduce((product, size) => product * size, 1) };
  }

  bytes(name: string): Uint8Array {
    return new Uint8Array(this.float32(name).buffer);
  }

  float32(name: string): Float32Array {
    const weight = this.weight(name);
    const values = valuesOf(weight.tensor, this.where);
    if (weight.scale) dequantize(values, weight, this.where);
    const [rows, columns] = weight.tensor.shape;
    return weight.transposed ? transpose(values, rows!, columns!) : values;
  }

  int32(name: string): Int32Array {
    return fail({ what: 'Weights of an ONNX file are read as float32', where: `${this.where}, tensor ${name}` });
  }

  close(): void {
    this.weights = new Map();
  }

  private weight(name: string): OnnxWeight {
    return this.weights.get(name) ?? missingTensor(this.where, name, this.names());
  }
}

/** In place: w = (q - zeroPoint) * scale, with one pair for all or one for each column of the stored matrix. */
function dequantize(values: Float32Array, { tensor, scale, zeroPoint }: OnnxWeight, path: string): void {
  const scales = valuesOf(scale!, path);
  const zeros = zeroPoint ? valuesOf(zeroPoint, path) : new Float32Array(scales.length);
  const columns = tensor.shape.at(-1) ?? 1;
  for (const list of [scales, zeros]) {
    if (list.length === 1 || list.length === columns) continue;
    fail({
      what: 'The scale of a quantised weight does not fit its shape',
      where: `${path}, initialiser ${tensor.name}`,
      got: `${list.length} values`,
      expected: `1, or ${columns} for (${tensor.shape.join(', ')})`,
    });
  }
  const scaleOf = (column: number) => scales[scales.length === 1 ? 0 : column]!;
  const zeroOf = (column: number) => zeros[zeros.length === 1 ? 0 : column]!;
  for (let start = 0; start < values.length; start += columns) {
    for (let c = 0; c < columns; c++) values[start + c] = (values[start + c]! - zeroOf(c)) * scaleOf(c);
  }
}

/** (rows, columns) -> (columns, rows) */
function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) turned[c * rows + r] = values[r * columns + c]!;
  }
  return turned;
}
