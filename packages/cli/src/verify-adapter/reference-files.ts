import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, SafetensorsFile } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { z } from 'zod';

/** Tensors of a file by name. */
export type Tensors = Map<string, Float32Array>;

const trajectorySchema = z.looseObject({
  optimizer: z.looseObject({
    lr: z.number().positive(),
    betas: z.tuple([z.number(), z.number()]),
    eps: z.number(),
    weight_decay: z.number(),
    clip_norm: z.number().positive(),
  }),
  losses: z.array(z.number()).min(1),
  grad_norms_before_clip: z.array(z.number()),
});
export type Trajectory = z.infer<typeof trajectorySchema>;

/** What another implementation computed with an adapter; what its folder lacks is left out. */
export interface AdapterReference {
  logits: Float32Array | undefined;
  gradients: Tensors | undefined;
  trajectory: Trajectory | undefined;
  after: Tensors | undefined;
}

/** @throws UserError when there is nothing to compare with */
export function readAdapterReference(folder: string): AdapterReference {
  const present = (name: string): string | undefined =>
    existsSync(join(folder, name)) ? join(folder, name) : undefined;
  const tensors = (name: string): Tensors | undefined => {
    const path = present(name);
    return path === undefined ? undefined : readTensors(path);
  };
  const path = present('trajectory.json');
  const found = {
    logits: tensors('logits.safetensors')?.get('logits'),
    gradients: tensors('gradients.safetensors'),
    trajectory: path === undefined ? undefined : readJson(path, trajectorySchema),
    after: tensors('after_5_steps.safetensors'),
  };
  if (Object.values(found).some((value) => value !== undefined)) return found;
  return fail({
    what: 'nothing to compare the adapter with',
    where: folder,
    expected: 'some of logits.safetensors, gradients.safetensors, trajectory.json, after_5_steps.safetensors',
  });
}

/** A batch with its labels and pictures. */
export interface ReferenceBatch {
  /** B, T */
  shape: [number, number];
  inputIds: Int32Array;
  labels: Int32Array;
  /** (B, T): 1 where a position is not padding. */
  visible: Int32Array;
  pixels: { values: Float32Array; shape: [number, number, number, number] } | undefined;
}

/** The batch in `reference.safetensors` of the base. @throws UserError when it lacks ids or labels */
export function readBatch(base: string): ReferenceBatch {
  const path = join(base, 'reference.safetensors');
  const file = SafetensorsFile.open(path);
  try {
    const missing = ['input_ids', 'labels'].filter((name) => !file.has(name));
    if (missing.length > 0) {
      fail({
        what: `the batch lacks ${missing.join(' and ')}`,
        where: path,
        got: file.names().join(', '),
        expected: 'input_ids and labels, and pixel_values where there are pictures',
      });
    }
    const inputIds = file.int32('input_ids');
    return {
      shape: file.info('input_ids').shape as [number, number],
      inputIds,
      labels: file.int32('labels'),
      visible: file.has('attention_mask') ? file.int32('attention_mask') : new Int32Array(inputIds.length).fill(1),
      pixels: file.has('pixel_values')
        ? {
            values: file.float32('pixel_values'),
            shape: file.info('pixel_values').shape as [number, number, number, number],
          }
        : undefined,
    };
  } finally {
    file.close();
  }
}

function readTensors(path: string): Tensors {
  const file = SafetensorsFile.open(path);
  try {
    return new Map(file.names().map((name) => [name, file.float32(name)]));
  } finally {
    file.close();
  }
}
