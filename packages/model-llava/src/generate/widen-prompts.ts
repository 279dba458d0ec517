import { fail } from '@moslora/specs';
import { IMAGE_TOKEN_INDEX } from '@moslora/tokenization';
import type { WidePrompt } from './prompt';

/**
 * Prompts with every picture slot as wide as its features.
 * @param shown which of the pictures each slot shows, in reading order
 * @param patches positions of a picture
 * @throws UserError when there is neither a slot per picture nor one per patch
 */
export function widenPrompts(
  prompts: readonly (readonly number[])[],
  shown: readonly number[],
  patches: number,
  imageTokenId: number | undefined,
): WidePrompt[] {
  const isSlot = (id: number): boolean => id === IMAGE_TOKEN_INDEX || id === imageTokenId;
  const slots = prompts.map((prompt) => prompt.filter(isSlot).length);
  const all = slots.reduce((sum, count) => sum + count, 0);
  const one = all === shown.length * patches ? Math.max(1, patches) : 1; // slots of a picture
  if (all !== shown.length * one || slots.some((count) => count % one !== 0)) {
    fail({
      what: 'Pictures and their places do not match',
      got: `${all} picture slots in the prompts`,
      expected: `${shown.length}, one per picture, or ${shown.length * patches}, one per patch`,
    });
  }
  const slot = new Array<number>(one === 1 ? patches : 1).fill(IMAGE_TOKEN_INDEX);
  let next = 0;
  return prompts.map((prompt, at) => ({
    ids: prompt.flatMap((id) => (isSlot(id) ? slot : [id])),
    pictures: shown.slice(next / one, (next += slots[at]!) / one),
  }));
}
