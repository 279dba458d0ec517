import { onRawDisposed } from '@moslora/runtime';

const watched = new Map<number, Set<() => void>>();
let listening = false;

/** Calls `gone` when one of these handles is deleted: a tensor disposed, a variable assigned to, a raw array given up. Gives what ends that. */
export function watchHandles(handles: readonly number[], gone: () => void): () => void {
  if (!listening) {
    listening = true;
    onRawDisposed(handleGone);
  }
  for (const handle of handles) {
    const watchers = watched.get(handle) ?? new Set();
    watched.set(handle, watchers.add(gone));
  }
  return () => {
    for (const handle of handles) {
      const watchers = watched.get(handle);
      watchers?.delete(gone);
      if (watchers?.size === 0) watched.delete(handle);
    }
  };
}

/** To be called with every handle that is deleted while tensors are used. */
export function handleGone(handle: number | undefined): void {
  if (handle === undefined || watched.size === 0) return;
  for (const gone of [...(watched.get(handle) ?? [])]) gone();
}
