import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fail } from '@moslora/specs';
import { z } from 'zod';
import { readJson } from './read-json';
import { SafetensorsFile } from './safetensors-file';
import { missingTensor, type TensorInfo, type TensorPlace, type WeightSource } from './weight-source';

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** The weights of a Hugging Face folder: `model.safetensors`, or the shards that `model.safetensors.index.json` names. */
export class WeightFolder implements WeightSource {
  private constructor(
    readonly where: string,
    private readonly files: SafetensorsFile[],
    private readonly fileOf: Map<string, SafetensorsFile>,
  ) {}

  /** Throws a UserError when there are no weights, or a shard is missing or lacks a tensor the index promises. */
  static open(dir: string): WeightFolder {
    const single = join(dir, 'model.safetensors');
    const index = `${single}.index.json`;
    if (existsSync(single)) {
      const file = SafetensorsFile.open(single);
      return new WeightFolder(dir, [file], new Map(file.names().map((name) => [name, file])));
    }
    if (existsSync(index)) return WeightFolder.openShards(dir, index);
    return fail({
      what: existsSync(dir) ? 'The folder holds no weights' : 'There is no such folder',
      where: dir,
      expected: 'model.safetensors, or model.safetensors.index.json with its shards',
      fix: 'check the path; weights in .bin files have to be converted to safetensors first',
    });
  }

  private static openShards(dir: string, index: string): WeightFolder {
    const { weight_map: map } = readJson(index, indexSchema);
    const shards = [...new Set(Object.values(map))].sort();
    const foreign = shards.filter((shard) => shard !== basename(shard));
    if (foreign.length > 0)
      fail({ what: 'The index names files outside its folder', where: index, got: foreign.join(', ') });
    const absent = shards.filter((shard) => !existsSync(join(dir, shard)));
    if (absent.length > 0) {
      fail({
        what: `${absent.length} of ${shards.length} shards are missing`,
        where: dir,
        got: absent.join(', '),
        fix: 'get the missing files',
      });
    }
    const opened = new Map<string, SafetensorsFile>();
    try {
      for (const shard of shards) opened.set(shard, SafetensorsFile.open(join(dir, shard)));
      const fileOf = new Map(Object.entries(map).map(([name, shard]) => [name, opened.get(shard)!]));
      const lacking = [...fileOf].filter(([name, file]) => !file.has(name));
      if (lacking.length > 0) {
        fail({
          what: `${lacking.length} tensors are not in the shard that the index names`,
          where: index,
          got: lacking
            .slice(0, 8)
            .map(([name, file]) => `${name} (${basename(file.where)})`)
            .join(', '),
          fix: 'index and shards belong to different versions: get all of them again',
        });
      }
      return new WeightFolder(dir, [...opened.values()], fileOf);
    } catch (error) {
      for (const file of opened.values()) file.close();
      throw error;
    }
  }

  get metadata(): Record<string, string> {
    return Object.assign({}, ...this.files.map((file) => file.metadata)) as Record<string, string>;
  }

  names(): string[] {
    return [...this.fileOf.keys()];
  }

  has(name: string): boolean {
    return this.fileOf.has(name);
  }

  info(name: string): TensorInfo {
    return this.file(name).info(name);
  }

  bytes(name: string): Uint8Array {
    return this.file(name).bytes(name);
  }

  float32(name: string): Float32Array {
    return this.file(name).float32(name);
  }

  int32(name: string): Int32Array {
    return this.file(name).int32(name);
  }

  readInto(name: string, target: Uint8Array): void {
    this.file(name).readInto(name, target);
  }

  place(name: string): TensorPlace {
    return this.file(name).place(name);
  }

  close(): void {
    for (const file of this.files) file.close();
  }

  private file(name: string): SafetensorsFile {
    return this.fileOf.get(name) ?? missingTensor(this.where, name, this.names());
  }
}
