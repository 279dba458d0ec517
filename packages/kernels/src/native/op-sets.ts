import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiledSources, nativeSources, packageFolder } from './sources';
import type { AddonTarget } from './addon-target';

/** The ops that the sources of an addon declare, in alphabetical order: what it registers once it is built. */
export function declaredOps(target: AddonTarget): string[] {
  const text = (name: string): string => readFileSync(join(packageFolder, name), 'utf8');
  const signatures = new Map(
    nativeSources(target).flatMap((name) =>
      [...text(name).matchAll(/Signature (k\w+)\s*(?:=\s*)?\{\s*"(\w+)"/g)].map(
        ([, constant, op]) => [constant!, op!] as const,
      ),
    ),
  );
  const declared = compiledSources(target).flatMap((name) =>
    [...text(name).matchAll(/const Declare \w+\((k\w+),/g)].map(
      ([, constant]) => signatures.get(constant!) ?? constant!,
    ),
  );
  return declared.sort();
}

/** Ops that processors have and GPUs do not. */
export function missingOnDevice(): string[] {
  const onDevice = new Set(declaredOps('cuda'));
  return declaredOps('portable').filter((op) => !onDevice.has(op));
}
