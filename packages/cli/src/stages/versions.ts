import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { EngineInfo } from '@moslora/kernels';
import { root } from './paths';

/** The version of this project. */
export function ownVersion(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

/** Versions of everything that a number may depend on, for run.json. */
export function versions(backend?: EngineInfo): Record<string, string> {
  const tfjs = createRequire(import.meta.url)('@tensorflow/tfjs-core/package.json') as { version: string };
  return {
    moslora: ownVersion(),
    node: process.versions.node,
    ...(backend && { tfjs: tfjs.version, library: backend.library, kernels: backend.kernels.level ?? 'plain' }),
  };
}
