import { matMul, setMatMulPrecision } from '@moslora/kernels';
import { tf } from '@moslora/runtime';

const size = 1536;

/** Multiplications with an addition that a product of two matrices makes in a second here; the best of five. */
export function productRate(precision: 'float32' | 'bfloat16'): number {
  setMatMulPrecision(precision);
  const [a, b] = [tf.randomNormal<tf.Rank.R2>([size, size]), tf.randomNormal<tf.Rank.R2>([size, size])];
  const once = (): number => {
    const began = performance.now();
    tf.tidy(() => matMul(a, b).dataSync());
    return (performance.now() - began) / 1000;
  };
  const fastest = Math.min(once(), once(), once(), once(), once());
  tf.dispose([a, b]);
  return size ** 3 / fastest;
}
