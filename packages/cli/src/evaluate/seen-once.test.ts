import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VisionTower } from '@moslora/vision-encoder';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runHere } from '../fixtures/run-here';
import { pngOf } from './fixtures/drawn-picture';
import { writeSmallTable } from './fixtures/small-table';
import { writeTinyLlava } from './fixtures/tiny-llava';

const root = mkdtempSync(join(tmpdir(), 'moslora-seen-'));
const QUESTIONS = 6;

/** Evaluates a table with `moslora evaluate`. @returns rows asked, and pictures that went through the tower, call by call */
async function towerCalls(table: string): Promise<{ asked: number; pictures: number[] }> {
  const spy = vi.spyOn(VisionTower.prototype, 'features');
  const args = ['evaluate', join(root, 'tiny'), '--benchmark', table, '--out', `${table}-out`];
  const text = await runHere(...args, '--batch-size', '4', '--max-new-tokens', '2', '--no-page', '--json');
  expect(text).toMatchObject({ code: 0, err: '' });
  const { benchmarks } = JSON.parse(text.out) as { benchmarks: { asked: number }[] };
  return { asked: benchmarks[0]!.asked, pictures: spy.mock.calls.map(([pixels]) => pixels.shape[0]) };
}

describe('moslora evaluate', () => {
  beforeAll(() => void writeTinyLlava(join(root, 'tiny')));
  afterEach(() => void vi.restoreAllMocks());
  afterAll(() => rmSync(root, { recursive: true }));

  it("shows the tower a question's picture once for all of its rotations, and once for questions that share it", async () => {
    // Rotations refer to rotation 0, and question 4 to the picture of question 3.
    const { asked, pictures } = await towerCalls(writeSmallTable(join(root, 'referring.tsv'), QUESTIONS));
    expect(asked).toBe(3 * QUESTIONS);
    expect(pictures).toEqual([QUESTIONS - 1]);
  });

  it('does so too where every rotation carries a copy of the picture', async () => {
    const own: Record<number, { image: string }> = {};
    for (let question = 1; question <= QUESTIONS; question += 1) {
      const image = await pngOf(question);
      for (let turn = 0; turn < 3; turn += 1) own[question + turn * 1_000_000] = { image };
    }
    const { asked, pictures } = await towerCalls(writeSmallTable(join(root, 'copied.tsv'), QUESTIONS, own));
    expect(asked).toBe(3 * QUESTIONS);
    expect(pictures).toEqual([QUESTIONS]);
  });
});
