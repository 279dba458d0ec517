import { asFloat32, readTensorInto, type WeightSource } from '@moslora/checkpoint';
import { fail, type Problem } from '@moslora/specs';
import { blockCount } from '../code/absmax';
import type { Nf4Tensor } from '../nf4-tensor';
import { isNf4, nf4Keys } from './keys';
import { parseQuantState, type QuantState } from './quant-state';

/**
 * Reads a 4-bit weight (by its name or its layer's path) as bitsandbytes stores it, with the file's own value maps. Packed bytes stored under another
 * element type (`bnb_4bit_quant_storage`) are read as the bytes they are. Throws one UserError listing every part that is missing
 * or has the wrong size.
 * @param memory gives the memory that codes and scales are read into
 */
export function nf4FromSource(
  source: WeightSource,
  layerOrWeight: string,
  memory: (length: number) => Uint8Array = (length) => new Uint8Array(length),
): Nf4Tensor {
  const keys = nf4Keys(layerOrWeight);
  const name = keys.packed;
  if (!isNf4(source, name)) refuseOtherFormats(source, name);
  refuseLongState(source, keys.quantState);
  const state = parseQuantState(source.bytes(keys.quantState), `${source.where}, tensor ${keys.quantState}`);
  const problems = partProblems(source, name, state);
  if (problems.length > 0) fail(problems);
  const { shape, dtype, blockSize, nested } = state;
  const read = (key: string): Uint8Array => {
    const bytes = memory(source.info(key).byteLength);
    readTensorInto(source, key, bytes);
    return bytes;
  };
  const floats = (key: string): Float32Array =>
    asFloat32(source.info(key).dtype, read(key), `${source.where}, tensor ${key}`);
  const absmax =
    nested === undefined
      ? floats(keys.absmax)
      : {
          codes: read(keys.absmax),
          nestedAbsmax: floats(keys.nestedAbsmax),
          offset: nested.offset,
          map: source.float32(keys.nestedQuantMap),
          blockSize: nested.blockSize,
        };
  return { packed: read(keys.packed), absmax, shape, dtype, blockSize, code: source.float32(keys.quantMap) };
}

/** A state is a line of text; whatever is longer is none, and not worth the memory. */
const longestState = 65_536;

function refuseLongState(source: WeightSource, key: string): void {
  const { byteLength } = source.info(key);
  if (byteLength <= longestState) return;
  fail({
    what: 'The quantisation state is no quantisation state',
    where: `${source.where}, tensor ${key}`,
    got: `${byteLength} bytes`,
    expected: 'a line of JSON',
  });
}

function refuseOtherFormats(source: WeightSource, name: string): never {
  const other = source.names().filter((key) => key.startsWith(`${name}.quant_state.`) || key === `${name}.SCB`);
  fail({
    what: other.length > 0 ? `\`${name}\` is quantised, but not in NF4` : `\`${name}\` is not quantised`,
    where: source.where,
    got: other.length > 0 ? other.join(', ') : 'no quantisation state beside it',
    expected: nf4Keys(name).quantState,
    fix: 'quantise the 16-bit checkpoint with `moslora quantize`',
  });
}

/** Elements each part must have; undefined where any number will do. */
function expectedParts(name: string, state: QuantState): [key: string, elements: number, bytesEach: number][] {
  const keys = nf4Keys(name);
  const count = state.shape.reduce((product, size) => product * size, 1);
  const blocks = blockCount(count, state.blockSize);
  const common: [string, number, number][] = [
    [keys.packed, (count + 1) >> 1, 1],
    [keys.quantMap, 16, 4],
    [keys.absmax, blocks, state.nested ? 1 : 4],
  ];
  if (!state.nested) return common;
  return [...common, [keys.nestedAbsmax, blockCount(blocks, state.nested.blockSize), 4], [keys.nestedQuantMap, 256, 4]];
}

function partProblems(source: WeightSource, name: string, state: QuantState): Problem[] {
  const shape = `(${state.shape.join(', ')})`;
  return expectedParts(name, state).flatMap(([key, elements, bytesEach]): Problem[] => {
    const expected = `${elements * bytesEach} bytes for a weight of shape ${shape}`;
    if (!source.has(key)) {
      return [
        { what: `A part of the 4-bit weight \`${name}\` is missing`, where: source.where, got: `no ${key}`, expected },
      ];
    }
    const { byteLength } = source.info(key);
    if (byteLength === elements * bytesEach) return [];
    const got = `${byteLength} bytes`;
    return [
      {
        what: `A part of the 4-bit weight \`${name}\` has the wrong size`,
        where: `${source.where}, ${key}`,
        got,
        expected,
      },
    ];
  });
}
