import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  byteLength,
  elementCount,
  headerBytes,
  placeTensors,
  splitIntoShards,
  type PlacedTensor,
  type WeightSource,
} from '@moslora/checkpoint';
import { RandomBits } from './random-bits';
import type { ModelShape } from './shapes';

/** One in bfloat16: what norms are. */
const one = 0x3f80;
const pieceLength = 1 << 21;

/** A file of a random checkpoint. What it will hold is known before it is written. */
export class RandomShard {
  readonly header: Buffer;
  readonly tensors: PlacedTensor[];

  constructor(
    readonly path: string,
    tensors: ModelShape['tensors'],
    private readonly bits: RandomBits,
  ) {
    this.tensors = placeTensors(tensors);
    this.header = headerBytes(this.tensors);
  }

  write(): void {
    const fd = openSync(this.path, 'w');
    const piece = new Uint16Array(pieceLength);
    try {
      writeSync(fd, this.header);
      for (const { name, shape } of this.tensors) {
        const isNorm = shape.length === 1;
        for (let left = elementCount(shape); left > 0; left -= piece.length) {
          const part = piece.subarray(0, Math.min(left, piece.length));
          if (isNorm && name.endsWith('.weight')) part.fill(one);
          else this.bits.fill(part);
          writeSync(fd, part);
        }
      }
    } finally {
      closeSync(fd);
    }
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}

/** The shards of a checkpoint with random weights, to be written to `dir` one by one or all together. */
export function randomShards(dir: string, { tensors }: ModelShape, shardBytes: number, seed: number): RandomShard[] {
  const bits = new RandomBits(seed);
  const groups = tensors.map((tensor) => ({ tensor, bytes: byteLength(tensor) }));
  return splitIntoShards(groups, shardBytes).map(
    ({ file, groups: members }) =>
      new RandomShard(
        join(dir, file),
        members.map(({ tensor }) => tensor),
        bits,
      ),
  );
}

/** The checkpoint as a source of weights whose files need not be there yet: only where its tensors lie can be asked. */
export function plannedSource(dir: string, shards: readonly RandomShard[]): WeightSource {
  const all = new Map(shards.flatMap((shard) => shard.tensors.map((tensor) => [tensor.name, { shard, tensor }])));
  const find = (name: string) => all.get(name) ?? refuse(`${dir} has no tensor ${name}`);
  const refuse = (text: string): never => {
    throw new Error(text);
  };
  const unread = (): never => refuse('a planned checkpoint is read by place');
  return {
    where: dir,
    metadata: { format: 'pt' },
    names: () => [...all.keys()],
    has: (name) => all.has(name),
    info: (name) => {
      const { dtype, shape } = find(name).tensor;
      return { dtype, shape: [...shape], byteLength: byteLength({ dtype, shape }) };
    },
    place: (name) => {
      const { shard, tensor } = find(name);
      return { path: shard.path, position: shard.header.length + tensor.begin };
    },
    bytes: unread,
    float32: unread,
    int32: unread,
    close: () => {},
  };
}
