import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { DecoderFamily } from '@moslora/decoder';
import { fail } from '@moslora/specs';

const PACKAGE = 'model-';
/** This package has the name of a decoder family but is the composition. */
const COMPOSITION = 'llava';

/** The decoder families that are installed: the packages `@moslora/model-<family>`. */
export function knownFamilies(): string[] {
  const folders = createRequire(import.meta.url).resolve.paths('@moslora/specs') ?? [];
  const packages = folders
    .map((folder) => join(folder, '@moslora'))
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder));
  const families = packages.filter((name) => name.startsWith(PACKAGE)).map((name) => name.slice(PACKAGE.length));
  return [...new Set(families)].filter((family) => family !== COMPOSITION).sort();
}

/**
 * The package of the decoder family for a `model_type`: `@moslora/model-<model_type>` (hyphens for underscores), or the same without
 * a trailing version (`qwen2` → `qwen`).
 * @throws UserError listing the known families
 */
export function familyPackage(modelType: unknown, where: string): string {
  const known = knownFamilies();
  const type = typeof modelType === 'string' ? modelType : '';
  const wanted = [type.replaceAll('_', '-'), type.replace(/[\d._]+$/, '').replaceAll('_', '-')];
  const name = wanted.find((family) => known.includes(family));
  if (name === undefined) {
    return fail({
      what: 'No package for this family of decoders',
      where: `${where}: model_type`,
      got: JSON.stringify(modelType) ?? 'nothing',
      expected: `one of ${known.join(', ')}`,
      fix: 'add a package @moslora/model-<family>: `nx g @moslora/nx-plugin:model NAME`',
    });
  }
  return `@moslora/${PACKAGE}${name}`;
}

/** The decoder family for a `model_type`, from its {@link familyPackage}. @throws UserError listing the known families */
export async function familyFor(modelType: unknown, where: string): Promise<DecoderFamily> {
  const name = familyPackage(modelType, where);
  const loaded = (await import(/* @vite-ignore */ name)) as { family?: DecoderFamily };
  return (
    loaded.family ??
    fail({
      what: `The package ${name} exports no \`family\``,
      fix: 'export a DecoderFamily under that name',
    })
  );
}
