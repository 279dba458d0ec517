import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { StageConfigOf } from '@moslora/specs';
import { runHere } from '../fixtures/run-here';
import { writeToyPipeline } from './fixtures/toy-pipeline';
import { intervalChart } from './interval-chart';
import { studyKinds } from './study-kinds';
import type { StudyOutcome } from './study-outcome';
import { studyPage } from './study-page';
import { planStudy } from './study-plan';
import { studyTables, tableLines } from './study-table';
import { meanInterval } from './student-interval';

const folder = mkdtempSync(join(tmpdir(), 'moslora-study-'));
const pipeline = writeToyPipeline(folder);
afterAll(() => rmSync(folder, { recursive: true }));
const plan = (kind: string, more: object = {}) => planStudy({ kind, pipeline, seeds: 2, score: false, ...more });

describe('planStudy', () => {
  it('makes every variant under every seed, and shares the stages before', () => {
    const study = plan('mixer-init');
    expect(study.earlier).toEqual(['prepare']);
    expect(study.runs.map(({ name }) => name)).toEqual(
      [1, 2].flatMap((seed) =>
        ['kaiming', 'orthogonal', 'identity', 'butterfly', 'gaussian'].map((mixer) => `${mixer}-seed${seed}`),
      ),
    );
    const { stages } = study.open.pipeline;
    const orthogonal = stages[study.runs[6]!.stage] as StageConfigOf<'instruct'>;
    expect(orthogonal).toMatchObject({
      adapter: { method: 'moslora', mixer: 'orthogonal', rank: 4, alpha: 8 },
      train: { seed: 2, steps: 12, learningRate: 0.01 },
      data: [{ split: 'descriptions', limit: 36, weight: 1 }],
      validation: { holdOut: true, every: 6, take: 'last', data: [{ split: 'descriptions', limit: 24 }] },
    });
    expect(study.open.outDir(study.runs[6]!.stage)).toBe(join(folder, 'runs/toy/study-mixer-init/orthogonal-seed2'));
    expect(study.open.outDir('prepare')).toBe(join(folder, 'runs/toy/prepare'));
  });

  it('takes as much less data as it makes fewer steps, and the share that the variant says', () => {
    const study = plan('samples', { steps: 6 });
    const shares = study.runs.slice(0, 8).map(({ variant, stage }) => {
      const { data, train, adapter } = study.open.pipeline.stages[stage] as StageConfigOf<'instruct'>;
      return [variant, adapter?.method, data[0]!.fraction, train.steps];
    });
    expect(shares[0]).toEqual(['lora-100', 'lora', 0.5, 6]);
    expect(shares[7]).toEqual(['moslora-10', 'moslora', 0.05, 6]);
  });

  it('refuses what is not there with exit code 2', async () => {
    const kinds = Object.keys(studyKinds).join(', ');
    const unknown = await runHere('study', 'methodes');
    expect([unknown.code, unknown.err]).toEqual([
      2,
      expect.stringContaining(`got      methodes\n  expected one of ${kinds}`),
    ]);
    const absent = await runHere('study', 'methods', '--pipeline', pipeline, '--only', 'lora-seed7');
    expect([absent.code, absent.err]).toEqual([
      2,
      expect.stringMatching(/the study has no such run[^]*did you mean lora-seed1\?/),
    ]);
    expect((await runHere('study', 'methods', '--seeds', '11')).code).toBe(2);
    expect(() => plan('methods', { score: true })).toThrow('no stage scores `instruct`');
  });
});

const outcomes: StudyOutcome[] = (['lora', 'moslora'] as const).flatMap((variant, v) =>
  [1, 2, 3].map((seed) => ({
    ...{ name: `${variant}-seed${seed}`, variant, seed, stage: '', score: undefined },
    measures: { 'Validation loss': 1 + 0.1 * seed - 0.2 * v + 0.001 * v * seed },
    losses: [1, 2].map((step) => ({ step, loss: 2 / step })),
    facts: [],
  })),
);

describe('outcomes', () => {
  it('have intervals by Student’s t', () => {
    // s = 1, t(2) = 4.303: 2 ± 4.303 / √3
    expect(meanInterval([1, 2, 3])).toEqual({
      ...{ mean: 2, values: [1, 2, 3] },
      interval: [expect.closeTo(2 - 2.4843, 3), expect.closeTo(2 + 2.4843, 3)],
    });
    expect(meanInterval([5])).toEqual({ mean: 5, values: [5] });
  });

  it('are held against the reference with the same seed', () => {
    const [table] = studyTables(studyKinds['methods']!, outcomes);
    const lines = tableLines(table!);
    expect(lines[2]).toMatch(/^lora +3 +1\.2000 +0\.9516 … 1\.4484$/);
    expect(lines[3]).toMatch(/^moslora +3 +1\.0020 +\S+ … \S+ +lora +-0\.1980 +-0\.2005 … -0\.1955 +a difference$/);
    const one = studyTables(
      studyKinds['methods']!,
      outcomes.filter(({ seed }) => seed === 1),
    );
    expect(tableLines(one[0]!)[3]).toContain('one seed: no interval');
  });

  it('are one page that needs nothing beside itself', () => {
    const tables = studyTables(studyKinds['methods']!, outcomes);
    const page = studyPage({ title: 'T', facts: ['12 <steps>'], tables, outcomes });
    expect(page).not.toMatch(/(?:src|href)=/);
    expect(page).toContain('12 &#60;steps&#62;');
    expect(intervalChart(tables[0]!).match(/class="seed"/g)).toHaveLength(6);
    expect(page.match(/<polyline class="mean"/g)).toHaveLength(2);
  });
});
