import { mkdirSync, mkdtempSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipArchive } from '@moslora/checkpoint';
import { expect, it } from 'vitest';
import type { CommandResult, CommandRunner } from './command';
import { lastProvisionFailure } from './failure-note';
import type { Facts } from './facts';
import { nativePaths } from './native-paths';
import { provisionNative, type ProvisionResult } from './provision-native';

const wheel = zipArchive({
  'tensorflow/libtensorflow_cc.so.2': Buffer.alloc(100_000, 'library'),
  'tensorflow/libtensorflow_framework.so.2': 'framework',
  'tensorflow/include/tensorflow/c/c_api.h': '',
});

const done = (stdout = ''): CommandResult => ({ code: 0, stdout, stderr: '' });
const failed = (stderr: string): CommandResult => ({ code: 1, stdout: '', stderr });

/** A machine where every program succeeds, but for those given. */
function machine(overrides: { pip?: (call: number) => Buffer | string; gyp?: string; probe?: CommandResult } = {}) {
  const calls = { pip: 0, gyp: 0, probe: 0, stock: 0 };
  const run: CommandRunner = async (program, args, options) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (args.includes('download') && args.includes('pip')) {
      const got = overrides.pip?.(++calls.pip) ?? wheel;
      if (typeof got === 'string') return failed(got);
      const folder = args.find((arg) => arg.startsWith('--dest='))!.slice('--dest='.length);
      writeFileSync(join(folder, 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl'), got);
      return done();
    }
    if (args.includes('rebuild')) {
      calls.gyp++;
      if (overrides.gyp !== undefined) return failed(overrides.gyp);
      mkdirSync(join(options!.cwd!, 'build', 'Release'), { recursive: true });
      for (const name of ['tfjs_binding.node', 'loader.node'])
        writeFileSync(join(options!.cwd!, 'build', 'Release', name), name);
      return done();
    }
    if (args[0] === '-e') {
      calls.probe++;
      return overrides.probe ?? done('answer {"version":"2.21.0","gpu":false,"values":[7,10,15,22]}\n');
    }
    if (args.some((arg) => arg.endsWith('install.js'))) {
      calls.stock++;
      return failed('Error: network refused');
    }
    throw new Error(`unexpected command: ${program} ${args.join(' ')}`);
  };
  return { run, calls };
}

function facts(changes: Partial<Facts> = {}): Facts {
  const cache = join(mkdtempSync(join(tmpdir(), 'provision-')), 'native');
  return {
    platform: 'linux',
    arch: 'x64',
    cache,
    present: undefined,
    nvidia: false,
    pip: ['python3', '-m', 'pip'],
    compiler: 'g++',
    make: true,
    nodeHeaders: '/usr',
    ...changes,
  };
}

async function provision(run: CommandRunner, known: Facts): Promise<ProvisionResult & { lines: string[] }> {
  const lines: string[] = [];
  const result = await provisionNative({ run, facts: known, cache: known.cache, log: (line) => lines.push(line) });
  return { ...result, lines };
}

it('downloads, unpacks, builds, tries, and leaves one whole folder', async () => {
  const known = facts();
  const { run } = machine();
  const result = await provision(run, known);
  expect(result.ok).toBe(true);
  expect(result.steps.map((step) => step.outcome)).toEqual(['impossible', 'done']);
  expect(readdirSync(known.cache)).toEqual([result.paths!.key]);
  expect(nativePaths(known.cache)).toEqual(result.paths);
  expect(readdirSync(result.paths!.lib).sort()).toEqual([
    'include',
    'libtensorflow_cc.so',
    'libtensorflow_cc.so.2',
    'libtensorflow_framework.so',
    'libtensorflow_framework.so.2',
  ]);
  truncateSync(join(result.paths!.lib, 'libtensorflow_cc.so.2'), 10);
  expect(nativePaths(known.cache)).toBeUndefined();
});

it('does the work once when two start together', async () => {
  const known = facts();
  const { run, calls } = machine();
  const results = await Promise.all([provision(run, known), provision(run, known)]);
  expect(results.map((result) => result.ok)).toEqual([true, true]);
  expect(calls).toEqual({ pip: 0, gyp: 1, probe: 1, stock: 0 });
  expect(results.flatMap((result) => result.lines)).toContain(
    'another process is providing the native library: waiting for it',
  );
});

it('fetches a cut-off wheel once more', async () => {
  const { run, calls } = machine({ pip: (call) => (call === 1 ? wheel.subarray(0, 500) : wheel) });
  const result = await provision(run, facts());
  expect(result.ok).toBe(true);
  expect(calls.pip).toBe(2);
  expect(result.lines.join('\n')).toMatch(/is cut short .*; downloading it again/);
});

const failures: [string, Parameters<typeof machine>[0], Partial<Facts>, RegExp][] = [
  [
    'pip is missing',
    {},
    { pip: undefined },
    /python3 with pip missing; tfjs-node's install script failed: Error: network refused$/,
  ],
  ['the compiler is missing', {}, { compiler: undefined }, /a C\+\+ compiler \(g\+\+\) missing; /],
  [
    'pip finds no wheel',
    { pip: () => 'ERROR: No matching distribution found' },
    {},
    /pip could not download tensorflow-cpu==2\.21\.0: ERROR: No matching/,
  ],
  ['the wheel stays cut off', { pip: () => wheel.subarray(0, 500) }, {}, /\.whl is cut short/],
  [
    'the compiler fails',
    { gyp: 'x.cc:1:10: fatal error: y.h: No such file\nmake failed' },
    {},
    /node-gyp could not build the binding: x\.cc:1:10: fatal error: y\.h/,
  ],
  [
    'the binding crashes',
    { probe: { code: null, stdout: '', stderr: 'node was ended by SIGILL' } },
    {},
    /the binding does not load: node was ended by SIGILL/,
  ],
  [
    'the binding miscalculates',
    { probe: done('answer {"version":"1","gpu":false,"values":[0]}') },
    {},
    /the binding computes 0 for 7,10,15,22/,
  ],
];

it.each(failures)('stays with WebAssembly and says why in one line when %s', async (_, overrides, changes, reason) => {
  const known = facts(changes);
  const { run, calls } = machine(overrides);
  const result = await provision(run, known);
  expect(result.ok).toBe(false);
  expect(result.reason).toMatch(/^no native library: /);
  expect(result.reason).toMatch(reason);
  expect(result.reason).not.toContain('\n');
  expect(calls.stock).toBe(1);
  expect(readdirSync(known.cache)).toEqual(['last-failure.txt']);
  expect(lastProvisionFailure(known.cache)).toBe(result.reason);
  expect(nativePaths(known.cache)).toBeUndefined();
});

it('leaves the CUDA wheel for the CPU one when no GPU can be used', async () => {
  const { run, calls } = machine();
  const result = await provision(run, facts({ nvidia: true }));
  expect(result.paths?.flavour).toBe('cpu');
  expect(result.steps.map((step) => [step.outcome, step.detail])[1]).toEqual([
    'failed',
    'the CUDA library loads but finds no GPU it can use',
  ]);
  expect(calls.gyp).toBe(2);
});

it('prints every step of a dry run and does none', async () => {
  const known = facts();
  const { run, calls } = machine();
  const lines: string[] = [];
  const result = await provisionNative({
    dryRun: true,
    run,
    facts: known,
    cache: known.cache,
    log: (line) => lines.push(line),
  });
  expect(calls).toEqual({ pip: 0, gyp: 0, probe: 0, stock: 0 });
  expect(result).toMatchObject({ ok: false, reason: 'dry run: nothing was done' });
  expect(lines.filter((line) => /^\d\. /.test(line))).toEqual([
    '1. use the library that is there - impossible: none is there yet',
    "2. build the binding against TensorFlow 2.21.0's CPU wheel - this one first",
    "3. take tfjs-node 4.22.0's own download (TensorFlow 2.9)",
    '4. run on WebAssembly',
  ]);
});
