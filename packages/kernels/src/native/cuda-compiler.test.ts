import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandRunner } from '@moslora/runtime';
import { expect, it } from 'vitest';
import { findCudaCompiler } from './cuda-compiler';
import { describeUse, registerUse } from './register-use';

const withRuntime = mkdtempSync(join(tmpdir(), 'cuda-'));
writeFileSync(join(withRuntime, 'libcudart_static.a'), '');
const without = join(withRuntime, 'empty');
mkdirSync(without);

/** A machine with these compilers, by path, and the folders that their linkers look into. */
function machine(compilers: Record<string, string[]>): { run: CommandRunner; asked: string[] } {
  const asked: string[] = [];
  const run: CommandRunner = async (program, args) => {
    asked.push(program);
    const folders = compilers[program];
    if (!folders) return { code: null, stdout: '', stderr: `spawn ${program} ENOENT` };
    if (args.includes('--version'))
      return { code: 0, stdout: 'Cuda compilation tools, release 12.4, V12.4.131', stderr: '' };
    return { code: 0, stdout: '', stderr: `#$ LIBRARIES=${folders.map((folder) => `"-L${folder}"`).join(' ')}\n` };
  };
  return { run, asked };
}

it('takes the nvcc that NVCC names, else CUDA_HOME’s, else the one on the PATH, else the usual place’s', async () => {
  const everywhere = Object.fromEntries(
    ['/mine', '/home/bin/nvcc', 'nvcc', '/usr/local/cuda/bin/nvcc'].map((program) => [program, [without, withRuntime]]),
  );
  const found = async (env: Record<string, string>, gone: string[] = []): Promise<string | undefined> => {
    const left = Object.fromEntries(Object.entries(everywhere).filter(([program]) => !gone.includes(program)));
    return (await findCudaCompiler(machine(left).run, env))?.program;
  };
  expect(await found({ NVCC: '/mine', CUDA_HOME: '/home' })).toBe('/mine');
  expect(await found({ NVCC: '/mine', CUDA_HOME: '/home' }, ['/mine'])).toBe('/home/bin/nvcc');
  expect(await found({})).toBe('nvcc');
  expect(await found({}, ['nvcc'])).toBe('/usr/local/cuda/bin/nvcc');
  expect(await found({}, Object.keys(everywhere))).toBeUndefined();
});

it('wants the static runtime beside it, and gives version and folder', async () => {
  const { run, asked } = machine({ nvcc: [without], '/usr/local/cuda/bin/nvcc': [without, withRuntime] });
  expect(await findCudaCompiler(run, {})).toEqual({
    program: '/usr/local/cuda/bin/nvcc',
    version: '12.4',
    libraries: withRuntime,
  });
  expect(asked).toEqual(['nvcc', 'nvcc', '/usr/local/cuda/bin/nvcc', '/usr/local/cuda/bin/nvcc']);
});

it('sums up what ptxas says of registers', () => {
  const output = `ptxas info    : Compiling entry function '_Z3add' for 'sm_80'
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 28 registers, used 0 barriers, 904 bytes cmem[0]
    8 bytes stack frame, 4 bytes spill stores, 4 bytes spill loads
ptxas info    : Used 255 registers, used 0 barriers`;
  expect(describeUse('sum.cu', registerUse(output))).toBe('sum.cu: 2 kernels, 255 registers at most, 4 bytes spilled');
  expect(describeUse('stream.cc', registerUse(''))).toBe('stream.cc');
});
