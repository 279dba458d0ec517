import { partsOf, type ModelPart, type StageConfigOf } from '@moslora/specs';
import { updatesInPlace } from '@moslora/kernels';
import { isNative } from '@moslora/runtime';
import { chosenLayers } from '@moslora/vision-encoder';
import type { StageContext } from '../stages/stage';
import { mostInView } from '../evaluate/pictures-in-view';
import { mostWaiting } from '../tuning/live-features';
import { choosePrecision } from '../tuning/run-training';
import { tuningStage } from '../tuning/stage-outputs';
import { baseMemory, baseSizes, type BaseSizes } from './base-sizes';
import { runSizes, type RunSizes } from './batch-sizes';
import { adapterSizes, learningSizes, type PartSizes } from './learning-sizes';
import { layersAreFused } from './fused-memory';
import { livePictures } from './live-pictures';
import type { DecoderSizes, Precision } from './decoder-memory';
import { longestPrompt } from './longest-prompt';
import { towerSizes, type FoundTower } from './tower-sizes';
import {
  learningTowerActivations,
  seeingActivations,
  towerWeights,
  usedTowerWeights,
  type TowerSizes,
} from './tower-memory';
import { generationMemory, trainingMemory } from './training-memory';

/** Memory by part, in bytes. */
export interface MemoryParts {
  /** Node, the library and this program, before anything is loaded. */
  runtime: number;
  base: number;
  adapters: number;
  /** Values, moments and gradients of AdamW. */
  optimizer: number;
  activations: number;
  /** The tower with what it makes, and the features of a batch. */
  pictures: number;
}

/** A time in a run when memory may be at its most. */
export interface Phase extends MemoryParts {
  name: string;
  total: number;
}

export interface StageEstimate {
  stage: string;
  kind: 'train' | 'inference';
  /** The phases one after another; the peak is the largest of them. */
  phases: Phase[];
  peak: Phase;
  precision: Precision;
  /** B and T of the largest batch, and how they are known. */
  batch: number;
  tokens: number;
  source: string;
  /** What learns of each part, of a stage that tunes. */
  learning?: Record<ModelPart, PartSizes>;
  /** Samples of a pass over the data of such a stage, where they are known. */
  samples?: number;
  work?: { products: Products; absent: boolean };
}

/** Multiplications with an addition in one forward pass over the largest batch. */
export interface Products {
  tower: number;
  decoder: number;
}

type TuningConfig = StageConfigOf<'align'> | StageConfigOf<'instruct'>;

/** JavaScript's heap beside the tensors and what decodes pictures, once tokenizer, samples and compiled code are there. */
const scripts = 200e6;

/** The same in the steps of training where the ops are ours: free memory, and code that only starts a run, are given back before them. */
const steadyScripts = 40e6;

/** And where pictures are decoded for each step. */
const steadyDecoding = 50e6;

/** What a tuning stage will take at most. @param runtime bytes of this process with the backend started and nothing loaded */
export async function estimateTuning(context: StageContext<TuningConfig>, runtime: number): Promise<StageEstimate> {
  const { config } = context;
  const precision = choosePrecision(config.train.precision);
  const [base, tower] = [await baseSizes(context), towerSizes(context)];
  const patches = tower.patches / config.features.pool ** 2 + (config.features.select === 'full' ? 1 : 0);
  const run = await runSizes(context, patches);
  const { width: seen, depth } = readLayers(tower, config.features.layer);
  const parts = partsOf(config);
  const learning = learningSizes(parts, { base, tower, seen });
  const learns = parts.tower.mode !== 'frozen';
  const values = Object.values(learning).reduce((sum, part) => sum + part.values, 0);
  const whole = (['tower', 'decoder'] as const).filter((part) => parts[part].mode === 'full');
  const read = whole.reduce((sum, part) => sum + learning[part].values, 0);
  const adapters = { ...adapterSizes(parts.decoder, learning.decoder, values), read };
  const frozenBase = baseMemory(base, config.residency, precision);
  // What learns as a whole is counted with what learns.
  const { loaded, used, ...rest } = parts.decoder.mode === 'full' ? { ...frozenBase, loaded: 0, used: 0 } : frozenBase;
  const checkpointing = config.train.gradientCheckpointing;
  const fused = layersAreFused();
  const inPlace = isNative() && updatesInPlace();
  const memory = trainingMemory(sizesOf(base, rest), adapters, run, {
    ...{ precision, checkpointing, fused, inPlace },
    averaged: config.train.emaDecay !== undefined,
  });
  const before = { runtime: runtime + scripts, base: used };
  const features = run.batch * patches * seen * 4;
  const none = { adapters: 0, optimizer: 0, activations: 0, pictures: 0 };
  const keep = config.features.keep && !learns;
  const live = keep ? undefined : livePictures(tower, { depth, fused, precision, run, train: config.train });
  const inSteps = steadyScripts + (live ? steadyDecoding : 0);
  const steady = { ...before, runtime: runtime + (inPlace ? inSteps : scripts) };
  const towerInStep = learns ? learningTowerActivations(tower, run.batchPictures, { depth, fused, checkpointing }) : 0;
  const pictures = (live?.kept ?? 0) - (parts.tower.mode === 'full' ? usedTowerWeights(tower, precision) : 0);
  const between = config.train.accumulate > 1 ? memory.optimizer : memory.moments;
  const first = live
    ? { ...steady, ...none, adapters: memory.adapters, optimizer: between, pictures: live.seeing }
    : {
        ...before,
        ...none,
        base: loaded,
        pictures: towerWeights(tower) + seeingActivations(tower, run.pictures, { depth, fused }),
      };
  const phases = [
    phase('pictures', first),
    phase('forward and backward', {
      ...{ ...steady, adapters: memory.adapters, optimizer: memory.optimizer },
      ...{ activations: memory.activations, pictures: pictures + features + towerInStep },
    }),
    phase('update', { ...steady, ...none, adapters: memory.adapters, optimizer: memory.update, pictures }),
  ];
  const { batch, tokens, source, samples } = run;
  const work = { products: productsOf(base, tower, run), absent: base.absent };
  return {
    stage: context.stage,
    kind: 'train',
    phases,
    peak: largest(phases),
    precision,
    batch,
    tokens,
    source,
    learning,
    work,
    ...(samples !== undefined && { samples }),
  };
}

/** What answering the questions of a score stage will take at most. */
export async function estimateScoring(
  context: StageContext<StageConfigOf<'score'>>,
  tuning: StageContext<TuningConfig>,
  runtime: number,
): Promise<StageEstimate> {
  const { config } = context;
  const tuned = tuningStage(context.stages, config.model.stage);
  const precision = choosePrecision('auto');
  const [base, tower] = [await baseSizes(tuning), towerSizes(tuning)];
  const { layer, pool, select } = tuned.features;
  const patches = tower.patches / pool ** 2 + (select === 'full' ? 1 : 0);
  const prompts = await longestPrompt(context, tuning, { patches, shares: base.sharesBeginnings });
  const { width, depth } = readLayers(tower, layer);
  const parts = partsOf(tuned);
  const beside = learningSizes({ ...parts, projector: { mode: 'full' } }, { base, tower, seen: width });
  const held = (part: ModelPart): number => (parts[part].mode === 'adapter' ? beside[part].values : 0);
  const adapters = beside.projector.values + held('tower') + held('decoder');
  const { loaded, used, ...rest } = baseMemory(base, tuned.residency, precision);
  const batch = Math.min(config.batchSize, prompts.questions);
  const before = { runtime: runtime + scripts, base: used, adapters: 8 * adapters, optimizer: 0 };
  const weights = towerWeights(tower);
  const fused = layersAreFused();
  const seen = config.blind ? 0 : seeingActivations(tower, prompts.pictures, { depth, fused });
  const each = 4 * patches * width;
  // Features of the pictures of a window, and pixels of those that come next.
  const inView = config.blind ? 0 : each * Math.min(prompts.pictures, mostInView(each));
  const waiting = config.blind
    ? 0
    : 12 * tower.imageSize ** 2 * Math.min(prompts.pictures, mostWaiting(tower.imageSize));
  const { newTokens } = prompts;
  const { stretched, outputWidths } = adapterSizes(parts.decoder, beside.decoder, 0);
  const activations = generationMemory(
    sizesOf(base, rest),
    { batch, tokens: prompts.tokens, together: prompts.together },
    { precision, newTokens, fused, stretched: stretched ? outputWidths : 0 },
  );
  const phases = [
    phase('pictures', { ...before, base: loaded, activations: 0, pictures: weights + seen + inView + waiting }),
    phase('answers', { ...before, activations, pictures: weights + batch * each + inView + waiting }),
  ];
  const { tokens, source } = prompts;
  return { stage: context.stage, kind: 'inference', phases, peak: largest(phases), precision, batch, tokens, source };
}

/** Of each linear layer (out, in) a row takes out · in; the head runs on rows with a label alone. */
function productsOf(base: BaseSizes, tower: FoundTower, run: RunSizes): Products {
  const inLayers = base.projections.filter(({ path }) => /\.\d+\./.test(path));
  const weights = inLayers.reduce((sum, { out, in: inner }) => sum + out * inner, 0);
  const head = run.labels * base.vocabulary * base.width;
  return {
    tower: run.batchPictures * tower.positions * tower.matrices,
    decoder: run.batch * run.tokens * weights + head,
  };
}

function sizesOf(base: BaseSizes, rest: Pick<DecoderSizes, 'widenedHead' | 'largestUnpacked'>): DecoderSizes {
  const { layers, width, inner, heads, queryWidth, keyWidth, vocabulary } = base;
  return { ...{ layers, width, inner, heads, queryWidth, keyWidth, vocabulary }, ...rest };
}

function phase(name: string, parts: MemoryParts): Phase {
  return { name, ...parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

function largest(phases: readonly Phase[]): Phase {
  return phases.reduce((most, each) => (each.total > most.total ? each : most));
}

/** What is read of a tower: D times the layers joined, and how many layers that takes. @throws UserError for a layer it does not have */
function readLayers(tower: TowerSizes, layer: number | readonly number[]): { width: number; depth: number } {
  const indices = chosenLayers({ layer }, tower.layers);
  return { width: indices.length * tower.width, depth: Math.max(...indices) };
}
