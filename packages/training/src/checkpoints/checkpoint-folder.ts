import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { clearLeftovers, readJson, withNewFolder, writeFileAtomic } from '@moslora/checkpoint';
import type { Parameter } from '@moslora/nn';
import { UserError } from '@moslora/specs';
import type { Moments } from '../optimizer/adamw';
import { type CheckpointState, checkpointStateSchema } from './checkpoint-state';
import { findDamage, writeManifest } from './manifest';
import { writeAverage, writeMoments, writeParameters, type Values } from './tensor-files';

const stateFile = 'state.json';

/** Everything that a run needs to go on as if it had never stopped. */
export interface Snapshot {
  state: CheckpointState;
  parameters: readonly Parameter[];
  moments: Moments;
  /** The moving average of the parameters, where the run keeps one. */
  average: Values | undefined;
  /** Texts to keep beside, by file name: configuration, chat template. */
  texts: Readonly<Record<string, string>>;
}

/** A checkpoint whose every byte is as it was written. */
export interface WholeCheckpoint {
  folder: string;
  state: CheckpointState;
}

/** The checkpoints of one training run: whole folders `step-00000050`, each renamed into place when complete. */
export class CheckpointFolder {
  constructor(readonly folder: string) {}

  /** Steps of which there is a checkpoint, whole or not, oldest first. */
  steps(): number[] {
    if (!existsSync(this.folder)) return [];
    const names = readdirSync(this.folder).filter((name) => /^step-\d{8}$/.test(name));
    return names.sort().map((name) => Number(name.slice('step-'.length)));
  }

  pathOf(step: number): string {
    return join(this.folder, `step-${String(step).padStart(8, '0')}`);
  }

  /**
   * Writes one checkpoint, and then removes all but the newest `keep` and the best ones that those go back to. Where writing fails, as on
   * a full disk, nothing is removed.
   */
  async save({ state, parameters, moments, average, texts }: Snapshot, keep: number): Promise<void> {
    this.sweep();
    await withNewFolder(this.pathOf(state.step), (folder) => {
      writeParameters(folder, parameters);
      writeMoments(folder, moments);
      if (average) writeAverage(folder, average);
      for (const [name, text] of Object.entries(texts)) writeFileAtomic(join(folder, name), text);
      writeFileAtomic(join(folder, stateFile), `${JSON.stringify(checkpointStateSchema.parse(state), null, 2)}\n`);
      writeManifest(folder);
    });
    const newest = this.steps().slice(-keep);
    const best = newest.map((step) => this.read(step)?.validation.best?.step);
    this.remove((step) => !newest.includes(step) && !best.includes(step));
  }

  /** The newest whole checkpoint up to `step`; damaged ones are passed over for older ones, and named through `log`. */
  newest(log: (line: string) => void, step = Infinity): WholeCheckpoint | undefined {
    for (const each of this.steps().reverse()) {
      if (each > step) continue;
      const folder = this.pathOf(each);
      const damage = findDamage(folder);
      const state = damage === undefined ? this.read(each) : undefined;
      if (state) return { folder, state };
      log(
        `checkpoint ${folder} is damaged (${damage ?? `${stateFile} is of another version`}); trying the one before it`,
      );
    }
    return undefined;
  }

  /** Removes the checkpoints of the steps that `chosen` says. */
  remove(chosen: (step: number) => boolean): void {
    for (const step of this.steps().filter(chosen)) rmSync(this.pathOf(step), { recursive: true, force: true });
  }

  /** Removes what writers left that were killed, whichever step it was of. */
  sweep(): void {
    if (!existsSync(this.folder)) return;
    const left = readdirSync(this.folder).flatMap((name) => /^\.(step-\d{8})\.(?:tmp|old)-\d+$/.exec(name)?.[1] ?? []);
    for (const name of new Set(left)) clearLeftovers(join(this.folder, name));
  }

  private read(step: number): CheckpointState | undefined {
    try {
      return readJson(join(this.pathOf(step), stateFile), checkpointStateSchema);
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    }
  }
}
