import { runBesideTensorflow, type CommandRunner, type NativePaths } from '@moslora/runtime';
import { sanitizerVariables } from './sanitizer';

/** Loads the addon beside TensorFlow in a child process and registers its ops. Gives their names; throws with the reason. */
export async function tryAddon(
  paths: NativePaths,
  file: string,
  run: CommandRunner,
  sanitized = false,
): Promise<string[]> {
  const env = sanitized ? await sanitizerVariables(run) : {};
  return runBesideTensorflow<string[]>(paths, 'answer(require(args[0]).register());', run, { args: [file], env });
}
