import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { lastProvisionFailure, type CommandResult } from '@moslora/runtime';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { addonPath } from './addon-path';
import { isForNvcc } from './device-code';
import { done, failed, library, machine } from './provision-fixture';
import { provisionKernels } from './provision-kernels';
import { compiledSources } from './sources';

beforeEach(() => {
  for (const name of ['MOSLORA_KERNELS', 'MOSLORA_CPU_LEVEL']) vi.stubEnv(name, '');
});
afterEach(() => vi.unstubAllEnvs());

const nvcc = { program: 'nvcc', version: '13.0', libraries: '/cuda/lib64' };
const tools = { compiler: 'g++', make: true, nvidia: true, nvcc };
const deviceFiles = compiledSources('cuda').filter(isForNvcc);
const staging = (folder: string): string[] => readdirSync(folder).filter((name) => name.includes('staging'));

it('compiles every device file for both architectures, links, and tries an addition on the GPU', async () => {
  const paths = library('cuda');
  const compiled: (readonly string[])[] = [];
  const scripts: string[] = [];
  const { run, calls } = machine({ nvcc: (args) => (compiled.push(args), done()) });
  const watched: typeof run = (program, args, options) => {
    if (args[0] === '-e') scripts.push(args[1]!);
    return run(program, args, options);
  };
  const result = await provisionKernels({ tools, run: watched, paths });
  expect(result).toMatchObject({ ok: true, level: 'cuda', ops: ['MosloraOne'], steps: [{ outcome: 'done' }] });
  expect(result.steps[0]!.title).toBe('build the fused ops for NVIDIA GPUs (sm_80, sm_90 and PTX)');
  expect(existsSync(addonPath(paths, { target: 'cuda', sanitized: false }))).toBe(true);
  expect(calls).toEqual({ gyp: 1, trial: 1, nvcc: deviceFiles.length });
  const files = compiled.map((args) => args[args.indexOf('-c') + 1]);
  expect(files.sort()).toEqual(deviceFiles);
  for (const architecture of ['compute_80,code=sm_80', 'compute_90,code=sm_90', 'compute_90,code=compute_90'])
    expect(compiled[0]).toContain(`-gencode=arch=${architecture}`);
  expect(scripts[0]).toContain('MosloraSum');
});

const cases: [string, Parameters<typeof machine>[0], Partial<typeof tools>, RegExp][] = [
  ['nvcc is missing', {}, { nvcc: undefined! }, /^NVIDIA's compiler \(nvcc\) missing$/],
  [
    'nvcc fails',
    { nvcc: () => failed("sum.cu(7): error: identifier 'x' is undefined\n1 error detected") },
    {},
    /^sum\.cu\(7\): error: identifier 'x' is undefined$/,
  ],
  ['nvcc says nothing', { nvcc: () => failed('') }, {}, /^nvcc ended with 1 at native\/cuda\/\S+$/],
  [
    'the driver is older than nvcc',
    { trial: (): CommandResult => failed('Error: CUDA: CUDA driver version is insufficient for CUDA runtime version') },
    {},
    /^the addon was built but does not work: Error: CUDA: CUDA driver version is insufficient/,
  ],
];

it.each(cases)('says in one line that the plain ops will be used when %s', async (_, overrides, more, reason) => {
  const paths = library('cuda');
  const lines: string[] = [];
  const { run, calls } = machine(overrides);
  const log = (line: string): number => lines.push(line);
  const result = await provisionKernels({ tools: { ...tools, ...more }, run, paths, log });
  expect(result).toMatchObject({ ok: false, level: 'cuda', ops: [] });
  expect(result.reason).toMatch(reason);
  expect(lines.at(-1)).toBe(`the plain ops will be used in place of the fused ones: ${result.reason}`);
  expect(lastProvisionFailure(dirname(paths.root), 'kernels')).toBe(result.reason);
  expect(staging(dirname(paths.root))).toEqual([]);
  expect(calls.nvcc).toBeLessThanOrEqual(deviceFiles.length);
});

it('plans a GPU’s addon where a driver is, before there is a library', async () => {
  const lines: string[] = [];
  const { run } = machine();
  const log = (line: string): number => lines.push(line);
  await provisionKernels({ tools, run, paths: undefined, dryRun: true, log });
  expect(lines).toEqual([
    'then: build the fused ops for NVIDIA GPUs (sm_80, sm_90 and PTX)',
    `     compile ${deviceFiles.length} files with nvcc 13.0 for sm_80, sm_90 and PTX`,
    `     compile ${compiledSources('cuda').length - deviceFiles.length} files with node-gyp and link them all`,
    '     load the addon in a process of its own and add three vectors',
    '     put it at a folder beside the library',
  ]);
  await provisionKernels({ tools: { ...tools, nvcc: undefined }, run, paths: undefined, dryRun: true, log });
  expect(lines[5]).toMatch(/ - impossible: NVIDIA's compiler \(nvcc\) missing$/);
});
