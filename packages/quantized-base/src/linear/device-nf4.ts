import { dequantized, handleOf, hasKernel, rawHandleOf, type PackedOperand } from '@moslora/kernels';
import {
  attr,
  bitcast,
  cast,
  rawOne,
  rawReshape,
  rawScope,
  readBytes,
  tf,
  uploadBytes,
  type Raw,
  type RawInput,
} from '@moslora/runtime';
import { blockCount } from '../code/absmax';
import type { FloatType } from '../code/decode';
import { nf4Zero } from '../code/nf4-code';
import type { Nf4Tensor } from '../nf4-tensor';
import { roundings } from '../native';
import { DeviceAbsmax } from './device-absmax';
import { firstOf, gather } from './gather';
import type { Nf4Store } from './nf4-store';
import { padded } from './padded';
import { codeTensor, quadTable } from './quad-table';

/**
 * Packed bytes on TensorFlow's side, unpacked by our op with the very bits of `dequantizeNf4`. Without it two bytes at a time are the index of
 * a row of four values in a table of 65,536 rows; a gather and a product with the blocks' absmax make the weight.
 */
export class DeviceNf4 implements Nf4Store {
  /** uint16, two bytes each; padded with zeros of the code to whole blocks. */
  private readonly pairs: Raw;
  private readonly absmax: DeviceAbsmax;
  private readonly count: number;
  private readonly blocks: number;

  /** Made once: every product asks for it. */
  private operand: PackedOperand | undefined;

  private readonly about: Omit<Nf4Tensor, 'packed' | 'absmax'>;

  constructor({ packed, absmax, ...about }: Nf4Tensor) {
    const { shape, blockSize } = about;
    this.about = about;
    this.count = shape.reduce((product, size) => product * size, 1);
    this.blocks = blockCount(this.count, blockSize);
    const bytes = padded(packed, (this.blocks * blockSize) / 2, (nf4Zero << 4) | nf4Zero);
    this.pairs = rawScope(() => bitcast(uploadBytes(bytes, [bytes.length]), 'uint16', [bytes.length / 2]));
    this.absmax = new DeviceAbsmax(absmax);
  }

  dequantize(round: boolean, low = false): tf.Tensor2D {
    const { shape, blockSize, dtype, code } = this.about;
    if (hasKernel('MosloraDequantizeNf4')) return dequantized(this.packed(), shape, { round, low }) as tf.Tensor2D;
    const weight = rawScope(() => {
      const values = gather(quadTable(code), cast(this.pairs, 'int32')); // (blocks * blockSize / 4, 4)
      const scaled = multiply(rawReshape(values, [this.blocks, blockSize]), this.absmax.restore());
      return rawReshape(this.cut(round ? rounded(scaled, dtype) : scaled), shape);
    });
    return weight.toTensor() as tf.Tensor2D;
  }

  packed(): PackedOperand {
    return (this.operand ??= this.makeOperand());
  }

  private makeOperand(): PackedOperand {
    const { blockSize, dtype, code } = this.about;
    const { floats, ...rest } = this.absmax.packed();
    const round = roundings[dtype];
    return {
      packed: rawHandleOf(this.pairs),
      floats: [handleOf(codeTensor(code)), ...floats],
      ...rest,
      block: blockSize,
      round,
    };
  }

  tensor(): Nf4Tensor {
    const packed = readBytes(this.pairs).slice(0, (this.count + 1) >> 1);
    return { ...this.about, packed, absmax: this.absmax.read() };
  }

  dispose(): void {
    this.pairs.dispose();
    this.absmax.dispose();
  }

  /** Without the padding of the last block. */
  private cut(values: Raw): Raw {
    if (values.size === this.count) return values;
    return firstOf(rawReshape(values, [values.size]), this.count);
  }
}

function multiply(a: Raw, b: RawInput): Raw {
  return rawOne('Mul', [attr.type('T', 'float32')], [a, b]);
}

function rounded(values: Raw, dtype: FloatType): Raw {
  return dtype === 'float32' ? values : cast(cast(values, dtype), 'float32');
}
