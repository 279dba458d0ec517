import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativeCache } from './native-paths';

const noteIn = (cache: string): string => join(cache, 'last-failure.txt');

/** Keeps why provisioning ended without a native library, in one line, so that later runs can say it. */
export function noteProvisionFailure(reason: string, cache = nativeCache()): void {
  mkdirSync(cache, { recursive: true });
  writeFileSync(noteIn(cache), `${reason.replaceAll(/\s+/g, ' ').trim()}\n`);
}

export function forgetProvisionFailure(cache = nativeCache()): void {
  rmSync(noteIn(cache), { force: true });
}

/** The line kept by {@link noteProvisionFailure}, if any. */
export function lastProvisionFailure(cache = nativeCache()): string | undefined {
  return existsSync(noteIn(cache)) ? readFileSync(noteIn(cache), 'utf8').trim() : undefined;
}
