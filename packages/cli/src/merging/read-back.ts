import { join } from 'node:path';
import { asFloat32, SafetensorsFile, toBytes, WeightFolder, type WeightSource } from '@moslora/checkpoint';
import { denseView, type MergedModel, type MergedTensor } from '@moslora/model-llava';
import { isNf4 } from '@moslora/quantized-base';
import { Disagreement } from '../exit-codes';

/** What became of a layer's weight W + ΔW. */
export interface WrittenModule {
  name: string;
  /** ‖Ŵ - (W + ΔW)‖ / ‖W + ΔW‖ */
  relative: number;
  /** max |Ŵ - (W + ΔW)| */
  maxError: number;
  /** √mean (Ŵ - (W + ΔW))² and √mean ΔW²; 0 where there was no adapter. */
  rmsError: number;
  rmsDelta: number;
  /** Stored in 4 bits. */
  inFour: boolean;
}

/** Half of the last place, relative to a value, of the 16-bit types; and what half precision is off by near 0. */
const rounding = { BF16: { of: 2 ** -8, near: 2 ** -133 }, F16: { of: 2 ** -11, near: 2 ** -25 } } as const;

/**
 * Reads a written model back and holds every tensor against what it was to be: those in 16 bits within their rounding, each tensor
 * there and no other. Gives how far off the layers are that an adapter or 4 bits changed.
 * @throws Disagreement listing the tensors that are not what they should be
 */
export function readBack(dir: string, { weights }: MergedModel): WrittenModule[] {
  const modules: WrittenModule[] = [];
  const wrong: string[] = [];
  for (const { place, tensors, config } of weights) {
    const opened = config === undefined ? SafetensorsFile.open(join(dir, place)) : WeightFolder.open(join(dir, place));
    try {
      const dense = denseView(opened);
      const wanted = new Set(tensors.map(({ name }) => name));
      wrong.push(...dense.names().flatMap((name) => (wanted.has(name) ? [] : [`${name}: not to be there`])));
      for (const tensor of tensors) {
        const { module, problem } = readTensor(opened, dense, tensor);
        if (module) modules.push(module);
        if (problem !== undefined) wrong.push(`${tensor.name}: ${problem}`);
      }
    } finally {
      opened.close();
    }
  }
  if (wrong.length > 0)
    throw new Disagreement(`What was written reads back otherwise:\n${wrong.slice(0, 8).join('\n')}`);
  return modules;
}

function readTensor(
  stored: WeightSource,
  dense: WeightSource,
  tensor: MergedTensor,
): { module?: WrittenModule; problem?: string } {
  const { name, before } = tensor;
  if (!dense.has(name)) return { problem: 'missing' };
  const found = dense.float32(name);
  const expected = valuesOf(tensor);
  if (found.length !== expected.length) return { problem: `${found.length} values, not ${expected.length}` };
  const old = before?.();
  const four = isNf4(stored, name);
  const { dtype } = stored.info(name);
  const bound = !four && (dtype === 'BF16' || dtype === 'F16') ? rounding[dtype] : undefined;
  let [maxError, squaredError, squares, deltas] = [0, 0, 0, 0];
  for (let at = 0; at < found.length; at += 1) {
    const wanted = expected[at]!;
    const error = Math.abs(found[at]! - wanted);
    if (bound && !(error <= bound.of * Math.abs(wanted) + bound.near))
      return { problem: `element ${at} is ${found[at]}, not ${wanted}` };
    maxError = Math.max(maxError, error);
    squaredError += error ** 2;
    squares += wanted ** 2;
    deltas += old === undefined ? 0 : (wanted - old[at]!) ** 2;
  }
  if (!four && old === undefined) return {};
  const rms = (sum: number): number => Math.sqrt(sum / found.length);
  const relative = Math.sqrt(squaredError / Math.max(squares, Number.MIN_VALUE));
  return { module: { name, relative, maxError, rmsError: rms(squaredError), rmsDelta: rms(deltas), inFour: four } };
}

function valuesOf({ name, dtype, data }: MergedTensor): Float32Array {
  const values = typeof data === 'function' ? data() : data;
  return values instanceof Float32Array ? values : asFloat32(dtype, toBytes(dtype, values, name), name);
}
