import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adapterFiles, foldAdapterFolder } from '@moslora/adapters';
import { writeFileAtomic } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import type { ModelPlace } from '../merging/model-place';

/** The one adapter of a model. @throws UserError where there is none, or decoder and tower have one each */
export function onlyAdapter({ decoder, layout, name }: ModelPlace): string {
  const all = [...new Set([decoder.adapter, layout?.tower.adapter])].filter((each) => each !== undefined);
  if (all.length === 1) return all[0]!;
  return fail(
    all.length === 0
      ? { what: 'The model has no adapter', where: name, fix: 'name one with --adapter, or export it --as hf' }
      : {
          what: 'Decoder and tower have an adapter each',
          where: name,
          got: all.join(' and '),
          fix: 'export it --as hf',
        },
  );
}

/** Writes a PEFT folder's adapter as it is, mixers and all; or, folded, as plain LoRA. Its base is what lies around it. */
export async function copyAdapter(from: string, to: string, fold: boolean): Promise<void> {
  if (fold) await foldAdapterFolder(from, to);
  else {
    mkdirSync(to);
    copyFileSync(join(from, adapterFiles.weights), join(to, adapterFiles.weights));
  }
  const path = join(fold ? to : from, adapterFiles.config);
  const config = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const own = { ...config, base_model_name_or_path: null };
  writeFileAtomic(join(to, adapterFiles.config), `${JSON.stringify(own, null, 2)}\n`);
}
