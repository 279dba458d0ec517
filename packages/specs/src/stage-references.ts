import { z } from 'zod';
import { isObject } from './schema-keys';

/**
 * How a pipeline names things. A stage is always named by an object with the key `stage` ({ stage: NAME }), wherever it stands;
 * nothing else in a pipeline has a key of that name, so that references can be found without knowing the stage's kind.
 */
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens, such as score-blind')
  .describe('a name in kebab case');

const stage = name.describe('a stage of this pipeline');
const path = z
  .string()
  .min(1)
  .describe(
    "a path; relative ones start at the pipeline's folder; ${MOSLORA_DATA}/… (its data/ and models/ too) and ${HOME} are filled in",
  );
const origin = z.string().optional().describe('where to get it, said when it is missing');

export const stageRef = z.strictObject({ stage });

/** A folder: another stage's outputs, or one that is there already. */
export const folderRef = z.union([stageRef, z.strictObject({ folder: path, origin })]);

/** A file: one among another stage's outputs, or one that is there already. */
export const fileRef = z.union([
  z.strictObject({ stage, file: z.string().min(1).describe('path inside the outputs of the stage') }),
  z.strictObject({ path, origin }),
]);

const split = z.string().min(1).describe('split of the dataset');
const options = z.record(z.string(), z.unknown()).default({}).describe('options of the dataset');

/** How own files of conversations are laid out; docs/data.md shows each. */
export const formatNames = ['llava', 'sharegpt', 'messages', 'parquet', 'webdataset'] as const;

/** Files of a person's own, read without a dataset package. */
const ownFiles = {
  format: z.enum(formatNames).describe('how the files are laid out'),
  path: path.describe('a file, or a folder whose files of this format are read in the order of their names'),
  images: path
    .optional()
    .describe('the folder that relative paths of pictures start at; default: where the file lies that names them'),
  origin,
  options: z.record(z.string(), z.unknown()).default({}).describe('options of the format'),
};

/** One split of a dataset that may have open questions: one that a `prepare` stage made, or one read as it comes from MOSLORA_DATA. */
export const splitRef = z.union([z.strictObject({ stage, split }), z.strictObject({ dataset: name, split, options })]);

/** Conversations: one split of a dataset, or files of one's own. */
export const dataRef = z.union([...splitRef.options, z.strictObject(ownFiles)]);

const limit = z.int().positive().optional().describe('take only the first samples');
const share = {
  limit,
  fraction: z.number().gt(0).max(1).optional().describe('take a seeded share of them, the same ones in every epoch'),
  weight: z
    .number()
    .positive()
    .default(1)
    .describe('how often an epoch takes its samples: 2 each twice, 0.5 half of them, other ones in the next epoch'),
};

/** One part of a training mixture. */
export const mixturePart = z.union([
  z.strictObject({ stage, split, ...share }),
  z.strictObject({ dataset: name, split, options, ...share }),
  z.strictObject({ ...ownFiles, ...share }),
]);

/** One part of held-out data, each sample of which is looked at once. */
export const heldOutPart = z.union([
  z.strictObject({ stage, split, limit }),
  z.strictObject({ dataset: name, split, options, limit }),
  z.strictObject({ ...ownFiles, limit }),
]);

export type StageRef = z.infer<typeof stageRef>;
export type FolderRef = z.infer<typeof folderRef>;
export type FileRef = z.infer<typeof fileRef>;
export type SplitRef = z.infer<typeof splitRef>;
export type DataRef = z.infer<typeof dataRef>;
/** Files of a person's own. */
export type OwnFiles = Extract<DataRef, { format: string }>;
export type FormatName = (typeof formatNames)[number];
export type MixturePart = z.infer<typeof mixturePart>;
export type HeldOutPart = z.infer<typeof heldOutPart>;

/** A reference found in a stage: its path inside the stage, and the stage it names. */
export interface FoundReference {
  path: (string | number)[];
  name: string;
}

/** Every reference in a stage, checked or not: all `needs` entries, and every value of a key called `stage`. */
export function references(stageConfig: unknown): FoundReference[] {
  const needs = isObject(stageConfig) && Array.isArray(stageConfig['needs']) ? stageConfig['needs'] : [];
  const explicit = needs.flatMap((needed: unknown, index) =>
    typeof needed === 'string' ? [{ path: ['needs', index], name: needed }] : [],
  );
  return [...explicit, ...nested(stageConfig, [])];
}

function nested(value: unknown, path: (string | number)[]): FoundReference[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    return key === 'stage' && typeof inner === 'string' ? [{ path: at, name: inner }] : nested(inner, at);
  });
}
