import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomic } from '@moslora/checkpoint';
import { runSchema, type Run } from '@moslora/specs';

/** The run.json of a stage's outputs, or undefined where the stage is not whole. */
export function readRun(outDir: string): Run | undefined {
  const file = join(outDir, 'run.json');
  return existsSync(file) ? readJson(file, runSchema) : undefined;
}

/** Writes run.json: the last thing that a stage writes. */
export function writeRun(outDir: string, run: Run): void {
  writeFileAtomic(join(outDir, 'run.json'), `${JSON.stringify(runSchema.parse(run), null, 2)}\n`);
}
