import { spawn } from 'node:child_process';

/** What a command left behind: exit code (null when it was killed or could not start), and its text. */
export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** Milliseconds after which the command and its children are ended. */
  timeout?: number;
}

/** Runs a program without a shell; never throws, a program that is missing gives code null and says so in stderr. */
export type CommandRunner = (
  program: string,
  args: readonly string[],
  options?: CommandOptions,
) => Promise<CommandResult>;

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The runner that starts real processes. They get no terminal, so none of them can ask anything. */
export const runCommand: CommandRunner = (program, args, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const finish = (code: number | null, note = ''): void => {
      clearTimeout(timer);
      process.off('exit', endGroup);
      for (const signal of signals) process.off(signal, passOn);
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() + note });
    };
    const endGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
      } catch {
        child.kill('SIGKILL'); // the group is gone already
      }
    };
    // The group of its own, which makes ending all of it possible, does not get the terminal's Ctrl-C.
    const passOn = (signal: NodeJS.Signals): void => {
      endGroup();
      process.off(signal, passOn);
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    };
    for (const signal of signals) process.on(signal, passOn);
    let timedOut = false;
    const timer = setTimeout(
      () => {
        timedOut = true;
        endGroup();
      },
      options.timeout ?? 2 ** 31 - 1,
    );
    process.once('exit', endGroup);
    child.on('error', (error) => finish(null, `${program}: ${error.message}`));
    child.on('close', (code, signal) => {
      if (timedOut) return finish(null, `${program} did not finish within ${(options.timeout ?? 0) / 1000} s`);
      finish(code, signal ? `${program} was ended by ${signal}` : '');
    });
  });

/** The last line of a command's output that tells a reason (no stack frames), for a one-line message. */
export function lastLine(result: CommandResult): string {
  const lines = `${result.stdout}\n${result.stderr}`
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(at |Node\.js v|[{}^]|(code|errno|syscall|hostname): )/.test(line));
  const telling = lines.filter((line) =>
    /\b\w*error\b|not found|no matching|no space|refused|denied|ENOTFOUND|did not finish|was ended by/i.test(line),
  );
  const stated = telling.filter((line) => /^(\w*Error|ERROR|fatal)\b.*:/.test(line));
  return (stated.at(-1) ?? telling.at(-1) ?? lines.at(-1) ?? `exit code ${result.code}`).slice(0, 300);
}
