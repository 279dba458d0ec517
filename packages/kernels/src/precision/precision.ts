import { isNative } from '@moslora/runtime';
import { fail } from '@moslora/specs';

/** What the factors of matrix products are rounded to; sums are always float32. */
export type MatMulPrecision = 'float32' | 'bfloat16';

let current: MatMulPrecision = 'float32';

/** Sets the precision of all later matrix products. Throws a UserError for bfloat16 without the native backend. */
export function setMatMulPrecision(precision: MatMulPrecision): void {
  if (precision === 'bfloat16' && !isNative()) {
    fail({
      what: 'bfloat16 matrix products need the native backend',
      where: 'precision',
      got: 'bfloat16 on the wasm backend',
      expected: 'float32 or auto',
      fix: 'set precision: auto, or provision the native library (moslora device says which backend runs)',
    });
  }
  current = precision;
}

/** The precision of matrix products now. */
export function matMulPrecision(): MatMulPrecision {
  return current;
}
