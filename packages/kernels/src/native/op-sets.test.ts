import { expect, it } from 'vitest';
import { declaredOps, missingOnDevice } from './op-sets';
import { compiledSources } from './sources';

it('finds the ops that the sources declare', () => {
  const ops = declaredOps('portable');
  expect(new Set(ops).size).toBe(ops.length);
  expect(ops).toContain('MosloraProjectionsGradient');
  for (const op of ops) expect(op).toMatch(/^Moslora[A-Z]/);
});

it('has every op for processors in CUDA too, under the same signature, and no others', () => {
  expect(missingOnDevice()).toEqual([]);
  expect(declaredOps('cuda')).toEqual(declaredOps('portable'));
  expect(declaredOps('emulated')).toEqual(declaredOps('cuda'));
});

it('keeps the two kinds of code apart', () => {
  expect(compiledSources('portable').filter((name) => /\.cu$|^native\/cuda\//.test(name))).toEqual([]);
  expect(compiledSources('cuda').filter((name) => /^native\/(gemm|simd)\//.test(name))).toEqual([]);
  expect(compiledSources('cuda')).not.toContain('native/cuda/emulation/block.cc');
  expect(compiledSources('emulated')).not.toContain('native/cuda/stream.cc');
});
