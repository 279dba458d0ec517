import { runBesideTensorflow, type CommandRunner, type NativePaths } from '@moslora/runtime';
import type { AddonBuild } from './addon-target';
import { sanitizerVariables } from './sanitizer';

const register = 'const ops = require(args[0]).register();';

// [1, 2] + [3, 4] + [5, 6] by our own op: what a driver lacks shows only when a kernel is started.
const add = `
const ids = [1, 3, 5].map((x) => binding.createTensor([2], binding.TF_FLOAT, new Float32Array([x, x + 1])));
const attributes = [
  { name: 'W', type: binding.TF_ATTR_INT, value: 3 },
  { name: 'L', type: binding.TF_ATTR_INT, value: 0 },
  { name: 'Y', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
];
const sum = Array.from(binding.tensorDataSync(binding.executeOp('MosloraSum', attributes, ids, 1)[0].id));
if (sum.join() !== '9,12') throw new Error('Error: MosloraSum gives ' + sum.join() + ' for 9,12');
`;

/**
 * Loads the addon beside TensorFlow in a child process and registers its ops; one for GPUs has to compute something too, unless there is
 * none to do it. Gives their names; throws with the reason.
 */
export async function tryAddon(
  paths: NativePaths,
  file: string,
  run: CommandRunner,
  { target, sanitized }: AddonBuild,
  hasGpu = true,
): Promise<string[]> {
  const env = sanitized ? await sanitizerVariables(run) : {};
  const script = `${register}${target === 'cuda' && hasGpu ? add : ''}answer(ops);`;
  return runBesideTensorflow<string[]>(paths, script, run, { args: [file], env });
}
