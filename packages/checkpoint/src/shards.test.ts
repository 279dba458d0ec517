import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  SafetensorsDraft,
  SafetensorsFile,
  splitIntoShards,
  WeightFolder,
  writeAllAt,
  writeShardedSafetensors,
} from './index';

const folder = (): string => mkdtempSync(join(tmpdir(), 'shards-'));
const tensor = (name: string, length: number) => ({
  name,
  dtype: 'F32' as const,
  shape: [length],
  data: () => Float32Array.from({ length }, (_, i) => i + length),
});

it('writes one file where everything fits, else shards with an index', () => {
  const tensors = [tensor('a', 10), tensor('b', 20), tensor('c', 100), tensor('d', 5)];
  const one = folder();
  expect(writeShardedSafetensors(one, tensors)).toEqual(['model.safetensors']);
  const many = folder();
  const files = writeShardedSafetensors(many, tensors, { maxShardBytes: 120 });
  const shards = [1, 2, 3].map((n) => `model-0000${n}-of-00003.safetensors`);
  expect(files).toEqual([...shards, 'model.safetensors.index.json']);
  expect(readdirSync(many).sort()).toEqual(files);
  const index = JSON.parse(readFileSync(join(many, 'model.safetensors.index.json'), 'utf8'));
  expect(index).toEqual({
    metadata: { total_size: 540 },
    weight_map: { a: shards[0], b: shards[0], c: shards[1], d: shards[2] },
  });
  for (const dir of [one, many]) {
    const back = WeightFolder.open(dir);
    for (const { name, data } of tensors) expect(back.float32(name)).toEqual(data());
    back.close();
  }
});

it('keeps groups together and never makes an empty file', () => {
  const groups = [900, 60, 60].map((bytes) => ({ bytes }));
  const shards = splitIntoShards(groups, 100);
  expect(shards.map(({ groups: members }) => members)).toEqual(groups.map((group) => [group]));
  expect(splitIntoShards(groups, 1020)).toEqual([{ file: 'model.safetensors', groups }]);
  expect(splitIntoShards([])).toEqual([{ file: 'model.safetensors', groups: [] }]);
});

it('lets a draft be filled in any order, its texts last', () => {
  const path = join(folder(), 'model.safetensors');
  const draft = new SafetensorsDraft(
    path,
    [
      { name: 'codes', dtype: 'U8', shape: [3] },
      { name: 'scale', dtype: 'F32', shape: [2] },
    ],
    [
      { name: 'state', atMost: 100 },
      { name: 'other', atMost: 9 },
    ],
  );
  const fd = openSync(path, 'r+');
  writeAllAt(fd, Uint8Array.of(7, 8, 9), draft.place('codes').position);
  writeAllAt(fd, new Uint8Array(Float32Array.of(1.5, -2).buffer), draft.place('scale').position);
  closeSync(fd);
  expect(() => SafetensorsFile.open(path)).toThrow();
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  draft.finish(
    new Map([
      ['state', text('{"a": 1}')],
      ['other', text('')],
    ]),
  );
  const file = SafetensorsFile.open(path);
  expect(file.float32('scale')).toEqual(Float32Array.of(1.5, -2));
  expect([...file.bytes('codes')]).toEqual([7, 8, 9]);
  expect(Buffer.from(file.bytes('state')).toString()).toBe('{"a": 1}');
  expect(file.info('other')).toEqual({ dtype: 'U8', shape: [0], byteLength: 0 });
  expect(file.place('scale').position % 8).toBe(0);
  expect(statSync(path).size).toBe(file.place('other').position);
});

it('refuses a late text that outgrew its place, and a name given twice', () => {
  const draft = new SafetensorsDraft(join(folder(), 'x'), [], [{ name: 'state', atMost: 3 }]);
  expect(() => draft.finish(new Map([['state', new Uint8Array(4)]]))).toThrow('state takes 4 bytes, not 3');
  draft.close();
  expect(() => writeShardedSafetensors(folder(), [tensor('a', 1), tensor('a', 2)])).toThrow('tensor a is given twice');
});
