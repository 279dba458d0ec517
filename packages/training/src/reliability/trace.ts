import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointFolder } from '../checkpoints/checkpoint-folder';
import { findDamage } from '../checkpoints/manifest';

/** What a finished run left, without its times: equal for two runs only where losses, tensors and the order of samples are, bit for bit. */
export interface Trace {
  losses: unknown[];
  validations: unknown[];
  /** Of the last checkpoint's tensors: values, moments, averages. */
  tensors: Record<string, string>;
  /** The samples of each step; of a step that was made in several attempts, each of them. */
  order: Map<number, string[]>;
}

export function readTrace(runDir: string): Trace {
  const checkpoints = new CheckpointFolder(join(runDir, 'checkpoints'));
  const last = checkpoints.pathOf(checkpoints.steps().at(-1)!);
  const files = readdirSync(last).filter((name) => name.endsWith('.safetensors'));
  const hash = (name: string): string =>
    createHash('sha256')
      .update(readFileSync(join(last, name)))
      .digest('hex');
  return {
    losses: withoutTimes(join(runDir, 'metrics.jsonl')),
    validations: withoutTimes(join(runDir, 'validation.jsonl')),
    tensors: Object.fromEntries(files.map((name) => [name, hash(name)])),
    order: readOrder(join(runDir, 'order.jsonl')),
  };
}

/** Where `run` differs from `whole`, in words; none where it does not. */
export function differences(run: Trace, whole: Trace): string[] {
  const found: string[] = [];
  for (const key of ['losses', 'validations', 'tensors'] as const) {
    const [ours, theirs] = [JSON.stringify(run[key]), JSON.stringify(whole[key])];
    if (ours !== theirs) found.push(`${key}: ${ours.slice(0, 300)} is not ${theirs.slice(0, 300)}`);
  }
  for (const [step, expected] of whole.order) {
    const taken = new Set(run.order.get(step));
    if (taken.size !== 1 || !taken.has(expected[0]!))
      found.push(`step ${step}: took ${[...taken].join(' and ')}, not ${expected[0]}`);
  }
  return found;
}

/** What a kill left behind. */
export interface Remains {
  /** Step of the newest whole checkpoint; 0 where there is none. */
  wholeStep: number;
  /** Folders of checkpoints that are not whole. */
  broken: number[];
  /** Whether a checkpoint was being written. */
  midWrite: boolean;
}

export function inspect(runDir: string): Remains {
  const folder = join(runDir, 'checkpoints');
  const checkpoints = new CheckpointFolder(folder);
  const steps = checkpoints.steps();
  const broken = steps.filter((step) => findDamage(checkpoints.pathOf(step)) !== undefined);
  const whole = steps.filter((step) => !broken.includes(step));
  const midWrite = existsSync(folder) && readdirSync(folder).some((name) => name.includes('.tmp-'));
  return { wholeStep: whole.at(-1) ?? 0, broken, midWrite };
}

function withoutTimes(path: string): unknown[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => ({ ...(JSON.parse(line) as object), seconds: 0, memoryBytes: 0 }));
}

function readOrder(path: string): Map<number, string[]> {
  const order = new Map<number, string[]>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const found = /^\{"step":(\d+),"samples":(\[[\d,]+\])\}$/.exec(line);
    if (!found) continue;
    const [, step, samples] = found as unknown as [string, string, string];
    order.set(Number(step), [...(order.get(Number(step)) ?? []), samples]);
  }
  return order;
}
