import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const moslora = join(root, 'packages', 'cli', 'bin', 'moslora.mjs');

interface Failure extends Error {
  code?: number | string;
  stdout?: string;
  stderr?: string;
}

/** Runs a program to its end and gives what it prints. Throws with the last lines of its standard error, unless it prints something with an exit code that is accepted. */
export async function output(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
  accepted?: number,
): Promise<string> {
  try {
    const options = { cwd: root, env: { ...process.env, ...env }, maxBuffer: 1e8 };
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (error) {
    const { code, stdout = '', stderr = '', message } = error as Failure;
    if (accepted !== undefined && code === accepted && stdout !== '') return stdout;
    const last = stderr.trim().split('\n').slice(-3).join('\n');
    throw new Error(`${program} ${args.join(' ')}:\n${last || message}`, { cause: error });
  }
}

/** What a command of ours prints with --json; also where it exits with 1, as a check does that disagrees. */
export async function ours<T>(args: readonly string[], env: Record<string, string> = {}): Promise<T> {
  return JSON.parse(await output(moslora, [...args, '--json'], env, 1)) as T;
}

/** What a script of ours prints: JSON, alone. */
export async function script<T>(file: string, args: readonly string[]): Promise<T> {
  return JSON.parse(await output(process.execPath, ['--import', 'tsx', join(root, file), ...args])) as T;
}

/** The last line that a program prints, as JSON; what it says before that is its libraries' business. */
export async function lastJson<T>(program: string, args: readonly string[]): Promise<T> {
  const lines = (await output(program, args)).trim().split('\n');
  return JSON.parse(lines.at(-1) ?? '') as T;
}
