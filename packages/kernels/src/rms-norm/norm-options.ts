import { currentCompute } from '../execution/compute';
import { DT } from '../execution/binding';
import { typeOf, type KernelType } from '../execution/kernel-op';

export interface NormOptions {
  /** Whether weight (and bias) get gradients; default: when they are variables. */
  weightGradient?: boolean;
  /** y in float32 whatever the type of the products: where it is not their input but a sum's (a residual stream). */
  wide?: boolean;
}

/** The type of a norm's output. */
export function normType({ wide = false }: NormOptions): KernelType {
  return wide ? DT.float32 : typeOf(currentCompute());
}
