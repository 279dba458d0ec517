import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  readJson,
  SafetensorsFile,
  sha256File,
  withNewFolder,
  writeFileAtomic,
  writeSafetensors,
} from '@moslora/checkpoint';
import type { Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';
import { z } from 'zod';
import type { AdamW, Moments } from '../optimizer/adamw';
import { type CheckpointState, checkpointStateSchema } from './checkpoint-state';

const files = { parameters: 'parameters.safetensors', moments: 'moments.safetensors', state: 'state.json' };
const manifestName = 'manifest.json';
const manifestSchema = z.strictObject({ sha256: z.record(z.string(), z.string()) });
const prefixes = { first: 'first.', second: 'second.' };

/** The checkpoints of one training run: whole folders `step-00000050`, each renamed into place when complete. */
export class CheckpointFolder {
  constructor(private readonly folder: string) {}

  /** Paths of whole checkpoints, oldest first. */
  list(): string[] {
    if (!existsSync(this.folder)) return [];
    const names = readdirSync(this.folder).filter((name) => /^step-\d{8}$/.test(name));
    return names.sort().map((name) => join(this.folder, name));
  }

  /** Writes one checkpoint and removes all but the newest `keep`. */
  async save(
    state: CheckpointState,
    parameters: readonly Parameter[],
    optimizer: AdamW,
    keep: number,
  ): Promise<string> {
    const target = join(this.folder, `step-${String(state.step).padStart(8, '0')}`);
    await withNewFolder(target, async (folder) => {
      writeSafetensors(
        join(folder, files.parameters),
        parameters.map(({ name, value }) => ({
          name,
          dtype: 'F32' as const,
          shape: value.shape,
          data: value.dataSync<'float32'>(),
        })),
      );
      writeSafetensors(join(folder, files.moments), momentEntries(optimizer.moments()));
      writeFileAtomic(join(folder, files.state), JSON.stringify(state, null, 2));
      const sha256 = Object.fromEntries(Object.values(files).map((name) => [name, sha256File(join(folder, name))]));
      writeFileAtomic(join(folder, manifestName), JSON.stringify({ sha256 }, null, 2));
    });
    for (const old of this.list().slice(0, -keep)) rmSync(old, { recursive: true, force: true });
    return target;
  }

  /**
   * Loads the newest checkpoint of this identity into parameters and optimiser; undefined where there is none.
   * A damaged checkpoint is passed over for the next older one, and named through `log`.
   */
  restore(
    identity: string,
    parameters: readonly Parameter[],
    optimizer: AdamW,
    log: (line: string) => void,
  ): CheckpointState | undefined {
    for (const folder of this.list().reverse()) {
      const damage = findDamage(folder);
      if (damage) {
        log(`checkpoint ${folder} is damaged (${damage}); trying the one before it`);
        continue;
      }
      const state = readJson(join(folder, files.state), checkpointStateSchema);
      if (state.identity !== identity) {
        log(`checkpoint ${folder} belongs to another configuration or other data; starting over`);
        this.clear();
        return undefined;
      }
      loadParameters(join(folder, files.parameters), parameters);
      optimizer.restore(readMoments(join(folder, files.moments)));
      return state;
    }
    return undefined;
  }

  clear(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function findDamage(folder: string): string | undefined {
  const manifestPath = join(folder, manifestName);
  if (!existsSync(manifestPath)) return `${manifestName} is missing`;
  const { sha256 } = readJson(manifestPath, manifestSchema);
  for (const [name, expected] of Object.entries(sha256)) {
    if (!existsSync(join(folder, name))) return `${name} is missing`;
    if (sha256File(join(folder, name)) !== expected) return `${name} does not match its hash`;
  }
  return undefined;
}

function* momentEntries(moments: Moments) {
  for (const kind of ['first', 'second'] as const) {
    for (const [name, data] of moments[kind]) {
      yield { name: prefixes[kind] + name, dtype: 'F32' as const, shape: [data.length], data };
    }
  }
}

function readMoments(path: string): Moments {
  const file = SafetensorsFile.open(path);
  const collect = (prefix: string) =>
    new Map(
      file
        .names()
        .filter((name) => name.startsWith(prefix))
        .map((name) => [name.slice(prefix.length), file.float32(name)]),
    );
  try {
    return { first: collect(prefixes.first), second: collect(prefixes.second) };
  } finally {
    file.close();
  }
}

function loadParameters(path: string, parameters: readonly Parameter[]): void {
  const file = SafetensorsFile.open(path);
  try {
    const missing = parameters.filter(({ name }) => !file.has(name));
    if (missing.length > 0) {
      fail({
        what: `The checkpoint lacks ${missing.length} of the ${parameters.length} trained tensors`,
        where: path,
        got: `no ${missing[0]?.name}`,
        fix: 'delete the checkpoints folder to start over',
      });
    }
    for (const { name, value } of parameters) {
      tf.tidy(() => value.assign(tf.tensor(file.float32(name), value.shape)));
    }
  } finally {
    file.close();
  }
}
