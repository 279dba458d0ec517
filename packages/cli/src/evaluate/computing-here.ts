import { kernelsInfo, matMulPrecision } from '@moslora/kernels';
import { backendInfo } from '@moslora/runtime';
import type { Asked } from '@moslora/specs';

/** What computes in this process, once its engine runs and the precision of products is set. */
export function computingHere(): NonNullable<Asked['computed']> {
  const { backend, device, library, fastMath } = backendInfo();
  return {
    precision: matMulPrecision(),
    ...{ backend, device, library: fastMath ? `${library} (fast math)` : library },
    kernels: kernelsInfo().level ?? 'plain',
  };
}
