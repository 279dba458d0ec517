import { handleOf, rawHandleOf, type PackedOperand } from '@moslora/kernels';
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
} from '@moslora/runtime';
import { blockCount } from '../code/absmax';
import type { NestedAbsmax } from '../code/nested-absmax';
import type { Nf4Tensor } from '../nf4-tensor';
import { firstOf, gather } from './gather';
import { padded } from './padded';
import { codeTensor } from './quad-table';

/** The absmax of a weight's blocks on TensorFlow's side, in 8 bits where they are doubly quantised. */
export class DeviceAbsmax {
  private readonly plain: tf.Tensor2D | undefined;
  private readonly nested: DeviceNested | undefined;

  constructor(absmax: Nf4Tensor['absmax']) {
    if (absmax instanceof Float32Array) this.plain = uploadFloats(absmax, [absmax.length, 1]);
    else this.nested = new DeviceNested(absmax);
  }

  /** (blocks, 1) in float32. Its temporaries belong to the caller's rawScope. */
  restore(): tf.Tensor2D | Raw {
    return this.plain ?? this.nested!.restore();
  }

  /** As the fused products take it. */
  packed(): Pick<PackedOperand, 'floats' | 'codes' | 'nestedBlock'> {
    return this.nested?.packed() ?? { floats: [handleOf(this.plain!)], nestedBlock: 256 };
  }

  read(): Nf4Tensor['absmax'] {
    return this.plain?.dataSync<'float32'>() ?? this.nested!.read();
  }

  dispose(): void {
    this.plain?.dispose();
    this.nested?.dispose();
  }
}

/** A kept tensor of float32 values, on TensorFlow's side at once: tfjs itself would hold them in this process until they are used. */
function uploadFloats(values: Float32Array, shape: [number, number]): tf.Tensor2D {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return tf.keep(
    rawScope(() => bitcast(uploadBytes(bytes, [bytes.length]), 'float32', shape)).toTensor() as tf.Tensor2D,
  );
}

class DeviceNested {
  /** uint8, padded to whole blocks. */
  private readonly codes: Raw;
  private readonly map: Float32Array;
  /** (blocks of blocks, 1). */
  private readonly scales: tf.Tensor2D;
  private readonly offset: tf.Scalar;
  private readonly rows: number;
  private readonly blocks: number;
  private readonly blockSize: number;

  constructor({ codes, nestedAbsmax, offset, map, blockSize }: NestedAbsmax) {
    this.blocks = codes.length;
    this.rows = blockCount(codes.length, blockSize);
    this.codes = uploadBytes(padded(codes, this.rows * blockSize), [this.rows * blockSize]);
    this.map = map;
    this.scales = uploadFloats(nestedAbsmax, [this.rows, 1]);
    this.blockSize = blockSize;
    this.offset = tf.keep(tf.scalar(offset));
  }

  restore(): Raw {
    const float = attr.type('T', 'float32');
    const values = gather(codeTensor(this.map), cast(this.codes, 'int32'));
    const scaled = rawOne('Mul', [float], [rawReshape(values, [this.rows, values.size / this.rows]), this.scales]);
    const restored = rawReshape(rawOne('AddV2', [float], [scaled, this.offset]), [values.size]);
    const whole = values.size === this.blocks ? restored : firstOf(restored, this.blocks);
    return rawReshape(whole, [this.blocks, 1]);
  }

  packed(): Pick<PackedOperand, 'floats' | 'codes' | 'nestedBlock'> {
    const floats = [codeTensor(this.map), this.scales, this.offset].map((tensor) => handleOf(tensor));
    return { floats, codes: rawHandleOf(this.codes), nestedBlock: this.blockSize };
  }

  read(): NestedAbsmax {
    return {
      codes: readBytes(this.codes).slice(0, this.blocks),
      nestedAbsmax: this.scales.dataSync<'float32'>(),
      offset: this.offset.dataSync<'float32'>()[0]!,
      map: this.map,
      blockSize: this.blockSize,
    };
  }

  dispose(): void {
    this.codes.dispose();
    tf.dispose([this.scales, this.offset]);
  }
}
