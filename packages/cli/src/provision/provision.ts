import { provisionKernels, type KernelsProvision } from '@moslora/kernels';
import { provisionNative, type ProvisionResult } from '@moslora/runtime';

/** What became of the native library, and of the fused ops that run in it. */
export interface Provision extends ProvisionResult {
  kernels: KernelsProvision;
}

/**
 * Makes the native library available, and the fused ops for it. Neither throws for what the machine lacks: it runs on wasm, or with
 * the plain ops, and `log` gets the reason.
 */
export async function provision(options: { dryRun?: boolean; log(line: string): void }): Promise<Provision> {
  const native = await provisionNative(options);
  const kernels = await provisionKernels({ ...options, paths: native.paths });
  return { ...native, kernels };
}
