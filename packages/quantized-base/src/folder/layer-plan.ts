import type { WeightSource } from '@moslora/checkpoint';
import { blockAbsmax } from '../code/absmax';
import type { FloatType } from '../code/decode';
import { encodeNf4 } from '../code/encode';
import { quantizeAbsmax } from '../code/nested-absmax';
import { defaultBlockSize, nf4Code } from '../code/nf4-code';
import { dequantizeNf4, nf4Bytes, type Nf4Tensor } from '../nf4-tensor';
import { refuseOverflow } from './narrow';

/**
 * One weight on its way to 4 bits. Making it reads the weight once and keeps its scales, which the file's header depends on;
 * `encode` reads it again for the codes.
 */
export class LayerPlan {
  readonly count: number;
  readonly scales: Omit<Nf4Tensor, 'packed'>;
  /** Of the quantised weight. */
  bytes = 0;
  /** Σ(ŵ - w)² and Σw², once encoded. */
  squaredError = 0;
  squares = 0;
  private readonly absmax: Float32Array;

  constructor(
    private readonly source: WeightSource,
    readonly name: string,
    { double, dtype }: { double: boolean; dtype: FloatType },
  ) {
    const place = this.place();
    const values = source.float32(name);
    this.count = values.length;
    this.absmax = blockAbsmax(values, defaultBlockSize, place);
    if (dtype === 'float16') refuseOverflow(this.absmax, `${place}, absmax`);
    this.scales = {
      absmax: double ? quantizeAbsmax(this.absmax, place) : this.absmax,
      shape: source.info(name).shape,
      dtype,
      blockSize: defaultBlockSize,
      code: nf4Code,
    };
  }

  encode(): Uint8Array {
    const values = this.source.float32(this.name);
    const packed = encodeNf4(values, this.absmax, defaultBlockSize);
    const tensor = { ...this.scales, packed };
    this.bytes = nf4Bytes(tensor);
    const back = dequantizeNf4(tensor);
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      this.squaredError += (back[i]! - value) ** 2;
      this.squares += value * value;
    }
    return packed;
  }

  private place(): string {
    return `${this.source.where}, tensor ${this.name}`;
  }
}
