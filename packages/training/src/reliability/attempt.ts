import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How one attempt of a run ended. */
export interface Ending {
  /** `killed`; `full`, by the full disk; `done`; or `failed`, which it never should. */
  how: 'killed' | 'full' | 'done' | 'failed';
  /** The step it said that it went on from; undefined where it did not come so far. */
  resumedFrom: number | undefined;
  output: string;
}

/** When an attempt is disturbed: so many milliseconds after its start, or after its first step. */
export interface Moment {
  after: 'start' | 'first step';
  milliseconds: number;
}

/** Starts a run of child-main.ts in a process of its own and lets it be disturbed once; gives how it ended. */
export function attempt(
  runDir: string,
  backend: string,
  disturb?: Moment & { by(kill: () => void): void },
): Promise<Ending> {
  const script = fileURLToPath(new URL('./child-main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, runDir, backend], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, armed] = ['', false];
  let timer: NodeJS.Timeout | undefined;
  const arm = (after: Moment['after']): void => {
    if (armed || disturb?.after !== after) return;
    armed = true;
    timer = setTimeout(() => disturb.by(() => child.kill('SIGKILL')), disturb.milliseconds);
  };
  arm('start');
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (/^step \d+$/m.test(output)) arm('first step');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (output += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const how = signal === 'SIGKILL' ? 'killed' : code === 28 ? 'full' : code === 0 ? 'done' : 'failed';
      const resumed = /^going on from the checkpoint at step (\d+)/m.exec(output)?.[1];
      const began = resumed ?? (/^step \d+$/m.test(output) ? '0' : undefined);
      resolve({ how, resumedFrom: began === undefined ? undefined : Number(began), output });
    });
  });
}
