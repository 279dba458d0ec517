import { existsSync } from 'node:fs';
import { lastLine, type CommandRunner } from './command';
import { cudaLibraries } from './cuda-libraries';
import type { NativePaths } from './native-paths';

// Loads the library as the runtime does; `binding` and `args` are then there for the code that follows.
const prelude = `
const [path, loader, count, ...args] = process.argv.slice(1);
const libraries = args.splice(0, Number(count));
for (let pass = 0; pass < 2; pass++) for (const library of libraries) require(loader).preload(library);
const binding = require(path);
const answer = (value) => console.log('answer ' + JSON.stringify(value));
`;

/**
 * Runs JavaScript (CommonJS) in a child process that has loaded TensorFlow's library, so that a crash there harms nobody: it finds the
 * `binding`, its `args`, and `answer(value)` for what it found out, which is returned. Throws with the reason when it gives no answer.
 */
export async function runBesideTensorflow<T>(
  paths: NativePaths,
  script: string,
  run: CommandRunner,
  { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string | undefined> } = {},
): Promise<T> {
  const libraries = existsSync(paths.loader) ? cudaLibraries(paths) : [];
  const all = [paths.binding, paths.loader, String(libraries.length), ...libraries, ...args];
  const result = await run(process.execPath, ['-e', prelude + script, ...all], {
    env: { TF_CPP_MIN_LOG_LEVEL: '2', ...env },
    timeout: 180_000,
  });
  const line = result.stdout.split('\n').find((text) => text.startsWith('answer '));
  if (result.code !== 0 || line === undefined) throw new Error(lastLine(result));
  return JSON.parse(line.slice('answer '.length)) as T;
}
