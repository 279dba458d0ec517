import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';

/** Writes a file under a temporary name beside it, then renames it: nobody ever sees a half of it. */
export function writeWhole(path: string, data: string | Uint8Array): void {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    writeFileSync(temporary, data);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** One record a line: readable, and diffable between seeds. */
export function writeRecords(path: string, records: readonly unknown[]): void {
  writeWhole(path, `[\n${records.map((record) => JSON.stringify(record)).join(',\n')}\n]\n`);
}
