import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { writeTinyLlava } from '../evaluate/fixtures/tiny-llava';
import { spellPlaces } from '../planning/plan-lines';
import { runHere } from '../fixtures/run-here';
import { root } from '../stages/paths';

const folder = mkdtempSync(join(tmpdir(), 'plan-'));

const plan = (...args: string[]) => runHere('plan', ...args);

beforeAll(() => void vi.stubEnv('MOSLORA_DATA', join(root, 'datasets/easy-vqa/fixture')));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it('measures steps where all is here, and leaves nothing', async () => {
  const at = join(folder, 'pipelines', 'p');
  mkdirSync(at, { recursive: true });
  const llava = `{ folder: ${JSON.stringify(writeTinyLlava(join(folder, 'llava')))} }`;
  writeFileSync(
    join(at, 'pipeline.yaml'),
    `title: T
stages:
  tune:
    kind: align
    tower: ${llava}
    base: ${llava}
    data: [{ dataset: easy-vqa, split: train }]
    parts: { tower: full, decoder: { mode: adapter, adapter: { method: moslora, rank: 2 }, learningRate: 1e-3, weightDecay: 0.1 } }
    train: { epochs: 4, batchSize: 2, accumulate: 2, maxLength: 128 }
`,
  );
  const { code, out } = await plan(at);
  expect(code).toBe(0);
  expect(out).toMatch(/^T\ntune {2}align +not run\n\ntune: 9 steps of 4 samples\n/);
  expect(out).toContain('  tower      full: 5,848 values, at 0.0002\n');
  expect(out).toContain('  projector  full: 416 values, at 0.0002\n');
  expect(out).toMatch(
    / {2}decoder {4}moslora of rank 2: [\d,]+ values, 28 of them in mixers, at 0.001, weight decay 0.1\n/,
  );
  expect(out).toContain('7 places: ');
  expect(out).toMatch(/ {2}memory {5}[\d.]+ MB at most, in .* of 2 x \d+ \(the largest of \d+ batches\)\n/);
  expect(out).toMatch(/ {2}time {7}[\d.e-]+ s a step, \S+ for 9 steps \(measured over 3 steps\)\n$/);
  expect(await plan(at, '--no-measure')).toMatchObject({
    code: 0,
    out: expect.stringContaining('(estimated from matrix products: no steps were asked for)'),
  });
});

it('refuses patterns and targets that name no layer, before anything is loaded', async () => {
  const file = join(folder, 'pipelines', 'p', 'pipeline.yaml');
  const text = readFileSync(file, 'utf8');
  const wrong = text.replace('rank: 2 }', 'rank: 2, targets: [q_proj, vproj], rankPattern: { up_proj: 4 } }');
  writeFileSync(file, wrong);
  const { code, err } = await plan(file.replace(/.pipeline.yaml$/, ''), '--no-measure');
  writeFileSync(file, text);
  expect(code).toBe(2);
  expect(err).toMatch(
    /target names no layer[^]*vproj[^]*did you mean v_proj\?[^]*rankPattern matches no layer[^]*up_proj/,
  );
});

it('plans a pipeline that was never run', async () => {
  const { code, out } = await plan(join(root, 'pipelines/quickstart'), '--preset', 'smoke');
  expect(code).toBe(0);
  expect(out).toMatch(
    /\ninstruct: 6 steps of 4 samples\n {2}tower {6}frozen\n {2}projector {2}full: [\d,]+ values, at 0.001\n/,
  );
});

it('spells the numbers of layers as ranges', () => {
  const paths = [0, 1, 2].flatMap((i) => [`model.layers.${i}.mlp.up`, `model.layers.${i}.mlp.down`]);
  expect(spellPlaces([...paths, 'output'])).toBe('model.layers.0-2.mlp.up, model.layers.0-2.mlp.down, output');
});
