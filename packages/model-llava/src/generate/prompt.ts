import { IMAGE_TOKEN_INDEX } from '@moslora/tokenization';
import type { Pictures } from '../llava-model';

/** The pictures of several prompts. */
export interface PromptPictures extends Pictures {
  /**
   * Which of them each slot of the prompts shows, in reading order; by default each its own, in turn. Prompts that begin alike up to and
   * with the same picture share that part of the work.
   */
  shown?: readonly number[] | undefined;
}

/** A prompt, or a part of one, with every picture as wide as its features. */
export interface WidePrompt {
  /** -200 for each patch. */
  ids: readonly number[];
  /** The pictures in reading order, each by its place among the features. */
  pictures: readonly number[];
}

const isPatch = (id: number | undefined): boolean => id === IMAGE_TOKEN_INDEX;

/** Its ids, where the patches of one picture are alike and differ from those of others and from all words. */
export function telling({ ids, pictures }: WidePrompt, patches: number): number[] {
  let seen = 0;
  return ids.map((id) => (isPatch(id) ? IMAGE_TOKEN_INDEX - 1 - pictures[Math.floor(seen++ / patches)]! : id));
}

/** Its first `length` ids and the others; no picture is cut, so that the first part may be shorter. */
export function cut({ ids, pictures }: WidePrompt, length: number, patches: number): [WidePrompt, WidePrompt] {
  const before = ids.slice(0, length).filter(isPatch).length;
  const at = length - (before % Math.max(1, patches));
  const whole = Math.floor(before / Math.max(1, patches));
  return [
    { ids: ids.slice(0, at), pictures: pictures.slice(0, whole) },
    { ids: ids.slice(at), pictures: pictures.slice(whole) },
  ];
}
