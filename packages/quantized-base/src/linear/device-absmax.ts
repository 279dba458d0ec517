import { attr, cast, rawOne, rawReshape, tf, uploadBytes, type Raw } from '@moslora/runtime';
import { blockCount } from '../code/absmax';
import type { NestedAbsmax } from '../code/nested-absmax';
import type { Nf4Tensor } from '../nf4-tensor';
import { firstOf, gather } from './gather';

/** The absmax of a weight's blocks on TensorFlow's side, in 8 bits where they are doubly quantised. */
export class DeviceAbsmax {
  private readonly plain: tf.Tensor2D | undefined;
  private readonly nested: DeviceNested | undefined;

  /** `held` stays in this process too (0.13 bits a weight doubly quantised): files are written from it. */
  constructor(private readonly held: Nf4Tensor['absmax']) {
    if (held instanceof Float32Array) this.plain = tf.keep(tf.tensor2d(held, [held.length, 1]));
    else this.nested = new DeviceNested(held);
  }

  /** (blocks, 1) in float32. Its temporaries belong to the caller's rawScope. */
  restore(): tf.Tensor2D | Raw {
    return this.plain ?? this.nested!.restore();
  }

  read(): Nf4Tensor['absmax'] {
    return this.held;
  }

  dispose(): void {
    this.plain?.dispose();
    this.nested?.dispose();
  }
}

class DeviceNested {
  /** uint8, padded to whole blocks. */
  private readonly codes: Raw;
  private readonly map: tf.Tensor1D;
  /** (blocks of blocks, 1). */
  private readonly scales: tf.Tensor2D;
  private readonly offset: tf.Scalar;
  private readonly rows: number;
  private readonly blocks: number;

  constructor({ codes, nestedAbsmax, offset, map, blockSize }: NestedAbsmax) {
    this.blocks = codes.length;
    this.rows = blockCount(codes.length, blockSize);
    const whole = new Uint8Array(this.rows * blockSize);
    whole.set(codes);
    this.codes = uploadBytes(whole, [whole.length]);
    this.map = tf.keep(tf.tensor1d(map));
    this.scales = tf.keep(tf.tensor2d(nestedAbsmax, [this.rows, 1]));
    this.offset = tf.keep(tf.scalar(offset));
  }

  restore(): Raw {
    const float = attr.type('T', 'float32');
    const values = gather(this.map, cast(this.codes, 'int32'));
    const scaled = rawOne('Mul', [float], [rawReshape(values, [this.rows, values.size / this.rows]), this.scales]);
    const restored = rawReshape(rawOne('AddV2', [float], [scaled, this.offset]), [values.size]);
    const whole = values.size === this.blocks ? restored : firstOf(restored, this.blocks);
    return rawReshape(whole, [this.blocks, 1]);
  }

  dispose(): void {
    this.codes.dispose();
    tf.dispose([this.map, this.scales, this.offset]);
  }
}
