/** Prompts padded on the left to one length, with what tells padding from prompt. */
export interface LeftPadded {
  /** (B, T) row-major */
  ids: Int32Array;
  /** (B, T): 1 where there is a prompt. */
  visible: Int32Array;
  /** (B, T): counted from each prompt's first token. */
  positions: Int32Array;
  /** T */
  length: number;
}

/** Pads prompts on the left with id 0, so that all end at the same column. */
export function padLeft(prompts: readonly (readonly number[])[]): LeftPadded {
  const length = Math.max(...prompts.map((prompt) => prompt.length));
  const ids = new Int32Array(prompts.length * length);
  const visible = new Int32Array(prompts.length * length);
  const positions = new Int32Array(prompts.length * length);
  prompts.forEach((prompt, b) => {
    const start = b * length + length - prompt.length;
    ids.set(prompt, start);
    visible.fill(1, start, start + prompt.length);
    for (let t = 0; t < prompt.length; t += 1) positions[start + t] = t;
  });
  return { ids, visible, positions, length };
}
