import { existsSync, mkdirSync, readdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lastProvisionFailure, type CommandResult, type CommandRunner, type NativePaths } from '@moslora/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addonProblem } from './addon-manifest';
import { addonPath } from './addon-path';
import { wantedBuild } from './addon-target';
import { cpuLevel } from './cpu-level';
import { done, failed, library, machine } from './provision-fixture';
import { provisionKernels, type KernelsProvision } from './provision-kernels';

beforeEach(() => {
  for (const name of ['MOSLORA_KERNELS', 'MOSLORA_CPU_LEVEL']) vi.stubEnv(name, '');
});
afterEach(() => vi.unstubAllEnvs());

const tools = { compiler: 'g++', make: true, nvidia: false, nvcc: undefined };
const placeIn = (paths: NativePaths): string => addonPath(paths, wantedBuild('cpu'));

async function provision(
  run: CommandRunner,
  paths: NativePaths | undefined,
  more: Parameters<typeof provisionKernels>[0] = {},
): Promise<KernelsProvision & { lines: string[] }> {
  const lines: string[] = [];
  const result = await provisionKernels({ tools, run, paths, log: (line) => lines.push(line), ...more });
  return { ...result, lines };
}

const kernelFolders = (paths: NativePaths): string[] =>
  readdirSync(dirname(paths.root)).filter((name) => name.startsWith('kernels'));

it('builds, tries, and leaves one whole folder; later it only tries', async () => {
  const paths = library();
  const { run, calls } = machine();
  const first = await provision(run, paths);
  expect(first).toMatchObject({ ok: true, level: cpuLevel(), ops: ['MosloraOne'] });
  expect(first.steps.map(({ outcome }) => outcome)).toEqual(['done']);
  expect(kernelFolders(paths)).toEqual([dirname(placeIn(paths)).split('/').at(-1)]);
  expect(addonProblem(placeIn(paths))).toBeUndefined();
  expect(await provision(run, paths)).toMatchObject({ ok: true, lines: [], steps: [{ outcome: 'not needed' }] });
  expect(calls).toMatchObject({ gyp: 1, trial: 2 });
});

it('does the work once when two start together', async () => {
  const paths = library();
  const { run, calls } = machine();
  const results = await Promise.all([provision(run, paths), provision(run, paths)]);
  expect(results.map(({ ok }) => ok)).toEqual([true, true]);
  expect(calls.gyp).toBe(1);
  expect(results.flatMap(({ lines }) => lines)).toContain('another process is building the fused ops: waiting for it');
});

it('repairs an addon that was cut short, and one that does not load', async () => {
  const paths = library();
  await provision(machine().run, paths);
  truncateSync(placeIn(paths), 10);
  expect(addonProblem(placeIn(paths))).toBe('damaged');
  const { run, calls } = machine();
  expect(await provision(run, paths)).toMatchObject({ ok: true });
  expect(calls).toMatchObject({ gyp: 1, trial: 1 });
  const glibc = machine({
    trial: (call) => (call <= 2 ? failed("Error: version `GLIBC_2.99' not found") : done('answer ["MosloraOne"]\n')),
  });
  expect(await provision(glibc.run, paths)).toMatchObject({ ok: true });
  expect(glibc.calls).toMatchObject({ gyp: 1, trial: 3 });
  expect(kernelFolders(paths)).toHaveLength(1);
});

describe('without the fused ops', () => {
  type Machine = Parameters<typeof machine>[0];
  const crash: CommandResult = { code: null, stdout: '', stderr: 'node was ended by SIGSEGV' };
  const cases: [string, Machine, Parameters<typeof provisionKernels>[0], RegExp][] = [
    [
      'the compiler is missing',
      {},
      { tools: { ...tools, compiler: undefined, make: false } },
      /^a C\+\+ compiler \(g\+\+\), make missing$/,
    ],
    ['the compiler fails', { gyp: 'x.cc:1:2: error: no\nmake: failed' }, {}, /^x\.cc:1:2: error: no$/],
    [
      'the addon crashes',
      { trial: () => crash },
      {},
      /^the addon was built but does not work: node was ended by SIGSEGV$/,
    ],
  ];

  it.each(cases)('says in one line that the plain ops will be used when %s', async (_, overrides, more, reason) => {
    const paths = library();
    const result = await provision(machine(overrides).run, paths, more);
    expect(result).toMatchObject({ ok: false, ops: [] });
    expect(result.reason).toMatch(reason);
    expect(result.lines.at(-1)).toBe(`the plain ops will be used in place of the fused ones: ${result.reason}`);
    expect(lastProvisionFailure(dirname(paths.root), 'kernels')).toBe(result.reason);
    expect(kernelFolders(paths)).toEqual(['kernels-failure.txt']);
    expect(await provision(machine().run, paths)).toMatchObject({ ok: true });
    expect(lastProvisionFailure(dirname(paths.root), 'kernels')).toBeUndefined();
  });

  it('says so without a library, without its headers, and where they are not wanted', async () => {
    const { run, calls } = machine();
    expect((await provision(run, undefined)).reason).toBe('there is no native library to run them in');
    const stock: NativePaths = { ...library(), flavour: 'stock', include: '/nowhere' };
    expect((await provision(run, stock)).reason).toBe("the native library came without TensorFlow's headers (stock)");
    vi.stubEnv('MOSLORA_KERNELS', 'plain');
    expect(await provision(run, library())).toMatchObject({
      ...{ ok: false, reason: 'MOSLORA_KERNELS=plain', lines: [] },
      steps: [{ outcome: 'not needed' }],
    });
    expect(calls).toMatchObject({ gyp: 0, trial: 0 });
  });
});

it('builds the level that MOSLORA_CPU_LEVEL names, and refuses others', async () => {
  const paths = library();
  vi.stubEnv('MOSLORA_CPU_LEVEL', 'portable');
  expect(await provision(machine().run, paths)).toMatchObject({ ok: true, level: 'portable' });
  expect(kernelFolders(paths)[0]).toMatch(/^kernels-[0-9a-f]{12}-portable-library$/);
  expect(() => cpuLevel(['avx2', 'fma', 'f16c'], 'avx512')).toThrow(
    /lacks what that level needs\n {2}where +MOSLORA_CPU_LEVEL\n {2}got +avx512\n {2}expected avx2, portable/,
  );
  expect(() => cpuLevel([], 'fast')).toThrow(/Unknown level of the processor[^]*got +fast\n {2}expected portable/);
});

it('removes addons of other sources that nobody used for 30 days', async () => {
  const paths = library();
  const old = (hash: string, days: number, level: string = cpuLevel()): string => {
    const folder = join(dirname(paths.root), `kernels-${hash}-${level}-library`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'manifest.json'), '{}');
    const when = new Date(Date.now() - days * 24 * 3600_000);
    utimesSync(join(folder, 'manifest.json'), when, when);
    return folder;
  };
  const [unused, used, otherLevel] = [
    old('0123456789ab', 31),
    old('ba9876543210', 29),
    old('0123456789ab', 99, 'other'),
  ];
  await provision(machine().run, paths);
  expect([unused, used, otherLevel].map(existsSync)).toEqual([false, true, true]);
});

it('prints the steps of a dry run and does none', async () => {
  const paths = library();
  const { run, calls } = machine();
  const { lines, ...result } = await provision(run, paths, { dryRun: true });
  expect(lines[0]).toBe(`then: build the fused ops for ${cpuLevel()}`);
  expect(lines.at(-1)).toBe(`     put it at ${placeIn(paths)}`);
  expect(result).toMatchObject({ ok: false, steps: [{ outcome: 'planned' }] });
  const without = await provision(run, paths, { dryRun: true, tools: { ...tools, compiler: undefined } });
  expect(without.lines[0]).toMatch(/ - impossible: a C\+\+ compiler \(g\+\+\) missing$/);
  expect(calls).toMatchObject({ gyp: 0, trial: 0 });
});
