import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withTemporaryFolder } from '@moslora/checkpoint';
import { Rng } from '@moslora/runtime';
import { attempt, type Moment } from './attempt';
import { SmallDisk } from './small-disk';
import { differences, inspect, readTrace } from './trace';

export interface CampaignOptions {
  backend: 'wasm' | 'native';
  /** Disturbances to be made, of runs one after another. */
  disturbances: number;
  /** `kill`: SIGKILL; `full disk`: the room on the disk is used up, and in one of three cases the process is killed then. */
  by: 'kill' | 'full disk';
  seed: number;
  log?(line: string): void;
}

/** What a campaign saw. */
export interface CampaignFigures {
  kills: number;
  /** Attempts that ended by themselves since the disk was full. */
  fullDisks: number;
  /** Of all these, those that left a checkpoint half-written. */
  midWrite: number;
  /** Of all these, those that left a checkpoint half-removed. */
  midRemoval: number;
  /** Of all these, those before the first step of an attempt was made. */
  beforeFirstStep: number;
  /** Runs brought to their end, each equal to the undisturbed one in losses, tensors and order. */
  runs: number;
  /** What was otherwise than it must be; none. */
  failures: string[];
}

/** Milliseconds after the first step, or after the start of the process, within which disturbances fall. */
const spread = { 'first step': 900, start: 2500 } as const;

/**
 * Disturbs training runs at random moments and starts them again, until so many disturbances are made and the last run is at its end. After
 * each one the newest checkpoint must be whole, the next attempt must go on from it, and a finished run must equal an undisturbed one.
 * Undefined where a disk of limited size is wanted and cannot be mounted.
 */
export function campaign(options: CampaignOptions): Promise<CampaignFigures | undefined> {
  return withTemporaryFolder('moslora-kills', (root) => campaignIn(root, options));
}

async function campaignIn(root: string, options: CampaignOptions): Promise<CampaignFigures | undefined> {
  const { backend, by, seed, log = () => {} } = options;
  // Room for the two newest checkpoints of 1.6 MB, the best one, another being written, and half a one more.
  const disk = by === 'full disk' ? SmallDisk.mount(newFolder(root, 'disk'), 8.2e6) : undefined;
  if (by === 'full disk' && !disk) return undefined;
  const figures: CampaignFigures = {
    ...{ kills: 0, fullDisks: 0, midWrite: 0, midRemoval: 0, beforeFirstStep: 0, runs: 0, failures: [] },
  };
  try {
    const undisturbed = newFolder(root, 'whole');
    await attempt(undisturbed, backend);
    const whole = readTrace(undisturbed);
    const rng = new Rng(seed, 'campaign', backend, by);
    while (figures.kills + figures.fullDisks < options.disturbances && figures.failures.length === 0) {
      const runDir = newFolder(disk?.folder ?? root, `run-${figures.runs}`);
      await disturbedRun(runDir, { ...options, log }, disk, rng, figures);
      if (figures.failures.length > 0) break;
      figures.failures.push(...differences(readTrace(runDir), whole));
      figures.runs++;
      log(`run ${figures.runs} ended; ${figures.kills + figures.fullDisks} disturbances so far`);
      rmSync(runDir, { recursive: true });
    }
    return figures;
  } finally {
    disk?.unmount();
  }
}

/** One run to its end, disturbed in every attempt until enough disturbances are made. */
async function disturbedRun(
  runDir: string,
  { backend, disturbances }: CampaignOptions,
  disk: SmallDisk | undefined,
  rng: Rng,
  figures: CampaignFigures,
): Promise<void> {
  let expected = 0;
  for (;;) {
    const enough = figures.kills + figures.fullDisks >= disturbances;
    const moment = randomMoment(rng);
    const killToo = disk === undefined || rng.int(3) === 0;
    const by = (kill: () => void): void => {
      disk?.fill();
      if (killToo) kill();
    };
    const { how, resumedFrom, output } = await attempt(runDir, backend, enough ? undefined : { ...moment, by });
    disk?.clear();
    if (how === 'failed') return void figures.failures.push(`an attempt failed:\n${output}`);
    if (resumedFrom !== undefined && resumedFrom !== expected)
      return void figures.failures.push(
        `went on from step ${resumedFrom}, not from the whole checkpoint of ${expected}`,
      );
    if (how === 'done') return;
    if (enough) return void figures.failures.push(`an undisturbed attempt ended as ${how}:\n${output}`);
    figures[how === 'killed' ? 'kills' : 'fullDisks']++;
    if (resumedFrom === undefined) figures.beforeFirstStep++;
    const { wholeStep, broken, midWrite } = inspect(runDir);
    if (midWrite) figures.midWrite++;
    if (broken.length > 0) figures.midRemoval++;
    // Only what is older than a whole one may be in pieces: it was being removed.
    if (wholeStep < expected || broken.some((step) => step >= wholeStep))
      return void figures.failures.push(
        `${how}: whole up to ${wholeStep}, before it ${expected}; broken ${broken.join()}`,
      );
    expected = wholeStep;
  }
}

function randomMoment(rng: Rng): Moment {
  const after = rng.int(5) === 0 ? 'start' : 'first step';
  return { after, milliseconds: rng.int(spread[after]) };
}

function newFolder(parent: string, name: string): string {
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
