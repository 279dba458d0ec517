import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GgufFile } from '@moslora/gguf';
import { afterAll, expect, it } from 'vitest';
import { parseShape } from '../../../packages/cli/src/bench/shape';
import { decoded, ratios, render, type Compared } from './compare-decoding';
import { findLlamaCpp } from './find-llama-cpp';
import { weightBytesOf, writeRandomGguf } from './random-gguf';

const dir = mkdtempSync(join(tmpdir(), 'llama-cpp-test-'));
afterAll(() => rmSync(dir, { recursive: true }));

it('writes a decoder of the shape, and counts what a token reads of it', async () => {
  const path = join(dir, 'random.gguf');
  await writeRandomGguf(path, parseShape('64,2,4,160,500,1x8'), 'Q4_0');
  const file = GgufFile.open(path);
  expect(file.tensors.filter(({ name }) => name.endsWith('ffn_up.weight'))).toMatchObject(
    [0, 1].map((layer) => ({ name: `blk.${layer}.ffn_up.weight`, type: 'Q4_0', shape: [160, 64] })),
  );
  const spread = Math.hypot(...file.float32('blk.1.attn_q.weight')) / 64;
  expect(spread).toBeGreaterThan(0.015); // of a deviation of 0.02
  expect(spread).toBeLessThan(0.025);
  file.close();
  const norms = 2 * 64 * 4;
  const matrices = ((4 * 64 * 64 + 3 * 64 * 160) / 32) * 18;
  expect(weightBytesOf(path)).toEqual({ layers: 2 * (matrices + norms), head: (64 / 32) * 500 * 34 });
});

it('takes medians of tokens after the first, pair by pair', () => {
  const weight_bytes = { layers: 1.5e9, head: 0.5e9 };
  const theirs = decoded([2, 0.1, 0.3, 0.2], 128, weight_bytes);
  expect(theirs).toEqual({ tokens_per_s: 5, prefill_tokens_per_s: 64, weight_bytes });
  const slow = { ...theirs, tokens_per_s: 2.5 };
  const bandwidth = { read_gb_s: 30, copy_gb_s: 20 };
  const compared: Compared = {
    shape: 'made up',
    pairs: [
      { ours: slow, theirs, bandwidth },
      { ours: theirs, theirs: slow, bandwidth },
      { ours: slow, theirs: slow, bandwidth },
    ],
  };
  expect(ratios(compared)).toEqual([2, 0.5, 1]);
  expect(render([compared])).toContain(
    '| made up | 2.50 (2.50 to 5.00) | 2.50 (2.50 to 5.00) | 1.00 (0.500 to 2.00) | 1500 + 500 | 1500 + 500 | 5.00 (5.00 to 10.0) |',
  );
});

it('says why there is no llama.cpp', () => {
  expect(findLlamaCpp('')).toEqual({ missing: expect.stringContaining('--llama-cpp') });
  expect(findLlamaCpp(dir)).toEqual({ missing: expect.stringMatching(/has no node-llama-cpp.*npm install/) });
  const place = join(dir, 'node_modules', 'node-llama-cpp');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), '{"version": "3.0.1"}');
  expect(findLlamaCpp(dir)).toEqual({ module: join(place, 'dist', 'index.js'), version: '3.0.1' });
});
