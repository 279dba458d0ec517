import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexFile, shardIndex, WeightFolder } from '@moslora/checkpoint';
import { nf4FromSource, quantizeFolder } from '@moslora/quantized-base';
import { expect, it } from 'vitest';
import { plannedSource, randomShards } from './random-checkpoint';
import { shapes } from './shapes';

const dir = mkdtempSync(join(tmpdir(), 'random-checkpoint-'));
const shape = shapes['llama-tiny']!();
const shards = randomShards(dir, shape, 60_000, 5);

it('quantises the same whether all shards are there or one at a time', async () => {
  const staged = join(dir, 'staged');
  const parts = shards.map((shard) => ({
    names: shard.tensors.map(({ name }) => name),
    prepare: () => shard.write(),
    release: () => shard.remove(),
  }));
  await quantizeFolder(plannedSource(dir, shards), shape.config, staged, { parts, dtype: 'keep' });
  expect(shards.length).toBeGreaterThan(3);
  expect(shards.some(({ path }) => existsSync(path))).toBe(false);

  const again = randomShards(dir, shape, 60_000, 5);
  for (const shard of again) shard.write();
  const files = again.map(({ path, tensors }) => [path.slice(dir.length + 1), tensors] as const);
  writeFileSync(join(dir, indexFile), shardIndex(files));
  const whole = join(dir, 'whole');
  const source = WeightFolder.open(dir);
  await quantizeFolder(source, shape.config, whole, { dtype: 'keep' });
  const [a, b] = [WeightFolder.open(staged), WeightFolder.open(whole)];
  expect(a.names().sort()).toEqual(b.names().sort());
  for (const name of a.names()) expect(Buffer.from(a.bytes(name)).equals(b.bytes(name)), name).toBe(true);
  expect(nf4FromSource(a, 'model.layers.1.mlp.down_proj').shape).toEqual([64, 176]);
  expect(new Set(source.float32('model.norm.weight'))).toEqual(new Set([1]));
});

it.each([
  ['llama2-7b', 6_738_415_616],
  ['llama3-8b', 8_030_261_248],
  ['internlm2-7b', 7_737_708_544],
])('%s has as many parameters as the published model', (name, count) => {
  const { tensors } = shapes[name]!();
  expect(tensors.reduce((sum, tensor) => sum + tensor.shape.reduce((a, b) => a * b, 1), 0)).toBe(count);
});
