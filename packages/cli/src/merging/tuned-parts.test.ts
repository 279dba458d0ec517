import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile } from '@moslora/checkpoint';
import { startEngine } from '@moslora/kernels';
import { maxAbsDiff } from '@moslora/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeTinyLlava } from '../evaluate/fixtures/tiny-llava';
import { runHere as run } from '../fixtures/run-here';
import { Reporter } from '../progress/reporter';
import { openPipeline } from '../stages/open-pipeline';
import { root as checkout } from '../stages/paths';
import { runStage } from '../stages/run-stage';
import { writePartsPipeline } from '../tuning/fixtures/parts-pipeline';
import type { LogitDifference } from './fixed-batch';

const root = mkdtempSync(join(tmpdir(), 'tuned-parts-'));
const at = (...names: string[]): string => join(root, ...names);
const adapter = '{ method: moslora, rank: 2, alpha: 4 }';
const recipes = {
  adapters: `{ tower: { mode: adapter, adapter: ${adapter} }, projector: full, decoder: { mode: adapter, adapter: ${adapter} } }`,
  'tower-full': `{ tower: full, projector: { mode: adapter, adapter: ${adapter} }, decoder: { mode: adapter, adapter: ${adapter} } }`,
  'all-full': '{ tower: full, projector: full, decoder: full }',
  'projector-alone': '{ projector: full }',
};
type Recipe = keyof typeof recipes;

/** Trains a tiny LLaVA by a recipe; its run lies in runs/NAME/tune. */
async function train(recipe: Recipe): Promise<void> {
  const folder = at('pipelines', recipe);
  const train = 'steps: 3, learningRate: 2e-2';
  writePartsPipeline(folder, { llava: at('llava'), parts: recipes[recipe], train });
  const quiet = new Reporter({ write: () => undefined });
  await runStage(openPipeline(folder), 'tune', { reporter: quiet, signal: new AbortController().signal });
}

interface Report {
  layout: string;
  logits: LogitDifference;
}

async function written(...args: string[]): Promise<Report> {
  const { code, out, err } = await run(...args, '--json', '--image-token', '77');
  expect([code, code === 0 ? '' : err]).toEqual([0, '']);
  return JSON.parse(out) as Report;
}

/** Largest change of each tensor from the LLaVA that training began with, by the part's prefix. */
function changes(folder: string): Record<'tower' | 'projector' | 'decoder', number[]> {
  const [now, before] = [folder, at('llava')].map((each) => SafetensorsFile.open(join(each, 'model.safetensors')));
  const stripped = (name: string): string => name.replace(/^(model\.|language_model\.)+/, '');
  const names = before!.names();
  const of = (start: string): number[] =>
    now!
      .names()
      .filter((name) => name.startsWith(start))
      .map((name) => {
        const old = names.find((each) => stripped(each) === stripped(name))!;
        return maxAbsDiff(now!.float32(name), before!.float32(old));
      });
  const found = {
    tower: of('vision_tower.'),
    projector: of('multi_modal_projector.'),
    decoder: of('language_model.'),
  };
  [now, before].forEach((file) => file!.close());
  return found;
}

/** How many tensors of a part moved by more than rounding to half precision. */
const moved = (values: readonly number[]): number => values.filter((value) => value > 2e-3).length;

beforeAll(async () => {
  vi.stubEnv('MOSLORA_DATA', join(checkout, 'datasets/easy-vqa/fixture'));
  await startEngine();
  writeTinyLlava(at('llava'));
  for (const recipe of Object.keys(recipes) as Recipe[]) await train(recipe);
}, 120_000);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

describe('a stage that tuned other parts than the decoder', () => {
  it.each(['adapters', 'tower-full'] as const)('is merged with all of them: %s', async (recipe) => {
    const out = at(`merged-${recipe}`);
    const report = await written('merge', at('runs', recipe, 'tune'), out, '--as', 'float16');
    expect(report).toMatchObject({ layout: 'huggingface' });
    expect(report.logits.relative).toBeLessThan(0.01);
    const { tower, projector, decoder } = changes(out);
    // 12 linear layers in the tower, of which the last 6 come after the layer that is read; all of its first in full.
    expect(moved(tower)).toBeGreaterThanOrEqual(6);
    expect(moved(projector)).toBe(recipe === 'adapters' ? 4 : 2);
    expect(moved(decoder)).toBe(7);
    const again = await written(
      'export',
      at('runs', recipe, 'tune'),
      at(`hf-${recipe}`),
      '--as',
      'hf',
      '--dtype',
      'float16',
    );
    expect(again.logits.relative).toBeLessThan(0.01);
    const other = changes(at(`hf-${recipe}`));
    expect([moved(other.tower), moved(other.projector), moved(other.decoder)]).toEqual([
      moved(tower),
      moved(projector),
      7,
    ]);
  });

  it.each(['all-full', 'projector-alone'] as const)('is exported with all of them: %s', async (recipe) => {
    const out = at(`hf-${recipe}`);
    const report = await written('export', at('runs', recipe, 'tune'), out, '--as', 'hf', '--dtype', 'float16');
    expect(report.logits.relative).toBeLessThan(0.01);
    const { tower, projector, decoder } = changes(out);
    const full = recipe === 'all-full';
    expect([moved(tower) > 12, moved(projector), moved(decoder)]).toEqual([full, 4, full ? 12 : 0]);
    const refused = await run('merge', at('runs', recipe, 'tune'), at('never'));
    expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/no adapter to merge[^]*moslora export/)]);
  });

  it.each(['tower-full', 'all-full'] as const)('answers with all of them: %s', async (recipe) => {
    const exported = at(`whole-${recipe}`);
    await written('export', at('runs', recipe, 'tune'), exported, '--as', 'hf', '--dtype', 'float16');
    const picture = join(checkout, 'packages/images/src/fixtures/processors/CLIP/picture.png');
    const ask = async (model: string): Promise<number[]> => {
      const asked = ['--prompt', 'What is it?', '--image', picture, '--max-new-tokens', '6', '--greedy', '--json'];
      const { code, out, err } = await run('generate', model, ...asked);
      expect([code, code === 0 ? '' : err]).toEqual([0, '']);
      return (JSON.parse(out) as { ids: number[] }).ids;
    };
    const tuned = await ask(at('runs', recipe, 'tune'));
    expect(tuned).toEqual(await ask(exported));
    expect(tuned).not.toEqual(await ask(at('llava')));
  });

  it('is not served as an adapter over a model whose tower it would not see with', async () => {
    for (const [recipe, part] of [
      ['adapters', 'tower-adapter'],
      ['tower-full', 'tower'],
    ] as const) {
      for (const place of [at('runs', recipe, 'tune'), at('runs', recipe, 'tune/adapter')])
        expect(await run('serve', at('llava'), '--adapter', `a=${place}`)).toMatchObject({
          code: 2,
          err: expect.stringMatching(
            new RegExp(
              `adapter a was tuned together with a vision tower[^]*got {6}\\S+tune/${part}\\n[^]*serve it by itself`,
            ),
          ),
        });
    }
    const stage = await run(
      'serve',
      `${at('pipelines/projector-alone')}:tune`,
      '--adapter',
      `a=${at('runs/adapters/tune')}`,
    );
    expect([stage.code, stage.err]).toEqual([2, expect.stringMatching(/adapter a stands on another towerAdapter/)]);
  });

  it('keeps the tower and the projector beside an adapter that stays by itself', async () => {
    const report = await written('export', at('runs/tower-full/tune'), at('peft'), '--as', 'peft');
    expect(report.logits.relative).toBeLessThan(0.05);
    expect(readdirSync(at('peft'))).toEqual(expect.arrayContaining(['adapter', 'tower', 'projector.safetensors']));
    const two = await run('export', at('runs/adapters/tune'), at('never'), '--as', 'peft');
    expect([two.code, two.err]).toEqual([2, expect.stringContaining('Decoder and tower have an adapter each')]);
  });

  it('gives its tower and projector too where its run is named as the adapter of a base', async () => {
    for (const recipe of ['adapters', 'tower-full'] as const) {
      const out = at(`onto-${recipe}`);
      await written('merge', at('llava'), at('runs', recipe, 'tune'), out, '--as', 'float16');
      const [onto, own] = [out, at(`merged-${recipe}`)].map((each) =>
        SafetensorsFile.open(join(each, 'model.safetensors')),
      );
      expect(onto!.names()).toEqual(own!.names());
      for (const name of onto!.names()) expect(maxAbsDiff(onto!.float32(name), own!.float32(name)), name).toBe(0);
      [onto, own].forEach((file) => file!.close());
    }
  });

  it('does not go onto a base that shows its decoder other features, and says of one without eyes what it leaves out', async () => {
    const file = at('runs/adapters/tune/run.json');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, before.replace('"pool": 1', '"pool": 2'));
    const { code, err } = await run('merge', at('llava'), at('runs/adapters/tune'), at('never'));
    writeFileSync(file, before);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/tuned on other features[^]*"pool":2[^]*merge the run alone/),
    ]);
    const language = join(checkout, 'packages/model-llama/fixtures/llama');
    const alone = await run('merge', language, at('runs/adapters/tune'), at('never'));
    expect(alone.err).toMatch(
      /left out, since \S+ is a language model alone: \S+tower-adapter, \S+projector.safetensors/,
    );
  });
});
