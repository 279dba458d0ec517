import { fail } from '@moslora/specs';
import { float32, string, type Metadata } from '../metadata';
import type { GgufDecoderShape, GgufRope } from './decoder-shape';

/** How a file says that positions are stretched: in metadata, or as a divisor of each of the K / 2 frequencies. */
export interface RopeScaling {
  metadata: Metadata;
  divisors?: Float32Array;
}

/** @param family that the metadata begin with @throws UserError where positions are stretched in a way that is not written here */
export function ropeScaling({ rope, headDim }: GgufDecoderShape, family: string, where: string): RopeScaling {
  switch (rope.type) {
    case 'default':
    // Stretched beyond `maxPositions` only, which is the file's context_length.
    case 'dynamic':
      return { metadata: {} };
    case 'linear':
      return {
        metadata: {
          [`${family}.rope.scaling.type`]: string('linear'),
          [`${family}.rope.scaling.factor`]: float32(rope.factor),
        },
      };
    case 'llama3':
      return { metadata: {}, divisors: llama3Divisors(rope, headDim) };
    default:
      return fail({
        what: 'Rotary positions are stretched in a way that is not written to GGUF here',
        where,
        got: rope.type,
        expected: 'default, linear, dynamic or llama3',
      });
  }
}

/** LLaMA 3.1: long waves go `factor` times slower, short ones as they were, those between somewhere between. */
function llama3Divisors(rope: GgufRope & { type: 'llama3' }, headDim: number): Float32Array {
  const { theta, factor, lowFreqFactor: low, highFreqFactor: high, originalMaxPositions } = rope;
  return Float32Array.from({ length: headDim / 2 }, (_, i) => {
    const turns = originalMaxPositions / (2 * Math.PI * theta ** ((2 * i) / headDim));
    const share = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return 1 / ((1 - share) / factor + share);
  });
}
