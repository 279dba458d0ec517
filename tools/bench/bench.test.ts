import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { StepFigures } from '../../packages/cli/src/bench/bench-step';
import type { Bench } from './bench';
import { goal, number, showSpread, slope, spreadOf } from './figures';
import { thisMachine } from './machine';
import { growth } from './measurements/growth';
import { mixer } from './measurements/mixer';
import { steps } from './measurements/steps';
import { readResults, writeResults, type Taken } from './results';

/** A bench whose processes take made-up times, and none at all. */
function bench(seconds: (args: readonly string[]) => number, peerSeconds?: number): Bench {
  const figures = (median: number): StepFigures => {
    const taken = {
      median_s: median,
      min_s: median,
      max_s: median,
      peak_mb: 1000 * median,
      tokens_per_s: 1,
      gflops: 7,
    };
    return { shape: 'made up', ...taken } as StepFigures;
  };
  const nothing = (): never => {
    throw new Error('not measured here');
  };
  return {
    ...{ pairs: 2, steps: 3, decode: nothing, leaks: nothing, ours: nothing, peer: nothing, log: () => {} },
    pick: (real) => real,
    python: peerSeconds === undefined ? { missing: 'no torch' } : { program: 'python', versions: {} },
    step: (args) => Promise.resolve(figures(seconds(args))),
    peerStep: () => Promise.resolve(peerSeconds === undefined ? undefined : figures(peerSeconds)),
  };
}

const after = (args: readonly string[], option: string): string => args[args.indexOf(option) + 1]!;

it('numbers keep their significant digits', () => {
  expect([number(0.012345), number(1.5), number(99.96), number(1234.5), number(NaN)]).toEqual([
    '0.0123',
    '1.50',
    '100.0',
    '1235',
    '–',
  ]);
  expect(showSpread(spreadOf([3, 1, 2]), ' s', 2)).toBe('2.0 s (1.0 to 3.0)');
  expect(
    slope([
      [1, 5],
      [2, 7],
      [4, 11],
    ]),
  ).toBeCloseTo(2);
  expect(goal('x', 0.61, { most: 0.6 })).toEqual({ what: 'x', wanted: 'at most 0.6', got: '0.610', met: false });
});

it('pairs give ratios and what is wanted of them', async () => {
  const result = await steps.run(bench((args) => (after(args, '--shape') === 'small' ? 0.5 : 0.7), 1));
  expect(steps.render(result)).toContain(
    '| 1.00 s, 1000 MB | 1.00 s, 1000 MB | 0.500 s, 500 MB | 1 tokens/s, 7 GFLOP/s | 0.50 | 0.50 | 0.50 |',
  );
  expect(steps.goals?.(result).map(({ met }) => met)).toEqual([true, true, false, false, false, false]);
});

it('without PyTorch ours are shown alone, and why', async () => {
  const result = await steps.run(bench(() => 0.5));
  expect(steps.render(result)).toContain('PyTorch was not measured: no torch.');
  expect(steps.goals?.(result)).toEqual([]);
});

it('the page has a section for what was measured, and keeps what was measured before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const all = [steps, growth, mixer];
  const take = async (one: (typeof all)[number]): Promise<Taken> => ({
    ...{
      date: '2026-01-02T03:04:05Z',
      minutes: 2,
      load: [0, 1],
      pairs: 2,
      machine: thisMachine(),
      versions: { node: '20' },
    },
    result: await one.run(bench((args) => 0.1 * Number(after(args, '--shape').split(',')[1] ?? 1))),
  });
  writeResults(folder, { ...readResults(folder), growth: await take(growth) }, all);
  writeResults(folder, { ...readResults(folder), mixer: await take(mixer) }, all);
  const page = readFileSync(join(folder, 'README.md'), 'utf8');
  expect(page.match(/^## .+$/gm)).toEqual([
    '## Against what is wanted',
    '## Time by layers and by batch',
    '## MoSLoRA against LoRA',
  ]);
  expect(page).toContain('| 4 | 400 ms | 100 ms |');
  expect(page).toContain("| small: MoSLoRA's time over LoRA's | at most 1.03 | 1.00 | yes |");
  expect(page).toMatch(
    /_2026-01-02, .+, \d+ GB; node 20\. `--only growth --pairs 2`, 2 min; load 0\.0 before, 1\.0 after\._/,
  );
});
