import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { partsOf, type AdapterConfig, type ModelPart } from '@moslora/specs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openPipeline } from '../stages/open-pipeline';
import { root } from '../stages/paths';
import { planPipeline } from './plan-pipeline';
import type { TrainingPlan } from './plan-training';

const empty = mkdtempSync(join(tmpdir(), 'no-models-'));
const [D, F] = [4096, 14336];
const clip = { 'q_proj k_proj v_proj out_proj': [4, 1024, 1024], fc1: [1, 4096, 1024], fc2: [1, 1024, 4096] };

/** Σ (out + in) of the linear layers of a model: how often, out, in. */
const widths = (layers: Record<string, number[]>): number =>
  Object.values(layers).reduce((sum, [times, out, inner]) => sum + times! * (out! + inner!), 0);

const internlm2 = 32 * widths({ wqkv: [1, D + 2048, D], wo: [1, D, D], w1w3: [2, F, D], w2: [1, D, F] }) + 92544 + D;
const llama3 = 32 * widths({ qo: [2, D, D], kv: [2, 1024, D], gateUp: [2, F, D], down: [1, D, F] });
const vicuna = 32 * widths({ qkvo: [4, D, D], gateUp: [2, 11008, D], down: [1, D, 11008] });
const tower = 24 * widths(clip);
const projector = D * (1024 + 1) + D * (D + 1);

/** What a stage trains of tower and decoder: rank, learning values, places, and the rest of the adapter's settings. */
interface Wanted {
  values: number;
  mixers?: number;
  places?: number;
  adapter?: Partial<AdapterConfig>;
}
const none: Wanted = { values: 0 };
const clipLora = {
  values: 64 * tower,
  places: 144,
  adapter: { method: 'lora', rank: 64, alpha: 16, dropout: 0.05 },
} as const;
const recipes: Record<string, Record<string, { tower: Wanted; decoder: Wanted; rate: number; samples: number }>> = {
  'internlm2-qmoslora': {
    align: { tower: none, decoder: none, rate: 1e-3, samples: 256 },
    instruct: {
      tower: clipLora,
      decoder: {
        ...{ values: 512 * internlm2 + 161 * 512 ** 2, mixers: 161 * 512 ** 2, places: 161 },
        adapter: { method: 'moslora', rank: 512, alpha: 256, dropout: 0.05, mixer: 'kaiming', trainMixer: true },
      },
      ...{ rate: 2e-4, samples: 64 },
    },
    'instruct-lora': {
      tower: clipLora,
      decoder: {
        values: 512 * internlm2,
        places: 161,
        adapter: { method: 'lora', rank: 512, alpha: 256, dropout: 0.05 },
      },
      ...{ rate: 2e-4, samples: 64 },
    },
  },
  'llama3-moslora': {
    align: { tower: none, decoder: none, rate: 1e-3, samples: 256 },
    instruct: {
      tower: {
        ...{ values: 64 * tower + 144 * 64 ** 2, mixers: 144 * 64 ** 2, places: 144 },
        adapter: { method: 'moslora', rank: 64, alpha: 16, mixer: 'kaiming' },
      },
      decoder: {
        ...{ values: 64 * llama3 + 224 * 64 ** 2, mixers: 224 * 64 ** 2, places: 224 },
        adapter: { method: 'moslora', rank: 64, alpha: 128, dropout: 0.05, mixer: 'kaiming' },
      },
      ...{ rate: 2e-5, samples: 64 },
    },
    'instruct-lora': {
      tower: clipLora,
      decoder: { values: 64 * llama3, places: 224, adapter: { method: 'lora', rank: 64, alpha: 128, dropout: 0.05 } },
      ...{ rate: 2e-5, samples: 64 },
    },
  },
  llava15: {
    align: { tower: none, decoder: none, rate: 1e-3, samples: 256 },
    instruct: { tower: none, decoder: { values: 6_738_415_616 }, rate: 2e-5, samples: 128 },
    'instruct-lora': {
      tower: none,
      decoder: { values: 128 * vicuna, places: 224, adapter: { method: 'lora', rank: 128, alpha: 256, dropout: 0.05 } },
      ...{ rate: 2e-4, samples: 128 },
    },
  },
};

describe.each(Object.keys(recipes))('the recipe %s', (name) => {
  let plans: TrainingPlan[];
  const open = () => openPipeline(join(root, 'pipelines', name));
  beforeAll(async () => {
    vi.stubEnv('HF_HOME', empty);
    vi.stubEnv('HF_HUB_CACHE', undefined);
    vi.stubEnv('MOSLORA_DATA', empty);
    plans = await planPipeline(open(), { measure: true, log: () => undefined });
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    rmSync(empty, { recursive: true, force: true });
  });

  it('trains what its source says, by the formula', () => {
    const wanted = recipes[name]!;
    expect(plans.map(({ stage }) => stage)).toEqual(Object.keys(wanted));
    for (const { stage, parts, samplesPerStep } of plans) {
      const stageWanted = wanted[stage]!;
      expect(samplesPerStep, stage).toBe(stageWanted.samples);
      expect(parts.projector, stage).toMatchObject({ mode: 'full', values: projector });
      const config = open().pipeline.stages[stage]!;
      if (config.kind !== 'align' && config.kind !== 'instruct') throw new Error(config.kind);
      expect(config.train).toMatchObject({
        learningRate: stageWanted.rate,
        epochs: 1,
        warmup: 0.03,
        weightDecay: 0,
        clipNorm: 1,
      });
      const given = partsOf(config);
      for (const part of ['tower', 'decoder'] satisfies ModelPart[]) {
        const { values, mixers = 0, places = 0, adapter } = stageWanted[part];
        expect(parts[part], `${stage} ${part}`).toMatchObject({ values, mixers });
        expect(parts[part].places, `${stage} ${part}`).toHaveLength(places);
        if (adapter) expect(given[part], `${stage} ${part}`).toMatchObject({ mode: 'adapter', adapter });
      }
    }
  });

  it('says that its models are not here, and plans from their published configurations', () => {
    for (const { missing, measured, memory, steps, secondsPerStep } of plans) {
      expect(missing.join('\n')).toMatch(
        /not in Hugging Face's cache: openai\/clip[^]*npx moslora download openai\/clip/,
      );
      expect(measured).toEqual({ reason: 'not all that it needs is here' });
      expect(memory.peak.total).toBeGreaterThan(3e9);
      expect(steps).toBeUndefined();
      expect(secondsPerStep).toBeGreaterThan(0);
    }
  });
});

describe('the counts that the paper’s runs had', () => {
  it('are those of the formula', () => {
    expect([512 * internlm2, 161 * 512 ** 2]).toEqual([1_257_439_232, 42_205_184]);
    expect([64 * llama3, 224 * 64 ** 2]).toEqual([167_772_160, 917_504]);
    expect([64 * tower, 144 * 64 ** 2, projector]).toEqual([28_311_552, 589_824, 20_979_712]);
  });

  it('take every linear layer, InternLM2’s head too', async () => {
    const leaves = (paths: readonly string[]) => [...new Set(paths.map((path) => path.split('.').at(-1)))].sort();
    const [, instruct] = await planPipeline(openPipeline(join(root, 'pipelines/internlm2-qmoslora')), {
      ...{ measure: false, log: () => undefined },
    });
    expect(leaves(instruct!.parts.decoder.places)).toEqual(['output', 'w1', 'w2', 'w3', 'wo', 'wqkv']);
    expect(leaves(instruct!.parts.tower.places)).toEqual(['fc1', 'fc2', 'k_proj', 'out_proj', 'q_proj', 'v_proj']);
    const [, llama] = await planPipeline(openPipeline(join(root, 'pipelines/llama3-moslora')), {
      ...{ measure: false, log: () => undefined },
    });
    expect(leaves(llama!.parts.decoder.places)).toEqual([
      'down_proj',
      'gate_proj',
      'k_proj',
      'o_proj',
      'q_proj',
      'up_proj',
      'v_proj',
    ]);
  });
});
