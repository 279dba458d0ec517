import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface WorkerOptions {
  seed: number;
  /** The numbers of the cases: first to end - 1. */
  first: number;
  end: number;
  seconds: number;
  mutations: number;
  /** Names of subjects; none: all. */
  only: readonly string[];
  /** The file that says what is being done, for when the process ends. */
  progress: string;
}

/** Calls of one op: with values checked, refused, and taken though changed. */
export type OpCounts = Record<'checked' | 'refused' | 'taken', number>;

export interface Failure {
  number: number;
  text: string;
}

export interface WorkerReport {
  /** The number of the first case that was not run. */
  next: number;
  level: string;
  counts: Record<string, OpCounts>;
  failures: Failure[];
}

/** Seconds after which a case that says nothing has hung. */
const patience = 180;
const program = fileURLToPath(new URL('worker-main.ts', import.meta.url));

/** Runs cases in a process of its own. One that ends by itself, or hangs, counts as a failure of the case it was at, and goes on behind it. */
export async function runWorker(options: WorkerOptions, env: Record<string, string>): Promise<WorkerReport> {
  const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(options)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  let hung = false;
  child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (err = (err + chunk.toString()).slice(-1e5)));
  const watch = setInterval(() => {
    const written = statSync(options.progress, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - written < patience * 1000) return;
    hung = true;
    child.kill('SIGKILL');
  }, 1000);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(watch);
  if (code === 0) return JSON.parse(out.trim().split('\n').at(-1)!) as WorkerReport;
  const { number, what } = JSON.parse(readFileSync(options.progress, 'utf8')) as { number: number; what: unknown };
  const how = hung ? `hung for ${patience} s` : `ended with ${code ?? child.signalCode}`;
  const text = `the process ${how} in ${JSON.stringify(what)}\n${excerpt(err)}`;
  return { next: number + 1, level: 'unknown', counts: {}, failures: [{ number, text }] };
}

/** What the sanitizer says: from its first line on. */
function excerpt(errors: string): string {
  const lines = errors.split('\n');
  const at = lines.findIndex((line) => /AddressSanitizer|runtime error|F tensorflow|Check failed/.test(line));
  return (at < 0 ? lines.slice(-15) : lines.slice(at, at + 25)).join('\n');
}
