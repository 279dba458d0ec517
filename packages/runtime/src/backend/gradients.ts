import Module, { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Parts of the union package that nothing here uses: 10 MB of memory. */
const unused = ['tfjs-layers', 'tfjs-converter', 'tfjs-data', 'tfjs-backend-webgl'];

/**
 * Registers tfjs's gradients. tfjs-core's CommonJS build comes without them and its module build can't be loaded by
 * Node; the union package that tfjs-node depends on registers them all with the same tfjs-core.
 */
export function loadGradients(): void {
  const fromTfjsNode = createRequire(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
  const fromUnion = createRequire(fromTfjsNode.resolve('@tensorflow/tfjs'));
  for (const name of unused) leaveOut(fromUnion.resolve(`@tensorflow/${name}`));
  fromTfjsNode('@tensorflow/tfjs');
}

/** Lets whoever requires that file get an empty module, unless it is loaded already. */
function leaveOut(path: string): void {
  if (require.cache[path]) return;
  const empty = new Module(path);
  empty.loaded = true;
  require.cache[path] = empty;
}
