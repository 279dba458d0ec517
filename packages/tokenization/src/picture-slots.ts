import { IMAGE_MARKER } from '@moslora/specs';

/** Stands in the ids where a picture's features go; no tokenizer has it. LLaVA's constant. */
export const IMAGE_TOKEN_INDEX = -200;
/** Label of a position that is not trained. LLaVA's and PyTorch's constant. */
export const IGNORE_INDEX = -100;

/** Number of picture slots in a text, or in ids before they are widened to one id per patch. */
export function countSlots(textOrIds: string | readonly number[]): number {
  if (typeof textOrIds === 'string') return textOrIds.split(IMAGE_MARKER).length - 1;
  return textOrIds.filter((id) => id === IMAGE_TOKEN_INDEX).length;
}

/**
 * A user's text as LLaVA trains on it: a single `<image>`, wherever it stood, is moved to the front on a line of its own, and the
 * text trimmed. Several markers stay where they are, since the text may refer to each by its place.
 */
export function normaliseSlots(text: string): string {
  if (countSlots(text) !== 1) return text;
  return `${IMAGE_MARKER}\n${text.replace(IMAGE_MARKER, '').trim()}`.trim();
}
