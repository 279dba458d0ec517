import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { EngineInfo } from '@moslora/kernels';
import { root } from './paths';

/** Versions of everything that a number may depend on, for run.json. */
export function versions(backend?: EngineInfo): Record<string, string> {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const tfjs = createRequire(import.meta.url)('@tensorflow/tfjs-core/package.json') as { version: string };
  return {
    moslora: own.version,
    node: process.versions.node,
    ...(backend && { tfjs: tfjs.version, library: backend.library, kernels: backend.kernels.level ?? 'plain' }),
  };
}
