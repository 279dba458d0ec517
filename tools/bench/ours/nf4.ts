import { startEngine } from '@moslora/kernels';
import { dequantizeNf4, Nf4Linear, quantizeNf4 } from '@moslora/quantized-base';
import { Rng } from '@moslora/runtime';
import { rateOf } from './rate';

// How fast a weight (out, in) is packed into NF4 and unpacked again, in bytes of float32 a second:
// npx tsx tools/bench/ours/nf4.ts 4096 4096
export interface Nf4Figures {
  /** 10⁶ bytes a second, on one thread. */
  quantize_mb_s: { single: number; double: number };
  /** 10⁹ bytes a second: by the backend, into a tensor; in JavaScript, into an array. */
  dequantize_gb_s: { backend: number; javascript: number };
}

const [out = 4096, width = 4096] = process.argv.slice(2).map(Number);
await startEngine();
const values = new Rng(1, 'weight').normalArray(out * width, 0, 0.02);
const bytes = values.byteLength;
const quantize = (double: boolean) => quantizeNf4(values, { double, shape: [out, width], dtype: 'bfloat16' });
const packed = quantize(true);
const { frozen } = new Nf4Linear(packed, { name: 'weight' });
const figures: Nf4Figures = {
  quantize_mb_s: {
    single: (bytes * rateOf(() => void quantize(false))) / 1e6,
    double: (bytes * rateOf(() => void quantize(true))) / 1e6,
  },
  dequantize_gb_s: {
    backend: (bytes * rateOf(() => frozen.weight().dispose())) / 1e9,
    javascript: (bytes * rateOf(() => void dequantizeNf4(packed))) / 1e9,
  },
};
console.log(JSON.stringify(figures));
