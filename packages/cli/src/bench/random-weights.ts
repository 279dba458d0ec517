import { closeSync, openSync } from 'node:fs';
import {
  byteLength,
  float32ToBfloat16,
  headerBytes,
  placeTensors,
  writeAll,
  type TensorSpec,
} from '@moslora/checkpoint';
import { nf4Keys, nf4ToEntries, quantizeNf4, type Nf4Tensor } from '@moslora/quantized-base';
import { Rng } from '@moslora/runtime';
import type { BenchBase } from './weight-bytes';

const bankSize = 1 << 20;
/** Values copied at a time; blocks of the 4-bit code, and of its blocks, stay whole. */
const runLength = 1 << 14;
const pieceBytes = 1 << 22;
const deviation = 0.02;

/** Writes the next piece of a tensor. */
type Fill = (target: Uint8Array) => void;

/**
 * Writes a safetensors file with random weights: normal values (deviation 0.02; norms are 1) in runs from random places of a bank of a
 * million, so that making them takes the time of copying and the memory of a piece.
 * @param shapes every tensor of the model with its shape
 */
export async function writeRandomWeights(
  path: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  base: BenchBase,
  seed: number,
): Promise<void> {
  const bank = new Bank(base, seed);
  const tensors = placeTensors([...shapes].flatMap(([name, shape]) => bank.tensors(name, shape)));
  const file = openSync(path, 'wx');
  try {
    writeAll(file, headerBytes(tensors, { format: 'pt' }));
    const piece = new Uint8Array(pieceBytes);
    for (const { fill, ...tensor } of tensors) {
      // Lets Ctrl-C through.
      await new Promise(setImmediate);
      for (let left = byteLength(tensor); left > 0; left -= piece.length) {
        const part = piece.subarray(0, Math.min(left, piece.length));
        fill(part);
        writeAll(file, part);
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Random values in the types of a file. */
class Bank {
  private readonly rng: Rng;
  private readonly dtype: 'F32' | 'BF16';
  private readonly dense: Uint8Array;
  private readonly one: Uint8Array;
  private readonly quantized: Nf4Tensor;

  constructor(
    private readonly base: BenchBase,
    seed: number,
  ) {
    this.rng = new Rng(seed, 'places');
    const values = new Rng(seed, 'bank').normalArray(bankSize, 0, deviation);
    this.dtype = base === 'float32' ? 'F32' : 'BF16';
    const stored = (floats: Float32Array): Uint8Array =>
      bytesOf(this.dtype === 'F32' ? floats : float32ToBfloat16(floats));
    this.dense = stored(values);
    this.one = stored(Float32Array.of(1));
    this.quantized = quantizeNf4(values, { double: true, dtype: 'bfloat16' });
  }

  /** What stands in the file for a weight. */
  tensors(name: string, shape: readonly number[]): (TensorSpec & { fill: Fill })[] {
    const { dtype } = this;
    if (shape.length === 1) return [{ name, dtype, shape, fill: (target) => repeat(target, this.one) }];
    if (this.base === 'nf4' && /\blayers\.\d+\./.test(name)) return this.nf4(name, shape);
    return [{ name, dtype, shape, fill: (target) => this.copyRuns(target, this.dense) }];
  }

  /** The tensors that stand for a weight in 4 bits: its codes and their scales in runs from the bank's, the maps as they are. */
  private nf4(name: string, shape: readonly number[]): (TensorSpec & { fill: Fill })[] {
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
    return nf4ToEntries(name, whole).flatMap(({ data, ...entry }) => {
      const from = source[entry.name];
      if (from !== undefined) return [{ ...entry, fill: (target: Uint8Array) => this.copyRuns(target, from) }];
      return typeof data === 'function' ? [] : [{ ...entry, fill: (target: Uint8Array) => target.set(bytesOf(data)) }];
    });
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
