import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { withNewFolder, writeFileAtomic, writeSafetensors, type TensorToWrite } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { AdapterFolder } from '../peft/adapter-folder';
import { adapterFiles } from '../peft/files';
import { adapterKey } from '../peft/keys';

export interface FoldReport {
  output: string;
  modules: number;
  /** Mixers that went into A. */
  mixers: number;
}

/** Fields of adapter_config.json that say something of mixers, in any program's words. */
const ofMixers = /^(lora_use_mixer|lora_use_mixer_pattern|use_moslora|mixer_init|trainable_mixer|peft_type)$/;

/**
 * Writes the MoSLoRA (or two-subspaces) adapter of a PEFT folder as plain LoRA: A' = M A in float32, B' = B as it is stored, the same
 * alpha and rank, so that stock PEFT and any other reader of LoRA computes the same. Needs a running backend.
 * @param copy files to put beside it, such as the template it was tuned with
 * @throws UserError for DoRA, which is no LoRA, and for files that contradict themselves
 */
export async function foldAdapterFolder(
  dir: string,
  output: string,
  copy: readonly string[] = [],
): Promise<FoldReport> {
  const adapter = AdapterFolder.open(dir);
  try {
    const problems = adapter.partProblems();
    if (problems.length > 0) fail(problems);
    if (adapter.config.magnitudes) refuseDora(dir);
    const modules = adapter.modules();
    const tensors = [...modules.flatMap((module) => plainTensors(adapter, module)), ...copies(adapter)];
    await withNewFolder(output, (temporary) => {
      writeSafetensors(join(temporary, adapterFiles.weights), tensors, { format: 'pt' });
      for (const file of copy) copyFileSync(file, join(temporary, basename(file)));
      writeFileAtomic(join(temporary, adapterFiles.config), plainConfig(join(dir, adapterFiles.config)));
    });
    const mixers = modules.filter((module) => adapter.part(module, 'AB') !== undefined).length;
    return { output, modules: modules.length, mixers };
  } finally {
    adapter.close();
  }
}

function plainTensors(adapter: AdapterFolder, module: string): TensorToWrite[] {
  const [a, b] = (['A', 'B'] as const).map((part) => adapter.part(module, part)!);
  const stored = (name: string, from: string): TensorToWrite => {
    const { dtype, shape, bytes } = adapter.stored(from);
    return { name, dtype, shape, data: bytes };
  };
  const mixed = adapter.part(module, 'AB') !== undefined;
  const [nameA, nameB] = [adapterKey(module, 'A'), adapterKey(module, 'B')];
  return [
    mixed
      ? { name: nameA, dtype: 'F32', shape: a!.shape, data: () => adapter.folded(module)! }
      : stored(nameA, a!.name),
    stored(nameB, b!.name),
  ];
}

/** Base weights that PEFT copied into the file go along as they are. */
function copies(adapter: AdapterFolder): TensorToWrite[] {
  return adapter.copies().map((name) => {
    const { dtype, shape, bytes } = adapter.stored(name);
    return { name, dtype, shape, data: bytes };
  });
}

function plainConfig(path: string): string {
  const given = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const rest = Object.entries(given).filter(([field]) => !ofMixers.test(field));
  return `${JSON.stringify({ peft_type: 'LORA', ...Object.fromEntries(rest) }, null, 2)}\n`;
}

function refuseDora(dir: string): never {
  fail({
    what: 'A DoRA adapter is no plain LoRA: it changes the length of every row of the weight',
    where: join(dir, adapterFiles.config),
    got: '"use_dora": true',
    expected: 'an adapter with mixers, or plain LoRA',
    fix: 'PEFT reads it as it is',
  });
}
