import { expect, it } from 'vitest';
import type { Facts } from './facts';
import { nativePathsFor } from './native-paths';
import { planProvisioning } from './plan';

const capable: Facts = {
  platform: 'linux',
  arch: 'x64',
  cache: '/cache',
  present: undefined,
  nvidia: false,
  pip: ['python3', '-m', 'pip'],
  compiler: 'g++',
  make: true,
  nodeHeaders: '/usr',
};

const open = (facts: Facts): string[] =>
  planProvisioning(facts)
    .filter((way) => !way.blocked)
    .map((way) => way.kind);
const wheels = (facts: Facts): (string | undefined)[] =>
  planProvisioning(facts).flatMap((way) => (way.kind === 'wheel' ? [way.wheel?.accelerator] : []));

it('tries what is there, the wheel, the stock download, WebAssembly, in this order', () => {
  expect(planProvisioning(capable).map((way) => way.kind)).toEqual(['present', 'wheel', 'stock', 'wasm']);
  expect(open(capable)).toEqual(['wheel', 'stock', 'wasm']);
  expect(open({ ...capable, present: nativePathsFor('cpu', '/cache') })).toEqual(['present', 'wheel', 'stock', 'wasm']);
});

it('takes the CUDA wheel first where an NVIDIA driver is', () => {
  expect(wheels(capable)).toEqual(['cpu']);
  expect(wheels({ ...capable, nvidia: true })).toEqual(['cuda', 'cpu']);
  const cuda = planProvisioning({ ...capable, nvidia: true })[1]!;
  expect(cuda.title).toContain('CUDA wheel');
  expect(cuda.actions.join('\n')).toContain('nvidia-* wheels');
});

it('names every tool that is missing', () => {
  const [, wheel] = planProvisioning({ ...capable, pip: undefined, compiler: undefined, make: false });
  expect(wheel!.blocked).toBe('python3 with pip, a C++ compiler (g++), make missing');
  expect(open({ ...capable, make: false })).toEqual(['stock', 'wasm']);
});

it('says where no wheel exists, and which ways nobody has tried', () => {
  expect(planProvisioning({ ...capable, platform: 'win32' })[1]!.blocked).toBe('no such wheel for win32 x64');
  expect(planProvisioning({ ...capable, arch: 'arm64' })[1]!.title).toContain('(untested on this platform)');
  expect(planProvisioning(capable)[1]!.title).not.toContain('untested');
});

it('gives sizes and paths of every action', () => {
  const actions = planProvisioning(capable)[1]!.actions.join('\n');
  expect(actions).toContain('python3 -m pip download tensorflow-cpu==2.21.0, about 274 MB');
  expect(actions).toContain('(about 853 MB) to /cache/tensorflow-2.21.0-cpu-');
  expect(actions).toContain('Node headers in /usr');
  expect(planProvisioning({ ...capable, nodeHeaders: undefined })[1]!.actions.join('\n')).toContain(
    'fetched by node-gyp',
  );
});
