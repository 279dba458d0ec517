import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile } from '@moslora/checkpoint';
import { startEngine } from '@moslora/kernels';
import type { LlavaModel } from '@moslora/model-llava';
import type { StageConfigOf } from '@moslora/specs';
import { meanLoss } from '@moslora/training';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeTinyLlava } from '../evaluate/fixtures/tiny-llava';
import { stageAnswerer } from '../evaluate/stage-answerer';
import { quantizeModel } from '../quantizing/quantize-model';
import { Reporter, type Bar, type BarOptions } from '../progress/reporter';
import { openPipeline } from '../stages/open-pipeline';
import { root as checkout } from '../stages/paths';
import { runStage } from '../stages/run-stage';
import type { StageContext } from '../stages/stage';
import { stageContext } from '../stages/stage-context';
import { writePartsPipeline } from './fixtures/parts-pipeline';
import { usePrecision } from './run-training';
import { setUpTuning } from './tuning-setup';

const root = mkdtempSync(join(tmpdir(), 'parts-'));
const adapter = '{ method: moslora, rank: 2, alpha: 4, dropout: 0.1 }';

/** Kinds of training: what they say of the parts. */
const kinds = {
  'tower and decoder full': '{ tower: { mode: full, learningRate: 1e-4 }, decoder: full, projector: frozen }',
  'adapters on all parts': `{
        tower: { mode: adapter, adapter: ${adapter}, learningRate: 2e-2, weightDecay: 0.5 },
        projector: { mode: adapter, adapter: ${adapter} },
        decoder: { mode: adapter, adapter: ${adapter} } }`,
  'the decoder alone': '{ projector: frozen, decoder: { mode: full, weightDecay: 0.1 } }',
  'the tower alone': '{ projector: frozen, tower: { mode: full, weightDecay: 0.5 } }',
};
type Kind = keyof typeof kinds;

let pipelines = 0;
/** A pipeline with one stage that tunes a tiny LLaVA in its own folder. */
function pipelineOf(kind: Kind, steps = 4): string {
  const folder = join(root, 'pipelines', `p${pipelines++}`);
  writePartsPipeline(folder, {
    llava: join(root, 'llava'),
    parts: kinds[kind],
    train: `steps: ${steps}, learningRate: 1e-2, checkpointEvery: 10`,
    validation: '{ data: [{ dataset: easy-vqa, split: train }], every: 4, samples: 1, maxNewTokens: 2, take: last }',
  });
  return folder;
}

/** Aborts after a step. */
class StoppingReporter extends Reporter {
  constructor(
    private readonly stopAt: number,
    private readonly abort: AbortController,
  ) {
    super({ write: () => undefined });
  }

  override bar(options: BarOptions): Bar {
    const bar = super.bar(options);
    const update = (done: number): void => {
      if (options.label === 'tune' && done === this.stopAt) this.abort.abort();
    };
    return { ...bar, update };
  }
}

/** Runs the stage, stopped after `stopAt` steps and begun again; gives its outputs' folder and metrics. */
async function tune(folder: string, stopAt?: number) {
  const run = (reporter: Reporter, signal: AbortSignal) => runStage(openPipeline(folder), 'tune', { reporter, signal });
  if (stopAt !== undefined) {
    const abort = new AbortController();
    await expect(run(new StoppingReporter(stopAt, abort), abort.signal)).rejects.toThrow('interrupted');
  }
  const quiet = new Reporter({ write: () => undefined });
  const { outDir, run: done } = await run(quiet, new AbortController().signal);
  return { outDir, metrics: done.metrics };
}

/** Hashes of every file of weights under a folder. */
function weights(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.safetensors'),
  );
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
  return Object.fromEntries(files.sort().map((name) => [name, hash(name)]));
}

/** By how much tensors of a file differ at most from those of the base with the same end of the name. */
function changes(path: string, part: string): Map<string, number> {
  const [now, before] = [SafetensorsFile.open(path), SafetensorsFile.open(join(root, 'llava', 'model.safetensors'))];
  const changed = now.names().map((name): [string, number] => {
    const was = before.names().find((each) => each.startsWith(part) && each.endsWith(name))!;
    const values = before.float32(was);
    return [name, now.float32(name).reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0)];
  });
  [now, before].forEach((file) => file.close());
  return new Map(changed);
}

describe('a stage that says what learns', () => {
  beforeAll(async () => {
    vi.stubEnv('MOSLORA_DATA', join(checkout, 'datasets/easy-vqa/fixture'));
    await startEngine();
    usePrecision('float32');
    writeTinyLlava(join(root, 'llava'));
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(root, { recursive: true, force: true });
  });

  it.each(Object.keys(kinds) as Kind[])('goes on to the last bit, and its outputs are read back: %s', async (kind) => {
    const whole = await tune(pipelineOf(kind));
    const folder = pipelineOf(kind);
    const resumed = await tune(folder, 2);
    expect(weights(resumed.outDir)).toEqual(weights(whole.outDir));
    const lines = (outDir: string) => readFileSync(join(outDir, 'validation.jsonl'), 'utf8').trim().split('\n');
    const { loss } = JSON.parse(lines(resumed.outDir).at(-1)!) as { loss: number };
    expect(loss).toBe((JSON.parse(lines(whole.outDir).at(-1)!) as { loss: number }).loss);

    const open = openPipeline(folder);
    const given = { reporter: new Reporter({ write: () => undefined }), signal: new AbortController().signal };
    const context = stageContext(open, 'tune', open.pipeline.stages['tune']!, given);
    const workDir = mkdtempSync(join(root, 'read-'));
    const setup = await setUpTuning({ ...context, workDir } as StageContext<StageConfigOf<'align'>>);
    const { speaker, dispose } = await stageAnswerer(context, 'tune').open();
    const read = await meanLoss(speaker as LlavaModel, setup.source, 2, 0);
    expect(Math.abs(read.loss - loss)).toBeLessThan(1e-6);
    dispose();
    await setup.close();
  });

  it('moves what learns at its own rate, and nothing else', async () => {
    const { outDir, metrics } = await tune(pipelineOf('tower and decoder full', 1));
    // AdamW's first step is the learning rate in the direction of the gradient, wherever there is one.
    const tower = changes(join(outDir, 'tower/model.safetensors'), 'vision_tower.');
    const decoder = changes(join(outDir, 'decoder/model.safetensors'), 'language_model.');
    const projector = changes(join(outDir, 'projector.safetensors'), 'multi_modal_projector.');
    for (const [name, change] of tower) {
      // The last layer and the norm after it give nothing to hidden_states[-2].
      const unused = /layers\.1\.|post_layernorm|k_proj\.bias/.test(name);
      if (unused) expect(change, name).toBeLessThan(1.1e-4);
      else expect(change, name).toBeCloseTo(1e-4, 5);
      if (/layers\.1\.|post_layernorm/.test(name)) expect(change, name).toBe(0);
    }
    expect(decoder.size).toBe(12);
    for (const [name, change] of decoder) expect(change, name).toBeCloseTo(1e-2, 4);
    expect([...projector.values()]).toEqual([0, 0, 0, 0]);
    expect(metrics['parts']).toMatchObject({
      tower: { mode: 'full', learningRate: 1e-4, weightDecay: 0 },
      projector: { mode: 'frozen', parameters: 0 },
      decoder: { mode: 'full', learningRate: 1e-2 },
    });
  });

  it('lets no layer decay that gets no gradient, as torch does', async () => {
    const { outDir } = await tune(pipelineOf('the tower alone', 2));
    for (const [name, change] of changes(join(outDir, 'tower/model.safetensors'), 'vision_tower.'))
      expect(change > 0, name).toBe(!/layers\.1\.|post_layernorm/.test(name));
  });

  it('leaves base and tower where they are for adapters, and says what it put on them', async () => {
    const { outDir, metrics } = await tune(pipelineOf('adapters on all parts', 1));
    expect(Object.keys(weights(outDir))).toEqual([
      'adapter/adapter_model.safetensors',
      'projector.safetensors',
      'tower-adapter/adapter_model.safetensors',
    ]);
    expect(metrics['parts']).toMatchObject({
      tower: { mode: 'adapter', adapter: 'moslora of rank 2 in 12 places', learningRate: 2e-2, weightDecay: 0.5 },
      projector: { mode: 'adapter', adapter: 'moslora of rank 2 in 2 places', learningRate: 1e-2 },
      decoder: { mode: 'adapter', adapter: 'moslora of rank 2 in 7 places' },
    });
    const projector = changes(join(outDir, 'projector.safetensors'), 'multi_modal_projector.');
    expect(projector.get('multi_modal_projector.linear_1.weight')).toBeGreaterThan(0);
    expect(projector.get('multi_modal_projector.linear_1.bias')).toBe(0);
  });

  it("keeps only the layers' inputs of a tower that learns where it is told to recompute", async () => {
    const plain = await tune(pipelineOf('tower and decoder full', 2));
    const folder = pipelineOf('tower and decoder full', 2);
    const file = join(folder, 'pipeline.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('warmup: 0', 'warmup: 0, gradientCheckpointing: true'));
    const recomputed = await tune(folder);
    expect(weights(recomputed.outDir)).toEqual(weights(plain.outDir));
  });

  it('refuses a base in 4 bits that is to learn as a whole', async () => {
    const folder = pipelineOf('the decoder alone');
    const file = join(folder, 'pipeline.yaml');
    const llava = JSON.stringify(join(root, 'llava'));
    const nf4 = join(root, 'nf4');
    await quantizeModel(join(root, 'llava'), nf4, {
      ...{ double: false, skip: [], dtype: 'keep', replace: false },
      reporter: new Reporter({ write: () => undefined }),
    });
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(`base: { folder: ${llava} }`, `base: { folder: ${JSON.stringify(nf4)} }`),
    );
    await expect(tune(folder)).rejects.toThrow(/A decoder in 4 bits cannot learn as a whole[^]*weights in NF4/);
  });
});
