import type { WeightSource } from '@moslora/checkpoint';
import { fail } from '@moslora/specs';

/** The published names of a decoder's modules outside its layers. */
export interface DecoderNames {
  /** The embedding table's module, within the body: `embed_tokens`. */
  embedding: string;
  /** The final norm, within the body. */
  norm: string;
  /** The head, beside the body: `lm_head`. */
  head: string;
}

/** Where a decoder's tensors lie in a file. */
export interface DecoderPrefix {
  /** Before `layers.0…`, the embedding and the norm: `model.`, `language_model.model.`, `model.language_model.` … */
  body: string;
  /** The head's full name; absent from the file when tied. */
  head: string;
}

/**
 * Finds where a decoder lies in a file by its embedding table, so that every published layout loads: alone, inside a LLaVA as
 * `language_model.model.…`, as `model.language_model.…`, or any other nesting.
 * @param body the path before `layers.0`, where it is known
 * @throws UserError when there is no decoder, or more than one
 */
export function findDecoder(
  source: WeightSource,
  names: DecoderNames,
  { family, body }: { family: string; body?: string | undefined },
): DecoderPrefix {
  const stored = source.names();
  const ending = (module: string): string[] =>
    stored.filter((name) => name === `${module}.weight` || name.endsWith(`.${module}.weight`));
  const outside = ending(names.head).filter((name) => !/(^|\.)layers\.\d+\./.test(name));
  const head = outside[0] ?? `${names.head}.weight`;
  if (body !== undefined) return { body, head };
  const found = ending(names.embedding);
  const [embedding] = found;
  if (embedding === undefined || found.length > 1) {
    return fail({
      what: found.length > 1 ? 'The file holds several decoders' : `The file holds no ${family} decoder`,
      where: source.where,
      got: found.length > 1 ? found.join(', ') : `${stored.length} tensors: ${stored.slice(0, 4).join(', ')} …`,
      expected: `one tensor whose name ends in ${names.embedding}.weight`,
      fix: 'check that model_type in config.json names the right family',
    });
  }
  return { body: embedding.slice(0, -`${names.embedding}.weight`.length), head };
}
