import { z } from 'zod';
import { fileRef, name, splitRef, stageRef } from '../stage-references';
import { common } from './common';

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

export type BenchmarkRef = z.infer<typeof benchmark>;
