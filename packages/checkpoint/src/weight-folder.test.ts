import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { renamed, WeightFolder, withoutPrefix, writeSafetensors } from './index';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'weights-'));
});

function shard(file: string, name: string, value: number): void {
  writeSafetensors(join(dir, file), [{ name, dtype: 'F32', shape: [1], data: Float32Array.of(value) }]);
}

function index(map: Record<string, string>): void {
  writeFileSync(
    join(dir, 'model.safetensors.index.json'),
    JSON.stringify({ metadata: { total_size: 8 }, weight_map: map }),
  );
}

describe('WeightFolder', () => {
  it('reads one file', () => {
    shard('model.safetensors', 'a.weight', 3);
    const folder = WeightFolder.open(dir);
    expect(folder.names()).toEqual(['a.weight']);
    expect(folder.float32('a.weight')).toEqual(Float32Array.of(3));
    expect(folder.metadata).toEqual({ format: 'pt' });
    folder.close();
  });

  it('reads shards through the index', () => {
    shard('model-00001-of-00002.safetensors', 'a.weight', 1);
    shard('model-00002-of-00002.safetensors', 'b.weight', 2);
    index({ 'a.weight': 'model-00001-of-00002.safetensors', 'b.weight': 'model-00002-of-00002.safetensors' });
    const folder = WeightFolder.open(dir);
    expect(folder.names().map((name) => folder.float32(name)[0])).toEqual([1, 2]);
    expect(folder.info('b.weight').shape).toEqual([1]);
    rmSync(join(dir, 'model-00002-of-00002.safetensors'));
    expect(() => WeightFolder.open(dir)).toThrow('1 of 2 shards are missing');
  });

  it('refuses an index that promises what its shards lack, or leaves the folder', () => {
    shard('x.safetensors', 'a', 1);
    index({ a: 'x.safetensors', b: 'x.safetensors' });
    expect(() => WeightFolder.open(dir)).toThrow(/1 tensors are not in the shard[\s\S]*b \(x\.safetensors\)/);
    index({ a: '../x.safetensors' });
    expect(() => WeightFolder.open(dir)).toThrow('names files outside its folder');
  });

  it('says what it looked for', () => {
    expect(() => WeightFolder.open(dir)).toThrow(/holds no weights[\s\S]*model\.safetensors\.index\.json/);
    expect(() => WeightFolder.open(join(dir, 'nowhere'))).toThrow('There is no such folder');
  });
});

describe('views', () => {
  it('show other names, and name similar ones when one is missing', () => {
    shard('model.safetensors', 'language_model.model.norm.weight', 5);
    const folder = WeightFolder.open(dir);
    const view = withoutPrefix(folder, 'language_model.');
    expect(view.names()).toEqual(['model.norm.weight']);
    expect(view.float32('model.norm.weight')).toEqual(Float32Array.of(5));
    expect(() => view.info('norm.weight')).toThrow(/no tensor `norm\.weight`[\s\S]*similar ones: model\.norm\.weight/);
    expect(withoutPrefix(folder, 'vision.').names()).toEqual([]);
  });

  it('refuse two tensors under one name', () => {
    writeSafetensors(join(dir, 'model.safetensors'), [
      { name: 'a', dtype: 'U8', shape: [0], data: new Uint8Array() },
      { name: 'b', dtype: 'U8', shape: [0], data: new Uint8Array() },
    ]);
    expect(() => renamed(WeightFolder.open(dir), () => 'c')).toThrow(/both be called `c`[\s\S]*a and b/);
  });
});
