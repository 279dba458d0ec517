import { SafetensorsFile } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { blockAbsmax } from '../code/absmax';
import { absmaxOf, dequantizeNf4, quantizeNf4 } from '../nf4-tensor';

export interface Nf4Check {
  /** Case in the file: the part of the tensor names before `.input`. */
  name: string;
  /** Tensor compared, without the case's name: `double.packed`. */
  check: string;
  /** Every element is the same to the last bit. */
  equal: boolean;
  /** Largest absolute difference; NaN when the sizes differ. */
  maxAbs: number;
}

/**
 * Quantises every `<case>.input` of a safetensors file and compares with what the file says comes out: `<case>.single.*` without
 * and `<case>.double.*` with double quantisation. Bit for bit. Throws a UserError when the file holds nothing to compare.
 */
export function verifyNf4File(path: string): { agrees: boolean; tensors: Nf4Check[] } {
  const file = SafetensorsFile.open(path);
  try {
    const cases = file.names().flatMap((name) => (name.endsWith('.input') ? [name.slice(0, -'.input'.length)] : []));
    const tensors = cases.flatMap((name) => verifyCase(file, name));
    if (tensors.length === 0) {
      fail({
        what: 'The file holds nothing to verify',
        where: path,
        got: `${file.names().length} tensors: ${file.names().slice(0, 6).join(', ') || 'none'}`,
        expected: '`<case>.input` beside `<case>.single.*` or `<case>.double.*` (packed, absmax, dequantized, …)',
      });
    }
    return { agrees: tensors.every(({ equal }) => equal), tensors };
  } finally {
    file.close();
  }
}

function verifyCase(file: SafetensorsFile, name: string): Nf4Check[] {
  const x = file.float32(`${name}.input`);
  const place = `${file.where}, tensor ${name}.input`;
  return ['single', 'double'].flatMap((mode) => {
    const results = outcomes(x, mode === 'double', place);
    const stored = file.names().filter((key) => key.startsWith(`${name}.${mode}.`));
    return stored.map((key) => {
      const check = key.slice(name.length + 1);
      const part = check.slice(mode.length + 1);
      const ours = results[part] ?? unknownPart(file.where, key, Object.keys(results));
      const theirs = file.info(key).dtype === 'U8' ? file.bytes(key) : file.float32(key);
      return { name, check, ...compare(ours, theirs) };
    });
  });
}

/** What the file may hold of one quantised tensor. `absmax` is the float32 one in both modes; `absmax_u8` what is stored of it. */
function outcomes(x: Float32Array, double: boolean, place: string): Record<string, Float32Array | Uint8Array> {
  const tensor = quantizeNf4(x, { double, place });
  const { packed, absmax, blockSize } = tensor;
  const common = { packed, absmax: blockAbsmax(x, blockSize, place), dequantized: dequantizeNf4(tensor) };
  if (absmax instanceof Float32Array) return common;
  return {
    ...common,
    absmax_u8: absmax.codes,
    nested_absmax: absmax.nestedAbsmax,
    nested_offset: Float32Array.of(absmax.offset),
    nested_quant_map: absmax.map,
    restored_absmax: absmaxOf(tensor),
  };
}

function unknownPart(where: string, key: string, known: string[]): never {
  fail({ what: `\`${key}\` is not a result of NF4 quantisation`, where, expected: `one of ${known.join(', ')}` });
}

function compare(
  ours: Float32Array | Uint8Array,
  theirs: Float32Array | Uint8Array,
): { equal: boolean; maxAbs: number } {
  if (ours.length !== theirs.length) return { equal: false, maxAbs: NaN };
  let [equal, maxAbs] = [true, 0];
  for (let i = 0; i < ours.length; i++) {
    const [a, b] = [ours[i]!, theirs[i]!];
    if (Object.is(a, b)) continue;
    equal = false;
    maxAbs = Math.max(maxAbs, Math.abs(a - b));
  }
  return { equal, maxAbs };
}
