import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, SafetensorsFile } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { z } from 'zod';

const greedySchema = z.looseObject({ prompt: z.array(z.int()), continuation: z.array(z.int()) });
export type Greedy = z.infer<typeof greedySchema>;

/** A batch and what another implementation computed from it. */
export interface Reference {
  /** B, T */
  shape: [number, number];
  inputIds: Int32Array;
  /** (B, T): 1 where a position is not padding. */
  attentionMask: Int32Array;
  labels: Int32Array | undefined;
  /** (I, 3, S, S) */
  pixels: { values: Float32Array; shape: number[] } | undefined;
  /** By name: logits, loss, vision_features, projected; those the file has. */
  expected: Map<string, Float32Array>;
}

const results = ['vision_features', 'projected', 'logits', 'loss'];

/** Reads `reference.safetensors`; inputs that it lacks (a file of other logits of the same batch) come from the one in `dir`. */
export function readReference(path: string, dir: string): Reference {
  const files = [path, join(dir, 'reference.safetensors')]
    .filter((file, index) => index === 0 || existsSync(file))
    .map((file) => SafetensorsFile.open(file));
  try {
    const [given] = files as [SafetensorsFile];
    const holding = (name: string): SafetensorsFile | undefined => files.find((file) => file.has(name));
    const ids = holding('input_ids');
    if (!ids)
      return fail({
        what: 'The reference has no input_ids',
        where: path,
        got: given.names().join(', '),
        expected: 'input_ids and logits',
      });
    const [batch, tokens] = ids.info('input_ids').shape as [number, number];
    const inputIds = ids.int32('input_ids');
    const pixels = holding('pixel_values');
    const expected = new Map(results.filter((name) => given.has(name)).map((name) => [name, given.float32(name)]));
    if (expected.size === 0)
      fail({
        what: 'The reference has nothing to compare with',
        where: path,
        got: given.names().join(', '),
        expected: `some of ${results.join(', ')}`,
      });
    return {
      shape: [batch, tokens],
      inputIds,
      attentionMask: holding('attention_mask')?.int32('attention_mask') ?? new Int32Array(inputIds.length).fill(1),
      labels: holding('labels')?.int32('labels'),
      pixels: pixels && { values: pixels.float32('pixel_values'), shape: pixels.info('pixel_values').shape },
      expected,
    };
  } finally {
    for (const file of files) file.close();
  }
}

/** Reads `greedy.json`, where the folder has one. */
export function readGreedy(dir: string): Greedy | undefined {
  const path = join(dir, 'greedy.json');
  return existsSync(path) ? readJson(path, greedySchema) : undefined;
}
