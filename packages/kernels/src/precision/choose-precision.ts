import { isNative, tf } from '@moslora/runtime';
import { boolAttribute, DT, executeOne, typeAttribute } from '../execution/native-op';
import { setMatMulPrecision, type MatMulPrecision } from './precision';

export interface PrecisionChoice {
  precision: MatMulPrecision;
  /** Billions of floating-point operations per second (a multiplication and an addition are two), casts included. */
  gflops: Partial<Record<MatMulPrecision, number>>;
}

const SIZE = { m: 1024, k: 512, n: 1024 };
const ROUNDS = 5;

/**
 * Measures a (1024, 512) x (512, 1024) product in float32 and in bfloat16 with the casts that go with it (some tens of
 * milliseconds), sets the faster one, and says what it measured. Without the native backend it is float32, unmeasured.
 * bfloat16 must win by a fifth: it rounds.
 */
export function chooseMatMulPrecision(): PrecisionChoice {
  if (!isNative()) {
    setMatMulPrecision('float32');
    return { precision: 'float32', gflops: {} };
  }
  const gflops = tf.tidy(() => {
    const a = tf.fill([SIZE.m, SIZE.k], 0.5);
    const b = tf.fill([SIZE.k, SIZE.n], 0.25);
    return { float32: measure(() => product(a, b, DT.float32)), bfloat16: measure(() => castProduct(a, b)) };
  });
  const precision = gflops.bfloat16 > 1.2 * gflops.float32 ? 'bfloat16' : 'float32';
  setMatMulPrecision(precision);
  return { precision, gflops };
}

function measure(run: () => tf.Tensor): number {
  let best = Infinity;
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    run().dispose();
    if (round > 0) best = Math.min(best, performance.now() - start);
  }
  return (2 * SIZE.m * SIZE.k * SIZE.n) / best / 1e6;
}

function product(a: tf.Tensor, b: tf.Tensor, type: typeof DT.float32 | typeof DT.bfloat16): tf.Tensor {
  const attributes = [
    typeAttribute('T', type),
    boolAttribute('transpose_a', false),
    boolAttribute('transpose_b', false),
  ];
  return executeOne('MatMul', attributes, [a, b], type);
}

/** The product with fresh copies of its factors, which are cast anew, and its result as float32. */
function castProduct(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.add(product(tf.mul(a, 1), tf.mul(b, 1), DT.bfloat16), 0));
}
