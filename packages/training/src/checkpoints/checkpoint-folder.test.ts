import * as fs from 'node:fs';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBackend, tf } from '@moslora/runtime';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AdamW } from '../optimizer/adamw';
import { CheckpointFolder } from './checkpoint-folder';
import type { CheckpointState } from './checkpoint-state';
import { findDamage } from './manifest';

/** Lets so many writes succeed, after which the disk is full. */
const disk = vi.hoisted(() => ({ room: Infinity }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const writeSync = (...args: unknown[]): number => {
    if (disk.room-- > 0) return (real.writeSync as (...all: unknown[]) => number)(...args);
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
  };
  return { ...real, writeSync, default: { ...real, writeSync } };
});

const root = mkdtempSync(join(tmpdir(), 'checkpoints-'));
let folders = 0;
const state = (step: number, more: Partial<CheckpointState> = {}): CheckpointState => ({
  ...{ version: 2, identity: 'test', seed: 1, step, steps: 100, rateFactor: 1, position: 4 * step },
  order: { samples: 13, epoch: 0, sha256: 'x' },
  ...{ updates: step, skippedSteps: 0, skipsInARow: 0, tokens: 9, seconds: 1 },
  validation: { sinceBest: 0, stopped: false },
  ...more,
});

describe('CheckpointFolder', () => {
  let save: (at: CheckpointFolder, of: CheckpointState, keep?: number) => Promise<void>;
  beforeAll(async () => {
    await startBackend({ backend: 'wasm' });
    const parameters = [
      { name: 'a', value: tf.variable(tf.ones([3, 2])), group: 'adapter' as const },
      { name: 'p', value: tf.variable(tf.ones([2])), group: 'projector' as const },
    ];
    const optimizer = new AdamW(parameters, { betas: [0.9, 0.999], epsilon: 1e-8 }, () => ({
      learningRate: 0.1,
      weightDecay: 0,
    }));
    const texts = { 'config.json': '{}\n', 'template.json': '{"name":"plain"}\n' };
    save = (at, of, keep = 2) =>
      at.save({ state: of, parameters, moments: optimizer.moments(), average: undefined, texts }, keep);
  });
  afterEach(() => void (disk.room = Infinity));
  afterAll(() => rmSync(root, { recursive: true }));
  const fresh = (): CheckpointFolder => new CheckpointFolder(join(root, String(folders++)));
  const unsaid = (line: string): never => expect.unreachable(line);

  it('holds each part of the model, moments, state, configuration and template, all with their hashes', async () => {
    const checkpoints = fresh();
    await save(checkpoints, state(5));
    const folder = checkpoints.pathOf(5);
    const files = ['adapter.safetensors', 'config.json', 'moments.safetensors', 'projector.safetensors'];
    files.push('state.json', 'template.json');
    expect(readdirSync(folder).sort()).toEqual([...files.slice(0, 2), 'manifest.json', ...files.slice(2)]);
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { sha256: object };
    expect(Object.keys(manifest.sha256)).toEqual(files);
    expect(checkpoints.newest(unsaid)).toEqual({ folder, state: state(5) });
  });

  it('finds a flipped bit in any byte of any file, and names the file', async () => {
    const checkpoints = fresh();
    await save(checkpoints, state(5));
    const folder = checkpoints.pathOf(5);
    let flipped = 0;
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const bytes = readFileSync(path);
      for (let at = 0; at < bytes.length; at++) {
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1 << (at % 8);
        writeFileSync(path, changed);
        expect(findDamage(folder)).toBe(`${name} does not match its hash`);
        flipped++;
      }
      writeFileSync(path, bytes);
    }
    expect(flipped).toBeGreaterThan(1500);
    expect(findDamage(folder)).toBeUndefined();
  });

  it('passes over damaged checkpoints, naming them', async () => {
    const checkpoints = fresh();
    for (const step of [1, 2, 3]) await save(checkpoints, state(step), 3);
    rmSync(join(checkpoints.pathOf(3), 'manifest.json'));
    rmSync(join(checkpoints.pathOf(2), 'projector.safetensors'));
    const lines: string[] = [];
    expect(checkpoints.newest((line) => lines.push(line))?.state.step).toBe(1);
    expect(lines).toEqual([
      `checkpoint ${checkpoints.pathOf(3)} is damaged (manifest.json is missing); trying the one before it`,
      `checkpoint ${checkpoints.pathOf(2)} is damaged (projector.safetensors is missing); trying the one before it`,
    ]);
  });

  it('keeps the newest ones, and the best that they go back to', async () => {
    const checkpoints = fresh();
    const best = (step: number) => ({ validation: { best: { step, loss: 1 }, sinceBest: 0, stopped: false } });
    for (const step of [1, 2]) await save(checkpoints, state(step, best(2)));
    for (const step of [3, 4, 5]) await save(checkpoints, state(step, best(2)));
    expect(checkpoints.steps()).toEqual([2, 4, 5]);
    await save(checkpoints, state(6, best(6)));
    expect(checkpoints.steps()).toEqual([2, 5, 6]);
    await save(checkpoints, state(7, best(6)));
    expect(checkpoints.steps()).toEqual([6, 7]);
  });

  it('leaves what was there, and nothing else, wherever the disk becomes full', async () => {
    const checkpoints = fresh();
    for (const step of [1, 2]) await save(checkpoints, state(step));
    let writes = 0;
    for (; ; writes++) {
      disk.room = writes;
      const full = await save(checkpoints, state(3)).catch((error: NodeJS.ErrnoException) => error);
      disk.room = Infinity;
      if (!full) break;
      expect(full.code).toBe('ENOSPC');
      expect(readdirSync(checkpoints.folder).sort()).toEqual(['step-00000001', 'step-00000002']);
      expect(checkpoints.newest(unsaid)?.state.step).toBe(2);
    }
    expect(writes).toBeGreaterThan(10);
    expect(checkpoints.steps()).toEqual([2, 3]);
  });

  it('clears what killed writers left, of whichever step', async () => {
    const checkpoints = fresh();
    await save(checkpoints, state(1));
    const gone = 2 ** 22 + 1; // above any process id
    for (const name of [`.step-00000009.tmp-${gone}`, `.step-00000001.old-${gone}`])
      cpSync(checkpoints.pathOf(1), join(checkpoints.folder, name), { recursive: true });
    const foreign = join(checkpoints.folder, '.step-00000009.tmp-1');
    mkdirSync(foreign);
    checkpoints.sweep();
    expect(readdirSync(checkpoints.folder).sort()).toEqual(['.step-00000009.tmp-1', 'step-00000001']);
  });
});
