import type { PromptPictures } from './prompt';
import { passPositions } from './prompt-pass';
import type { Speaker } from './speaker';
import { widenPrompts } from './widen-prompts';

/**
 * Positions that prompts take which go through a decoder together: rows times the longest, what some begin with alike counted once.
 * @param prompts ids with one -200 (or the speaker's `imageTokenId`) per picture
 * @param patches positions of a picture
 * @throws UserError where the pictures shown are not as many as the prompts have slots
 */
export function promptPositions(
  speaker: Speaker,
  prompts: readonly (readonly number[])[],
  { shown = [], patches }: Pick<PromptPictures, 'shown'> & { patches: number },
): number {
  return passPositions(speaker, widenPrompts(prompts, shown, patches, speaker.imageTokenId), patches);
}
