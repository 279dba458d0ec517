import { basename } from 'node:path';
import type { TargetConfiguration } from '@nx/devkit';
import { cli, environment } from './stage-target';

/** Targets of a package or dataset: its tests, its types; `provision` of the runtime; what else the kernels are held to. */
export function packageTargets(root: string): Record<string, TargetConfiguration> {
  const inputs = ['{projectRoot}/**/*', '^sources', '{workspaceRoot}/tsconfig*.json'];
  const targets: Record<string, TargetConfiguration> = {
    test: {
      command: `vitest run ${root} --passWithNoTests`,
      cache: true,
      inputs: [...inputs, '{workspaceRoot}/vitest.config.ts', ...environment],
      outputs: [],
      metadata: { description: `Runs the tests of ${root}` },
    },
    typecheck: {
      command: `node tools/nx-plugin/bin/typecheck.mjs ${root}`,
      cache: true,
      inputs,
      outputs: [],
      metadata: { description: `Checks the types of ${root}` },
    },
  };
  if (basename(root) === 'runtime') {
    targets['provision'] = {
      command: `${cli} provision`,
      cache: false,
      metadata: { description: 'Makes the native TensorFlow library and the fused ops available' },
    };
  }
  if (basename(root) === 'kernels') {
    targets['levels'] = {
      command: `tsx ${root}/src/levels-main.ts`,
      cache: false,
      metadata: {
        description: 'Runs the tests at each level of instructions that this processor has, and with the plain ops',
      },
    };
    targets['fuzz'] = {
      command: `tsx ${root}/src/fuzz-main.ts`,
      cache: false,
      metadata: {
        description:
          'Calls the fused ops with random inputs, valid and not, under the address sanitizer (--minutes 10)',
      },
    };
    targets['emulated'] = {
      command: `tsx ${root}/src/emulated-main.ts`,
      cache: false,
      metadata: { description: "Runs the tests with the ops' CUDA code on an emulation of a GPU's blocks" },
    };
    targets['compile-cuda'] = {
      command: `tsx ${root}/src/compile-cuda-main.ts`,
      cache: false,
      metadata: { description: "Compiles and links the ops' CUDA code with nvcc, where there is one; needs no GPU" },
    };
  }
  return targets;
}
