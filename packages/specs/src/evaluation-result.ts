import { z } from 'zod';

/** What one has to know to compare a table with another's. */
export const provenanceSchema = z.strictObject({
  model: z
    .strictObject({
      name: z.string().describe('folder, or pipeline:stage'),
      sha256: z.string().optional().describe('over the weights that answered, and their configuration'),
    })
    .optional()
    .describe('absent where only answers were given'),
  template: z
    .strictObject({
      name: z.string(),
      sha256: z.string().optional().describe('of template.json, stored or as it would be'),
      stored: z
        .boolean()
        .describe('it was stored with the model when that was tuned; else it was guessed from the tokenizer'),
    })
    .optional(),
  system: z.string().optional().describe('system text put before every question'),
  prompt: z.string().optional().describe('prompt style, where the question has options'),
  decoding: z.string().optional().describe('how answers were made, such as: greedy, at most 16 new tokens'),
  blind: z.boolean().default(false).describe('every picture was blank'),
  computed: z
    .strictObject({
      precision: z.enum(['float32', 'bfloat16']).describe('of the factors of matrix products'),
      backend: z.string().describe('native or wasm'),
      device: z.string().describe('cpu or gpu'),
      library: z.string().describe('such as: TensorFlow 2.21.0'),
      kernels: z.string().describe('level of the fused ops, such as avx512bf16; plain: there were none'),
    })
    .optional()
    .describe('what computed the answers: last digits, and with them some answers, depend on it'),
  scoring: z.string().describe('what scored the answers'),
  rules: z.string().optional().describe('rules that read a letter from an answer'),
  judge: z.string().optional().describe('who read what the rules could not; absent: nobody, such answers are misses'),
  data: z.strictObject({
    file: z.string(),
    md5: z.string().describe('of the file; where the benchmark has several, of all of them one after another'),
    published: z.string().optional().describe('which published version it is; absent: none that is known'),
    limit: z.int().optional().describe('only the first questions'),
  }),
  intervals: z.string().describe('how the intervals were made'),
  version: z.string().describe('of moslora'),
});
export type Provenance = z.infer<typeof provenanceSchema>;

/** How answers came about and how they are scored; how intervals are drawn is known once they were. */
export const tableProvenanceSchema = provenanceSchema.omit({ intervals: true });
export type TableProvenance = z.infer<typeof tableProvenanceSchema>;

/** FILE.facts.json: what a table rests on whose own shape has no place to say it. */
export const factsFileSchema = z.strictObject({
  format: z.literal(1),
  table: z.string().describe('the file that it speaks of, in the same folder'),
  md5: z.string().describe('of that file: facts of one that has changed since are nobody’s'),
  facts: z.record(z.string(), z.string()).describe('in words, as tables have them'),
  provenance: tableProvenanceSchema.describe('the same, for programs'),
});
export type FactsFile = z.infer<typeof factsFileSchema>;

/** What is known before answers are scored. */
export const askedSchema = provenanceSchema.omit({ scoring: true, rules: true, judge: true, intervals: true });
export type Asked = z.infer<typeof askedSchema>;

/**
 * A line of NAME.answers.jsonl: first how the rows were asked, then a line a row, its answer or why there is none.
 */
export const answerLineSchema = z.union([
  z.strictObject({
    format: z.literal(1),
    benchmark: z.string(),
    shard: z.string().optional().describe('K/N: the questions whose place among all is K - 1 modulo N'),
    asked: askedSchema,
  }),
  z.strictObject({ key: z.string().describe('index of the row'), answer: z.string() }),
  z.strictObject({ key: z.string(), failed: z.string().describe('why the row could not be asked') }),
]);
export type AnswerLine = z.infer<typeof answerLineSchema>;

export const measuredLevel = z.enum(['overall', 'ability', 'leaf', 'other']);
export type MeasuredLevel = z.infer<typeof measuredLevel>;

export const measuredValueSchema = z.strictObject({
  name: z.string(),
  level: measuredLevel,
  split: z.string(),
  most: z.number().describe('what a perfect answerer gets'),
  questions: z.int(),
  value: z.number(),
  low: z.number().describe('lower end of the 95 % interval'),
  high: z.number(),
});
export type MeasuredValue = z.infer<typeof measuredValueSchema>;

/** NAME.result.json: one benchmark's figures, with everything that they rest on. */
export const evaluationResultSchema = z.strictObject({
  format: z.literal(1),
  benchmark: z.string(),
  title: z.string(),
  language: z.enum(['en', 'cn']),
  scorer: z.string(),
  provenance: provenanceSchema,
  questions: z.int().describe('scored'),
  rows: z.int().describe('asked: rotations each count'),
  undecided: z.int().describe('rows whose answer neither rules nor judge could read: misses'),
  judged: z.int().describe('rows whose answer the judge read'),
  failed: z
    .array(z.strictObject({ key: z.string(), reason: z.string() }))
    .describe('rows that could not be asked: misses'),
  orphans: z.array(z.string()).describe('rotations whose rotation 0 is missing: not scored'),
  warnings: z.array(z.string()),
  measures: z.array(measuredValueSchema),
});
export type EvaluationResult = z.infer<typeof evaluationResultSchema>;

const rowVerdictSchema = z.strictObject({
  key: z.string(),
  prediction: z.string(),
  read: z.string(),
  answer: z.string(),
  score: z.number(),
  by: z.enum(['rules', 'judge', 'nobody']),
  failed: z.string().optional(),
  order: z
    .string()
    .optional()
    .describe('of a rotation: which letters of the unrotated question its options A, B, … are, such as BCDA'),
});

/** A line of NAME.verdicts.jsonl. */
export const questionVerdictSchema = z.strictObject({
  key: z.string(),
  question: z.string(),
  options: z.record(z.string(), z.string()).optional(),
  picture: z.string().optional().describe('path of the picture, where it is a file'),
  score: z.number(),
  split: z.string().optional(),
  category: z.string().optional(),
  l2Category: z.string().optional(),
  rows: z.array(rowVerdictSchema),
});
export type QuestionVerdict = z.infer<typeof questionVerdictSchema>;
