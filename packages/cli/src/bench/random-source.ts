import {
  asFloat32,
  byteLength,
  float32ToBfloat16,
  type Dtype,
  type TensorSpec,
  type WeightSource,
} from '@moslora/checkpoint';
import { nf4Keys, nf4ToEntries, quantizeNf4, type Nf4Tensor } from '@moslora/quantized-base';
import { Rng } from '@moslora/runtime';
import type { BenchShape } from './shape';

/** Bytes of the weights that a pass through the decoder reads, as this base keeps them; maps that all weights share count for nothing. */
export function weightBytes(
  { width, layers, inner, vocab }: BenchShape,
  base: BenchBase,
): Record<'layers' | 'head', number> {
  const dense = base === 'float32' ? 4 : 2;
  const weights = [...Array<number>(4).fill(width * width), ...Array<number>(3).fill(width * inner)];
  const packed = (count: number): number =>
    Math.ceil(count / 2) + Math.ceil(count / 64) + 4 * Math.ceil(count / 64 / 256) + 4;
  const layer = weights.reduce((sum, count) => sum + (base === 'nf4' ? packed(count) : dense * count), 0);
  return { layers: layers * layer, head: dense * width * vocab };
}

/** How the projections of the decoder's layers are kept; all other weights are float32, or else bfloat16. */
export type BenchBase = 'nf4' | 'float32' | 'bfloat16';

const bankSize = 1 << 20;
/** Values copied at a time; blocks of the 4-bit code, and of its blocks, stay whole. */
const runLength = 1 << 14;
const deviation = 0.02;

type Fill = (target: Uint8Array) => void;
type Made = TensorSpec & { fill: Fill };

/**
 * A checkpoint with random weights that is made while it is read: normal values (deviation 0.02; norms are 1) in runs from random places
 * of a bank of a million, so that making them takes the time of copying and no memory. What counts here is how long they take.
 */
export class RandomSource implements WeightSource {
  readonly where = 'random weights';
  readonly metadata = {};
  private readonly tensors = new Map<string, Made>();
  private readonly rng: Rng;
  private readonly bank: Float32Array;
  private readonly quantized: Nf4Tensor;

  /** @param shapes every tensor of the model with its shape */
  constructor(shapes: ReadonlyMap<string, readonly number[]>, base: BenchBase, seed: number) {
    this.rng = new Rng(seed, 'places');
    this.bank = new Rng(seed, 'bank').normalArray(bankSize, 0, deviation);
    this.quantized = quantizeNf4(this.bank, { double: true, dtype: 'bfloat16' });
    const dtype: Dtype = base === 'float32' ? 'F32' : 'BF16';
    const dense = bytesOf(dtype === 'F32' ? this.bank : float32ToBfloat16(this.bank));
    const one = bytesOf(dtype === 'F32' ? Float32Array.of(1) : float32ToBfloat16(Float32Array.of(1)));
    for (const [name, shape] of shapes) {
      if (shape.length === 1) this.add({ name, dtype, shape, fill: (target) => repeat(target, one) });
      else if (base === 'nf4' && /\blayers\.\d+\./.test(name)) this.addNf4(name, shape);
      else this.add({ name, dtype, shape, fill: (target) => this.copyRuns(target, dense) });
    }
  }

  names(): string[] {
    return [...this.tensors.keys()];
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  info(name: string): { dtype: Dtype; shape: number[]; byteLength: number } {
    const { dtype, shape } = this.tensor(name);
    return { dtype, shape: [...shape], byteLength: byteLength({ dtype, shape }) };
  }

  bytes(name: string): Uint8Array {
    const bytes = new Uint8Array(this.info(name).byteLength);
    this.tensor(name).fill(bytes);
    return bytes;
  }

  readInto(name: string, target: Uint8Array): void {
    this.tensor(name).fill(target.subarray(0, this.info(name).byteLength));
  }

  float32(name: string): Float32Array {
    return asFloat32(this.tensor(name).dtype, this.bytes(name), name);
  }

  int32(name: string): never {
    throw new Error(`${name} has no integers`);
  }

  close(): void {
    // Nothing is open.
  }

  private tensor(name: string): Made {
    const found = this.tensors.get(name);
    if (found === undefined) throw new Error(`${this.where}: no tensor ${name}`);
    return found;
  }

  private add(tensor: Made): void {
    this.tensors.set(tensor.name, tensor);
  }

  /** The tensors that stand for a weight in 4 bits: its codes and their scales in runs from the bank's, the maps as they are. */
  private addNf4(name: string, shape: readonly number[]): void {
    const { absmax, packed, ...rest } = this.quantized;
    if (absmax instanceof Float32Array) throw new Error('the bank is quantised twice');
    const size = shape.reduce((product, side) => product * side, 1);
    const blocks = Math.ceil(size / rest.blockSize);
    const nestedAbsmax = new Float32Array(Math.ceil(blocks / absmax.blockSize));
    const nested = { ...absmax, codes: new Uint8Array(blocks), nestedAbsmax };
    const keys = nf4Keys(name);
    const source: Record<string, Uint8Array> = {
      [keys.packed]: packed,
      [keys.absmax]: absmax.codes,
      [keys.nestedAbsmax]: bytesOf(absmax.nestedAbsmax),
    };
    const whole = { ...rest, shape: [...shape], absmax: nested, packed: () => new Uint8Array(0) };
    for (const { data, ...entry } of nf4ToEntries(name, whole)) {
      const from = source[entry.name];
      if (from !== undefined) this.add({ ...entry, fill: (target) => this.copyRuns(target, from) });
      else if (typeof data !== 'function') this.add({ ...entry, fill: (target) => target.set(bytesOf(data)) });
    }
  }

  private copyRuns(target: Uint8Array, bank: Uint8Array): void {
    const length = Math.min(runLength, bank.length);
    const places = (bank.length - length) / 8 + 1;
    for (let at = 0; at < target.length; at += length) {
      const start = 8 * this.rng.int(places);
      target.set(bank.subarray(start, start + Math.min(length, target.length - at)), at);
    }
  }
}

function bytesOf(values: Uint8Array | Uint16Array | Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function repeat(target: Uint8Array, piece: Uint8Array): void {
  for (let at = 0; at < target.length; at += piece.length) target.set(piece, at);
}
