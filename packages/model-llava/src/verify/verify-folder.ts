import { join } from 'node:path';
import { isLlavaFolder } from '../layouts/open-layout';
import { loadDecoderFolder, loadLlavaFolder } from '../load-folder';
import type { LoadOptions } from '../part-loader';
import type { Check } from './checks';
import { checkDecoder, checkLlava } from './compare';
import { readGreedy, readReference } from './reference';

export interface Verification {
  agrees: boolean;
  checks: Check[];
}

export interface VerifyOptions extends LoadOptions {
  /** File of inputs and results; `reference.safetensors` in the folder by default. */
  reference?: string;
  /** Largest absolute difference of logits and features; the loss is held to a tenth of it. */
  atol?: number;
}

/**
 * Computes what a Hugging Face folder's reference says of it (features, projected features, logits, loss, and the greedy
 * continuation of `greedy.json`) and compares. Logits count where the attention mask is 1.
 * @throws UserError when folder or reference cannot be read; a disagreement is no error but `agrees: false`
 */
export async function verifyModelFolder(
  dir: string,
  { reference: path, atol = 1e-4, ...options }: VerifyOptions = {},
): Promise<Verification> {
  const reference = readReference(path ?? join(dir, 'reference.safetensors'), dir);
  const greedy = path === undefined ? readGreedy(dir) : undefined;
  const checks: Check[] = [];
  if (isLlavaFolder(dir)) {
    const model = await loadLlavaFolder(dir, options);
    try {
      checks.push(...(await checkLlava(model, reference, greedy, atol)));
    } finally {
      model.dispose();
    }
  } else {
    const decoder = await loadDecoderFolder(dir, options);
    try {
      checks.push(...(await checkDecoder(decoder, reference, greedy, atol)));
    } finally {
      decoder.dispose();
    }
  }
  return { agrees: checks.length > 0 && checks.every(({ ok }) => ok), checks };
}
