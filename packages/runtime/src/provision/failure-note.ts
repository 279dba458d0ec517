import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativeCache } from './native-paths';

/** What provisioning could not make: the library, or the fused ops beside it. */
export type Provisioned = 'native' | 'kernels';

const notes: Record<Provisioned, string> = { native: 'last-failure.txt', kernels: 'kernels-failure.txt' };
const noteIn = (cache: string, what: Provisioned): string => join(cache, notes[what]);

/** Keeps why provisioning ended without it, in one line, so that later runs can say it. */
export function noteProvisionFailure(reason: string, cache = nativeCache(), what: Provisioned = 'native'): void {
  mkdirSync(cache, { recursive: true });
  writeFileSync(noteIn(cache, what), `${reason.replaceAll(/\s+/g, ' ').trim()}\n`);
}

export function forgetProvisionFailure(cache = nativeCache(), what: Provisioned = 'native'): void {
  rmSync(noteIn(cache, what), { force: true });
}

/** The line kept by {@link noteProvisionFailure}, if any. */
export function lastProvisionFailure(cache = nativeCache(), what: Provisioned = 'native'): string | undefined {
  const note = noteIn(cache, what);
  return existsSync(note) ? readFileSync(note, 'utf8').trim() : undefined;
}
