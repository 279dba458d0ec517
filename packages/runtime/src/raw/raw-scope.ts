import type { Raw } from './raw';

const scopes: Set<Raw>[] = [];

/** Called by a new Raw: the innermost scope will dispose it. */
export function adopt(raw: Raw): void {
  scopes.at(-1)?.add(raw);
}

/** Called by a Raw that is gone: no scope needs to dispose it. */
export function release(raw: Raw): void {
  for (const scope of scopes) scope.delete(raw);
}

/**
 * Runs `fn` and disposes every Raw made inside, except those it returns (a Raw, or an array or record holding some),
 * which pass to the enclosing scope if there is one. Disposes all of them when `fn` throws.
 */
export function rawScope<T>(fn: () => T): T {
  const scope = new Set<Raw>();
  scopes.push(scope);
  let kept = new Set<unknown>();
  try {
    const result = fn();
    if (result instanceof Promise) throw new Error('rawScope() takes a function that returns at once, not a promise');
    kept = valuesIn(result);
    return result;
  } finally {
    scopes.pop();
    for (const raw of scope) {
      if (kept.has(raw)) adopt(raw);
      else raw.dispose();
    }
  }
}

function valuesIn(result: unknown): Set<unknown> {
  if (Array.isArray(result)) return new Set(result.flat(Infinity));
  const plain = typeof result === 'object' && result !== null && Object.getPrototypeOf(result) === Object.prototype;
  return plain ? new Set(Object.values(result as object).flat(Infinity)) : new Set([result]);
}
