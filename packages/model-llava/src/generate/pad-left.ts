/** Pads prompts on the left with id 0, so that all end at the same column: (B, T) row-major, T that of the longest. */
export function padLeft(prompts: readonly (readonly number[])[]): Int32Array {
  const length = Math.max(...prompts.map((prompt) => prompt.length));
  const ids = new Int32Array(prompts.length * length);
  prompts.forEach((prompt, b) => ids.set(prompt, (b + 1) * length - prompt.length));
  return ids;
}
