import { tf } from '@moslora/runtime';

/** How a tensor can be made again, to the bit, from others that the backward pass keeps until it was there. */
export interface Recipe {
  from: readonly tf.Tensor[];
  /** Given tensors of the same values as `from`. */
  make(from: readonly tf.Tensor[]): tf.Tensor;
}

const recipes = new WeakMap<tf.Tensor, Recipe>();

/** Says how `value`, the result of an op that saves all of `recipe.from` for its gradient, can be made again. Gives `value`. */
export function madeAgain<T extends tf.Tensor>(value: T, recipe: Recipe): T {
  if (tf.engine().isTapeOn()) recipes.set(value, recipe);
  return value;
}

/** How to make a tensor again where that takes less memory than keeping it for the backward pass. */
export function recipeOf(tensor: tf.Tensor): Recipe | undefined {
  return recipes.get(tensor);
}
