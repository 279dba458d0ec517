import type { tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';
import { IMAGE_TOKEN_INDEX } from '@moslora/tokenization';

/**
 * Prompts with every picture slot as wide as its features.
 * @param features all prompts' pictures (I, N, Dv)
 * @throws UserError when there is neither a slot per picture nor one per patch
 */
export function widenPrompts(
  prompts: readonly (readonly number[])[],
  features: tf.Tensor3D | undefined,
  imageTokenId: number | undefined,
): number[][] {
  const [pictures, patches] = features ? features.shape : [0, 0];
  const isSlot = (id: number): boolean => id === IMAGE_TOKEN_INDEX || id === imageTokenId;
  const slots = prompts.reduce((sum, prompt) => sum + prompt.filter(isSlot).length, 0);
  if (slots === pictures * patches) return prompts.map((prompt) => [...prompt]);
  if (slots !== pictures) {
    fail({
      what: 'Pictures and their places do not match',
      got: `${slots} picture slots in the prompts`,
      expected: `${pictures}, one per picture, or ${pictures * patches}, one per patch`,
    });
  }
  return prompts.map((prompt) =>
    prompt.flatMap((id) => (isSlot(id) ? new Array<number>(patches).fill(IMAGE_TOKEN_INDEX) : [id])),
  );
}
