import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { backendInfo, isNative, memoryReport, nativePaths, readScalars, startBackend, tf } from '../index';
import { noteProvisionFailure } from '../provision/failure-note';
import { cpuFeatures } from './hardware';

const emptyCache = mkdtempSync(join(tmpdir(), 'cache-'));
const there = nativePaths() !== undefined;
if (!there) process.stderr.write('skipped: the native library is not provisioned (npx nx run runtime:provision)\n');

afterEach(() => vi.unstubAllEnvs());

const gradientWorks = (): void => {
  const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  const gradient = tf.grad((y) => tf.sum(tf.matMul(y as tf.Tensor2D, y as tf.Tensor2D)))(x);
  expect(Array.from(gradient.dataSync())).toEqual([7, 11, 9, 13]);
  tf.dispose([x, gradient]);
};

it('refuses an unknown MOSLORA_BACKEND by listing the known ones', async () => {
  vi.stubEnv('MOSLORA_BACKEND', 'gpu');
  await expect(startBackend()).rejects.toThrow(
    /Unknown backend\n {2}where +MOSLORA_BACKEND\n {2}got +gpu\n {2}expected +auto, native, wasm/,
  );
  expect(() => backendInfo()).toThrow('no backend runs yet');
});

it('fails when the native backend is demanded and there is none', async () => {
  vi.stubEnv('XDG_CACHE_HOME', emptyCache);
  await expect(startBackend({ backend: 'native' })).rejects.toThrow(
    /native backend is demanded[^]*nx run runtime:provision/,
  );
});

it('falls back to WebAssembly, with the reason that provisioning left, and computes gradients', async () => {
  vi.stubEnv('XDG_CACHE_HOME', emptyCache);
  noteProvisionFailure('no native library:\n make missing');
  const lines: string[] = [];
  const listeners = process.listenerCount('uncaughtException');
  const info = await startBackend({ backend: 'auto', log: (line) => lines.push(line) });
  expect(lines).toEqual([info.summary]);
  expect(info).toMatchObject({ backend: 'wasm', reason: 'no native library: make missing', threads: 1 });
  expect(info.summary).not.toContain('\n');
  expect(process.listenerCount('uncaughtException')).toBe(listeners);
  expect(backendInfo()).toBe(info);
  expect(isNative()).toBe(false);
  gradientWorks();
});

describe.skipIf(!there)('the native backend', () => {
  it('takes over when asked for by name, and gives back', async () => {
    const info = await startBackend({ backend: 'native' });
    expect(info).toMatchObject({ backend: 'native', library: expect.stringMatching(/^TensorFlow \d/) as string });
    expect(isNative()).toBe(true);
    expect(await startBackend()).toBe(info);
    gradientWorks();
    expect((await startBackend({ backend: 'wasm' })).backend).toBe('wasm');
    expect(isNative()).toBe(false);
    await startBackend({ backend: 'native' });
  });

  it('writes nothing but our own lines to the terminal, and leaves standard error open', () => {
    const child = inNewProcess(`startBackend({ log: console.log }).then(() => console.error('still open'))`);
    expect(child.stderr.trim()).toBe('still open');
    expect(child.stdout).toMatch(/^native: TensorFlow .+\n$/);
  });

  const amx = cpuFeatures().includes('amx_bf16');
  if (!amx) process.stderr.write('skipped: fast math rounds factors only on a processor with bf16 products\n');

  it.skipIf(!amx)('rounds the factors of a product to bf16 in fast math only', () => {
    // 256 products of 1 + 2^-9, which bf16 rounds to 1.
    const script = `startBackend().then(({ fastMath }) => {
      const x = tf.fill([1, 256, 256], 1 + 2 ** -9);
      console.log(fastMath, Math.floor(tf.matMul(x, x).dataSync()[0]));
    })`;
    expect(inNewProcess(script, { MOSLORA_FAST_MATH: '1' }).stdout).toBe('true 256\n');
    expect(backendInfo().fastMath).toBe(false);
    const x = tf.fill<tf.Rank.R3>([1, 256, 256], 1 + 2 ** -9);
    expect(tf.matMul(x, x).dataSync()[0]).toBeCloseTo(257, 1);
  });
});

/** Runs a line of code with what this package exports, in a process where no library is loaded yet. */
function inNewProcess(code: string, variables: Record<string, string> = {}): { stdout: string; stderr: string } {
  const index = JSON.stringify(join(import.meta.dirname, '..', 'index.ts'));
  const script = `import { startBackend, tf } from ${index}; void tf; ${code};`;
  const env = { ...process.env, MOSLORA_BACKEND: 'native', ...variables };
  return spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    encoding: 'utf8',
    env,
  });
}

it('reports memory and reads many scalars at once', async () => {
  await startBackend();
  const before = memoryReport();
  const scalars = [tf.scalar(1.5), tf.scalar(2, 'int32'), tf.scalar(true, 'bool')];
  expect(memoryReport().tensors).toBe(before.tensors + 3);
  expect(memoryReport().tensorBytes).toBe(before.tensorBytes + 9);
  expect(readScalars(scalars)).toEqual(Float32Array.of(1.5, 2, 1));
  expect(readScalars([])).toEqual(new Float32Array(0));
  tf.dispose(scalars);
  expect(memoryReport().tensors).toBe(before.tensors);
  expect(before.peakRssBytes).toBeGreaterThanOrEqual(before.rssBytes);
  expect(before.rssBytes).toBeGreaterThan(5e7);
});

it('leaves all of tfjs to others who ask for it', async () => {
  await startBackend();
  const fromTfjsNode = createRequire(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json'));
  const { layers, data, loadGraphModel } = fromTfjsNode('@tensorflow/tfjs') as Record<string, unknown>;
  expect([typeof layers, typeof data, typeof loadGraphModel]).toEqual(['object', 'object', 'function']);
  gradientWorks();
});
