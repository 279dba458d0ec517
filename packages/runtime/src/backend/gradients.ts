import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Registers tfjs's gradients. tfjs-core's CommonJS build comes without them and its module build can't be loaded by
 * Node; the union package that tfjs-node depends on registers them all with the same tfjs-core.
 */
export function loadGradients(): void {
  const fromTfjsNode = createRequire(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
  fromTfjsNode('@tensorflow/tfjs');
}
