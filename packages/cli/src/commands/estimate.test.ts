import { join } from 'node:path';
import { updatesInPlace } from '@moslora/kernels';
import { isNative } from '@moslora/runtime';
import { expect, it } from 'vitest';
import { runHere } from '../fixtures/run-here';
import { root } from '../stages/paths';
import type { StageEstimate } from '../estimate/estimate-stage';

const quickstart = join(root, 'pipelines', 'quickstart');

const run = (...args: string[]) => runHere('estimate', ...args);

it('gives every tuning and scoring stage its parts and its peak', async () => {
  // Nothing was ever run under this preset's name but by hand, so that lengths come from the configuration.
  const { code, out } = await run(quickstart, '--preset', 'smoke', '--json');
  expect(code).toBe(0);
  const { estimates } = JSON.parse(out) as { estimates: StageEstimate[] };
  expect(estimates.map(({ stage, kind }) => `${stage} ${kind}`)).toEqual([
    ...['align train', 'instruct train', 'score inference', 'score-untuned inference', 'score-blind inference'],
    ...['instruct-qlora train', 'score-qlora inference'],
  ]);
  for (const { phases, peak } of estimates) {
    for (const { name: _, total, ...parts } of phases)
      expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(total);
    expect(peak.total).toBe(Math.max(...phases.map(({ total }) => total)));
    expect(peak.runtime).toBeGreaterThan(1e8);
    expect(peak.base).toBeGreaterThan(2e7);
  }
  const [align, instruct] = estimates as [StageEstimate, StageEstimate];
  const at = ({ phases }: StageEstimate, name: string) => phases.find((phase) => phase.name === name)!;
  // 22.5 M weights at rank 64 have 4.7 M learning factors and 0.2 M in mixers.
  const updates = isNative() && updatesInPlace() ? 12 : 88;
  expect(at(instruct, 'update').optimizer - at(align, 'update').optimizer).toBeGreaterThan(updates * 4.6e6);
});

it('prints a line a phase, for one stage where one is named', async () => {
  const { code, out } = await run(quickstart, 'align', '--preset', 'smoke');
  expect(code).toBe(0);
  expect(out).toMatch(/^align {2}train in (bfloat16|float32), batches of 4 x \d+ \(.*\): [\d.]+ [MG]B\n/);
  expect(out).toMatch(/\n {2}[* ] pictures +[\d.]+ [MG]B {2}runtime [\d.]+ [MG]B, base/);
  expect(out.match(/^ {2}\* /gm)).toHaveLength(1);
});

it('names the stages that there is something to say about', async () => {
  expect(await run(quickstart, 'prepare')).toMatchObject({
    code: 2,
    err: expect.stringMatching(
      /neither tunes nor answers[^]*got {6}prepare\n {2}expected one of align, instruct, score/,
    ),
  });
  expect(await run(quickstart, 'nothing')).toMatchObject({ code: 2, err: expect.stringContaining('has no stage') });
});
