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
  const union = fromTfjsNode.resolve('@tensorflow/tfjs');
  const fromUnion = createRequire(union);
  const parts = unused.map((name) => fromUnion.resolve(`@tensorflow/${name}`)).filter((path) => !require.cache[path]);
  for (const path of parts) require.cache[path] = emptyModule(path);
  fromTfjsNode('@tensorflow/tfjs');
  for (const path of [...parts, union]) delete require.cache[path]; // whoever else asks for them gets them whole
}

function emptyModule(path: string): NodeJS.Module {
  const empty = new Module(path);
  empty.loaded = true;
  return empty;
}
