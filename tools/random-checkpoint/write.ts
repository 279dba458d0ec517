import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { indexFile, shardIndex, writeFileAtomic } from '@moslora/checkpoint';
import { randomShards } from './random-checkpoint';
import { shapes } from './shapes';

// A folder with random weights in a published model's shape: npx tsx tools/random-checkpoint/write.ts llama2-7b DIR [--layers 4]
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    layers: { type: 'string' },
    seed: { type: 'string', default: '1' },
    'shard-gb': { type: 'string', default: '2' },
  },
});
const [name = '', dir] = positionals;
const shapeOf = shapes[name];
if (shapeOf === undefined || dir === undefined) {
  console.error(`usage: write.ts ${Object.keys(shapes).join('|')} DIR [--layers N] [--seed N] [--shard-gb N]`);
  process.exit(2);
}
const shape = shapeOf(values.layers === undefined ? undefined : Number(values.layers));
mkdirSync(dir, { recursive: true });
const shards = randomShards(dir, shape, Number(values['shard-gb']) * 1e9, Number(values.seed));
for (const shard of shards) {
  shard.write();
  console.log(shard.path);
}
if (shards.length > 1) {
  const files = shards.map(({ path, tensors }) => [path.slice(dir.length + 1), tensors] as const);
  writeFileAtomic(join(dir, indexFile), shardIndex(files));
}
writeFileAtomic(join(dir, 'config.json'), `${JSON.stringify(shape.config, null, 2)}\n`);
