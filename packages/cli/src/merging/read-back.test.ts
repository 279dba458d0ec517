import { mkdtempSync, openSync, closeSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MergedModel } from '@moslora/model-llava';
import { Rng } from '@moslora/runtime';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Disagreement } from '../exit-codes';
import { compareLogits } from './fixed-batch';
import { judgeLogits } from './logit-verdict';
import { readBack } from './read-back';
import { writeWeights } from './write-weights';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'moslora-read-back-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const before = new Rng('before').normalArray(64);
const data = before.map((value) => value * 1.5);
const model: MergedModel = {
  weights: [
    {
      ...{ place: '', config: { model_type: 'llama' } },
      tensors: [
        { name: 'a.weight', dtype: 'F32', shape: [8, 8], data, before: () => before },
        { name: 'b.bias', dtype: 'F32', shape: [3], data: Float32Array.of(1, 2, 3), before: undefined },
      ],
    },
  ],
  close: () => {},
};

it('measures what rounding and the adapter did', async () => {
  await writeWeights(dir, model, { as: 'bfloat16', double: true });
  const [module, ...others] = readBack(dir, model);
  expect(others).toEqual([]);
  expect(module).toMatchObject({ name: 'a.weight' });
  expect(module!.relative).toBeGreaterThan(1e-4);
  expect(module!.relative).toBeLessThan(2 ** -9);
  const rms = Math.sqrt(before.reduce((sum, value) => sum + (0.5 * value) ** 2, 0) / 64);
  expect(module!.rmsDelta).toBeCloseTo(rms, 6);
});

it('finds a value that is not what it should be, and tensors that are missing or too many', async () => {
  await writeWeights(dir, model, { as: 'bfloat16', double: true });
  const path = join(dir, 'model.safetensors');
  const fd = openSync(path, 'r+');
  writeSync(fd, Uint8Array.of(0x41), 0, 1, statSync(path).size - 1);
  closeSync(fd);
  expect(() => readBack(dir, model)).toThrow(Disagreement);
  expect(() => readBack(dir, model)).toThrow(/b\.bias: element 2 is \S+, not 3/);
  const [weights] = model.weights;
  const other = { ...weights, tensors: [{ ...weights.tensors[0]!, name: 'c.weight' }, weights.tensors[1]!] };
  expect(() => readBack(dir, { ...model, weights: [other] })).toThrow(/a\.weight: not to be there\nc\.weight: missing/);
});

it('compares logits, and lets no more pass than rounding brings', () => {
  const expected = Float32Array.of(1, 2, 3, 3, 2, 1);
  const same = compareLogits(expected, expected, 2);
  expect(same).toEqual({ largest: 0, scale: 3, relative: 0, sameToken: 2, positions: 2 });
  const other = compareLogits(Float32Array.of(1, 2, 3, 2, 3, 1), expected, 2);
  expect(other).toMatchObject({ largest: 1, sameToken: 1 });
  expect(other.relative).toBeCloseTo(Math.sqrt(2 / 28), 6);
  expect(() => judgeLogits(same, 'float16')).not.toThrow();
  expect(() => judgeLogits(other, 'bfloat16')).toThrow(/does not compute what base and adapter do/);
  expect(() => judgeLogits(other, 'nf4')).not.toThrow();
  expect(() => judgeLogits(compareLogits(Float32Array.of(NaN, 2, 3, 3, 2, 1), expected, 2), 'float16')).toThrow(
    Disagreement,
  );
});
