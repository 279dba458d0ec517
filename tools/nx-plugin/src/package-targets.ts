import { basename } from 'node:path';
import type { TargetConfiguration } from '@nx/devkit';
import { cli, environment } from './stage-target';

/** Targets of a package or dataset: its tests, its types; and `provision` of the runtime. */
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
  return targets;
}
