import { basename, dirname, join } from 'node:path';
import { whileLocked } from '@moslora/checkpoint';

/** Makes a stage's outputs while no other process may. @throws UserError naming one that does */
export function whileStageLocked<T>(
  { outDir, stage, log }: { outDir: string; stage: string; log(line: string): void },
  work: () => Promise<T>,
): Promise<T> {
  const lock = join(dirname(outDir), `.${basename(outDir)}.lock`);
  const otherwise = 'outputs of another preset, and another checkout, are folders of their own';
  return whileLocked(lock, { doing: `moslora stage ${stage}`, what: `the outputs of ${stage}`, otherwise, log }, work);
}
