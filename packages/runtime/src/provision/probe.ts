import { existsSync } from 'node:fs';
import { lastLine, type CommandRunner } from './command';
import { cudaLibraries } from './cuda-libraries';
import type { NativePaths } from './native-paths';

/** What a binding reports about itself from a process of its own. */
export interface ProbeReport {
  version: string;
  gpu: boolean;
}

// Multiplies [[1,2],[3,4]] by itself: loads the library, creates its context and runs a kernel.
const script = `
const [path, loader, ...libraries] = process.argv.slice(1);
for (let pass = 0; pass < 2; pass++) for (const library of libraries) require(loader).preload(library);
const binding = require(path);
const id = binding.createTensor([2, 2], binding.TF_FLOAT, new Float32Array([1, 2, 3, 4]));
const attributes = [
  { name: 'transpose_a', type: binding.TF_ATTR_BOOL, value: false },
  { name: 'transpose_b', type: binding.TF_ATTR_BOOL, value: false },
  { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
];
const [product] = binding.executeOp('MatMul', attributes, [id, id], 1);
const values = Array.from(binding.tensorDataSync(product.id));
console.log('probe ' + JSON.stringify({ version: binding.TF_Version, gpu: binding.isUsingGpuDevice(), values }));
`;

/** Loads a binding in a child process, so that a crash there harms nobody. Throws with the reason when it does not work. */
export async function probeBinding(paths: NativePaths, run: CommandRunner): Promise<ProbeReport> {
  const env = { TF_CPP_MIN_LOG_LEVEL: '2' };
  const libraries = existsSync(paths.loader) ? cudaLibraries(paths) : [];
  const result = await run(process.execPath, ['-e', script, paths.binding, paths.loader, ...libraries], {
    env,
    timeout: 180_000,
  });
  const line = result.stdout.split('\n').find((text) => text.startsWith('probe '));
  if (result.code !== 0 || line === undefined) throw new Error(`the binding does not load: ${lastLine(result)}`);
  const report = JSON.parse(line.slice('probe '.length)) as ProbeReport & { values: number[] };
  if (report.values.join() !== '7,10,15,22')
    throw new Error(`the binding computes ${report.values.join()} for 7,10,15,22`);
  return { version: report.version, gpu: report.gpu };
}
