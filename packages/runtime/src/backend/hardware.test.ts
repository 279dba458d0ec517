import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeNative, describeWasm } from './backend-info';
import { cpuFeatures, cpuModel, gpuNames, hasNvidiaDriver } from './hardware';
import { tellThreads, threadCount } from './threads';

const folder = mkdtempSync(join(tmpdir(), 'proc-'));

it('reads the processor from /proc/cpuinfo', () => {
  const cpuinfo = join(folder, 'cpuinfo');
  writeFileSync(
    cpuinfo,
    'processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\nflags\t\t: fpu sse avx fma avx2 avx512f amx_bf16 amx_tile\n',
  );
  expect(cpuFeatures(cpuinfo)).toEqual(['avx', 'fma', 'avx2', 'avx512f', 'amx_tile', 'amx_bf16']);
  expect(cpuModel(cpuinfo)).toBe('Some CPU @ 2 GHz');
  expect(cpuFeatures(join(folder, 'none'))).toEqual([]);
});

it('reads the GPUs from the NVIDIA driver', () => {
  const proc = join(folder, 'nvidia');
  expect(hasNvidiaDriver(proc)).toBe(false);
  mkdirSync(join(proc, 'gpus', '0000:01:00.0'), { recursive: true });
  writeFileSync(join(proc, 'version'), 'NVRM version: 580\n');
  writeFileSync(join(proc, 'gpus', '0000:01:00.0', 'information'), 'Model: \t\t NVIDIA H200\nIRQ: 1\n');
  expect(hasNvidiaDriver(proc)).toBe(true);
  expect(gpuNames(proc)).toEqual(['NVIDIA H200']);
});

it('takes the number of threads from MOSLORA_THREADS, and tells TensorFlow', () => {
  expect(threadCount({ TF_NUM_INTRAOP_THREADS: '3' })).toBe(3);
  expect(threadCount({})).toBeGreaterThanOrEqual(1);
  const env = { MOSLORA_THREADS: '5', TF_NUM_INTRAOP_THREADS: '3' };
  expect(threadCount(env)).toBe(5);
  tellThreads(env);
  expect(env).toMatchObject({ TF_NUM_INTRAOP_THREADS: '5', TF_NUM_INTEROP_THREADS: '1' });
});

it('refuses what is not a number of threads', () => {
  expect(() => threadCount({ MOSLORA_THREADS: 'all' })).toThrow(
    /not a number of threads\n {2}where +MOSLORA_THREADS\n {2}got +all\n {2}expected a whole number from 1 to 1024/,
  );
});

it('says in one line what computes, and why', () => {
  expect(describeNative('2.21.0', false, true).summary).toMatch(
    /^native: TensorFlow 2\.21\.0 on CPU, \d+ threads?.*, fast math$/,
  );
  expect(describeWasm('4.22.0', true, 'no native library: make missing').summary).toBe(
    'wasm: tfjs WebAssembly 4.22.0 with SIMD, 1 thread (no native library: make missing)',
  );
});
