import { closeSync, openSync, readSync } from 'node:fs';
import { bytesPerElement, elementCount } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import type { TensorInput } from './tensor-task';

/** Elements read at a time: whole blocks of any size bitsandbytes allows, and little memory for a tensor of any size. */
export const pieceElements = 1 << 20;

/** A run of a tensor's elements, as stored. The bytes are good until the next piece is read. */
export interface Piece {
  /** Index of the first element. */
  first: number;
  bytes: Uint8Array;
}

/** A tensor's elements in order, {@link pieceElements} at a time. Throws a UserError when the file ends before the tensor. */
export function* piecesOf({ label, dtype, shape, from }: TensorInput): Generator<Piece> {
  const width = bytesPerElement(dtype);
  const total = elementCount(shape) * width;
  const most = pieceElements * width;
  if (typeof from === 'function') {
    const made = from();
    for (let at = 0; at < total; at += most)
      yield { first: at / width, bytes: made.subarray(at, Math.min(total, at + most)) };
    return;
  }
  const buffer = new Uint8Array(Math.min(most, total));
  const fd = openSync(from.path, 'r');
  try {
    for (let at = 0; at < total; at += most) {
      const bytes = buffer.subarray(0, Math.min(most, total - at));
      for (let done = 0; done < bytes.length;) {
        const count = readSync(fd, bytes, done, bytes.length - done, from.position + at + done);
        if (count === 0) fail({ what: 'The safetensors file became shorter while it was read', where: label });
        done += count;
      }
      yield { first: at / width, bytes };
    }
  } finally {
    closeSync(fd);
  }
}
