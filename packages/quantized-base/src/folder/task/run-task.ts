import { asFloat32, bytesPerElement, toBytes } from '@moslora/checkpoint';
import { quantizeWeight } from './quantize-weight';
import { PlaceWriter } from './place-writer';
import { refuseOverflow } from '../overflow';
import { storedType } from '../stored-type';
import { piecesOf } from './tensor-pieces';
import type { CopyTask, NarrowTask, TaskOutcome, TensorTask } from './tensor-task';

/** Called as input is dealt with, with bytes of the source tensor. They add up to its size. */
export type OnBytes = (count: number) => void;

/** Does one task, piece by piece. Throws a UserError for values that cannot be quantised or narrowed. */
export function runTask(task: TensorTask, onBytes: OnBytes = () => {}): TaskOutcome {
  const writer = new PlaceWriter();
  try {
    switch (task.kind) {
      case 'copy':
        return copy(task, writer, onBytes);
      case 'narrow':
        return narrow(task, writer, onBytes);
      case 'nf4':
        return quantizeWeight(task, writer, onBytes);
    }
  } finally {
    writer.close();
  }
}

function copy({ input, to }: CopyTask, writer: PlaceWriter, onBytes: OnBytes): TaskOutcome {
  const width = bytesPerElement(input.dtype);
  for (const { first, bytes } of piecesOf(input)) {
    writer.write(to, bytes, first * width);
    onBytes(bytes.length);
  }
  return {};
}

function narrow({ input, dtype, to }: NarrowTask, writer: PlaceWriter, onBytes: OnBytes): TaskOutcome {
  const target = storedType[dtype];
  for (const { first, bytes } of piecesOf(input)) {
    const values = asFloat32(input.dtype, bytes, input.label);
    if (dtype === 'float16') refuseOverflow(values, input.label, first);
    writer.write(to, toBytes(target, values, input.label), first * bytesPerElement(target));
    onBytes(bytes.length);
  }
  return {};
}
