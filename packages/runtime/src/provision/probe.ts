import { runBesideTensorflow } from './beside-tensorflow';
import type { CommandRunner } from './command';
import type { NativePaths } from './native-paths';

/** What a binding reports about itself from a process of its own. */
export interface ProbeReport {
  version: string;
  gpu: boolean;
}

// Multiplies [[1,2],[3,4]] by itself: loads the library, creates its context and runs a kernel.
const script = `
const id = binding.createTensor([2, 2], binding.TF_FLOAT, new Float32Array([1, 2, 3, 4]));
const attributes = [
  { name: 'transpose_a', type: binding.TF_ATTR_BOOL, value: false },
  { name: 'transpose_b', type: binding.TF_ATTR_BOOL, value: false },
  { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
];
const [product] = binding.executeOp('MatMul', attributes, [id, id], 1);
const values = Array.from(binding.tensorDataSync(product.id));
answer({ version: binding.TF_Version, gpu: binding.isUsingGpuDevice(), values });
`;

/** Loads a binding in a child process, so that a crash there harms nobody. Throws with the reason when it does not work. */
export async function probeBinding(paths: NativePaths, run: CommandRunner): Promise<ProbeReport> {
  const report = await runBesideTensorflow<ProbeReport & { values: number[] }>(paths, script, run).catch(
    (error: Error) => {
      throw new Error(`the binding does not load: ${error.message}`);
    },
  );
  if (report.values.join() !== '7,10,15,22')
    throw new Error(`the binding computes ${report.values.join()} for 7,10,15,22`);
  return { version: report.version, gpu: report.gpu };
}
