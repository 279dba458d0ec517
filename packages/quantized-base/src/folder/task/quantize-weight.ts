import { asFloat32, bytesPerElement, elementCount } from '@moslora/checkpoint';
import { blockCount } from '../../code/absmax';
import { bfloat16Blocks } from '../../code/bfloat16-blocks';
import type { EncodedBlocks } from '../../code/block-coder';
import { decodedValues } from '../../code/decode';
import { float32Blocks } from '../../code/float32-blocks';
import { quantizeAbsmax, restoreAbsmax } from '../../code/nested-absmax';
import { defaultBlockSize, nf4Code } from '../../code/nf4-code';
import { refuseOverflow } from '../overflow';
import type { PlaceWriter } from './place-writer';
import { piecesOf, type Piece } from './tensor-pieces';
import type { OnBytes } from './run-task';
import type { Nf4Task, TaskOutcome, TensorInput } from './tensor-task';

/**
 * One weight to NF4, in two passes over its file: the scales, then the codes and their error. In memory are a piece and the
 * scales (one float32 for 64 weights).
 */
export function quantizeWeight(task: Nf4Task, writer: PlaceWriter, onBytes: OnBytes): TaskOutcome {
  const { input, dtype, nested } = task;
  const absmax = new Float32Array(blockCount(elementCount(input.shape), defaultBlockSize));
  for (const piece of piecesOf(input)) {
    absmax.set(absmaxOf(piece, input), piece.first / defaultBlockSize);
    onBytes(piece.bytes.length >> 1);
  }
  if (dtype === 'float16') refuseOverflow(absmax, `${input.label}, absmax`);
  const coarse = nested && quantizeAbsmax(absmax, input.label);
  const restored = coarse ? restoreAbsmax(coarse) : absmax;

  const width = bytesPerElement(input.dtype);
  const outcome = { squaredError: 0, squares: 0 };
  for (const piece of piecesOf(input)) {
    const start = piece.first / defaultBlockSize;
    const blocks = [start, start + blockCount(piece.bytes.length / width, defaultBlockSize)] as const;
    const decoded = decodedValues(restored.subarray(...blocks), nf4Code, dtype);
    const { packed, squaredError, squares } = encode(piece, input, absmax.subarray(...blocks), decoded);
    writer.write(task.packed, packed, piece.first / 2);
    outcome.squaredError += squaredError;
    outcome.squares += squares;
    onBytes(piece.bytes.length - (piece.bytes.length >> 1));
  }

  writer.write(task.quantMap, bytesOf(nf4Code));
  writer.write(task.absmax, coarse ? coarse.codes : bytesOf(absmax));
  if (!coarse || !nested) return outcome;
  writer.write(nested.absmax, bytesOf(coarse.nestedAbsmax));
  writer.write(nested.quantMap, bytesOf(coarse.map));
  return { ...outcome, offset: coarse.offset };
}

function absmaxOf(piece: Piece, { dtype, label }: TensorInput): Float32Array {
  const { bytes, first } = piece;
  return dtype === 'BF16'
    ? bfloat16Blocks.absmax(patternsOf(bytes), defaultBlockSize, label, first)
    : float32Blocks.absmax(asFloat32(dtype, bytes, label), defaultBlockSize, label, first);
}

function encode(
  { bytes }: Piece,
  { dtype, label }: TensorInput,
  absmax: Float32Array,
  decoded: Float32Array,
): EncodedBlocks {
  return dtype === 'BF16'
    ? bfloat16Blocks.encode(patternsOf(bytes), absmax, decoded, defaultBlockSize)
    : float32Blocks.encode(asFloat32(dtype, bytes, label), absmax, decoded, defaultBlockSize);
}

const patternsOf = (bytes: Uint8Array): Uint16Array =>
  new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
