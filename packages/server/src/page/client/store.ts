import { emptyState, type State } from './state';

/** Opens the browser's database; pictures are too large for its other store. */
function database(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('moslora', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('kept');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opened = await database();
  try {
    return await new Promise<T>((resolve, reject) => {
      const request = act(opened.transaction('kept', mode).objectStore('kept'));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    opened.close();
  }
}

/** What the last visit left; answers that were coming then have stopped. */
export async function readState(): Promise<State> {
  const kept = await within<State | undefined>('readonly', (store) => store.get('state')).catch(() => undefined);
  const empty = emptyState();
  const state = { ...empty, ...kept, settings: { ...empty.settings, ...kept?.settings } };
  for (const { answers } of state.turns)
    for (const answer of Object.values(answers)) if (answer.status === 'coming') answer.status = 'stopped';
  return state;
}

let waiting: ReturnType<typeof setTimeout> | undefined;

/** Keeps a state for the next visit, soon. */
export function keep(state: State): void {
  clearTimeout(waiting);
  waiting = setTimeout(
    () => void within('readwrite', (store) => store.put(state, 'state')).catch(() => undefined),
    150,
  );
}
