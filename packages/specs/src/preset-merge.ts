import { isObject } from './schema-keys';

export type Tree = Record<string, unknown>;

/** A value that replaces what it is merged into, even where it is an object: a whole named configuration. */
export class Whole {
  constructor(readonly value: unknown) {}
}

/** `changes` merged into `base`: objects key by key, everything else (lists too) replaced. Neither is changed. */
export function mergeTrees(base: Tree, changes: Tree): Tree {
  const merged = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const old = base[key];
    merged[key] = isTree(value)
      ? mergeTrees(isTree(old) ? old : {}, value)
      : value instanceof Whole
        ? value.value
        : value;
  }
  return merged;
}

function isTree(value: unknown): value is Tree {
  return isObject(value) && !Array.isArray(value) && !(value instanceof Whole);
}

/** The value as a tree; an empty one where it is none. */
export function tree(value: unknown): Tree {
  return isTree(value) ? value : {};
}
