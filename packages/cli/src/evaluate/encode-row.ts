import type { ScoredIds } from '@moslora/model-llava';
import { IMAGE_MARKER } from '@moslora/specs';
import { encodePrompt, type Tokenizer } from '@moslora/tokenization';
import type { Continuation } from '@moslora/evaluation';
import type { Answerer, Voice } from './answerer';

/** A question as ids, its picture one -200. */
export function encodeRow(
  { tokenizer, system }: Pick<Answerer, 'tokenizer' | 'system'>,
  { template }: Pick<Voice, 'template'>,
  { key, text, picture }: { key: string; text: string; picture: boolean },
): number[] {
  const user = { role: 'user' as const, text: picture ? `${IMAGE_MARKER}\n${text}` : text };
  const turns = system === undefined ? [user] : [{ role: 'system' as const, text: system }, user];
  return encodePrompt(tokenizer, template, turns, { sampleId: key, images: picture ? 1 : 0 });
}

/**
 * A continuation as ids after its context: the ids of both together, of which those beyond the context's own count are the continuation
 * (as lm-evaluation-harness cuts them), behind what the tokenizer puts first, or the end token where it puts nothing.
 */
export function encodeContinuation(tokenizer: Tokenizer, { context, continuation }: Continuation): ScoredIds {
  const first = tokenizer.leadingId ?? tokenizer.endId;
  const lead = first === undefined ? [] : [first];
  const ids = [...lead, ...tokenizer.encode(context + continuation)];
  return { ids, from: Math.max(1, lead.length + tokenizer.encode(context).length) };
}
