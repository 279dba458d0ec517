import { IGNORE_INDEX } from './picture-slots';
import type { EncodedConversation } from './encode';

/**
 * Several conversations as one, in which what they begin with in common (a picture, above all) stands once: the prefix is branch 0,
 * the rest of conversation k is branch k + 1. With positions that count on from the prefix, and each branch blind to the others,
 * this computes the very same losses as the conversations one by one, at the cost of one prefix.
 */
export function sharePrefix(conversations: readonly EncodedConversation[]): EncodedConversation {
  const shared = sharedLength(conversations);
  const first = conversations[0] ?? { inputIds: [], labels: [] };
  const rest = conversations.map(({ inputIds, labels }) => ({
    inputIds: inputIds.slice(shared),
    labels: labels.slice(shared),
  }));
  return {
    inputIds: [...first.inputIds.slice(0, shared), ...rest.flatMap(({ inputIds }) => inputIds)],
    labels: [...first.labels.slice(0, shared), ...rest.flatMap(({ labels }) => labels)],
    branches: [
      ...new Array<number>(shared).fill(0),
      ...rest.flatMap(({ inputIds }, k) => new Array<number>(inputIds.length).fill(k + 1)),
    ],
  };
}

/** Ids that all begin with, none trained; every branch keeps an untrained id before its first trained one, to predict that from. */
function sharedLength(conversations: readonly EncodedConversation[]): number {
  const [first, ...others] = conversations;
  if (first === undefined) return 0;
  const untrained = conversations.map(({ labels }) => {
    const trained = labels.findIndex((label) => label !== IGNORE_INDEX);
    return trained < 0 ? labels.length : Math.max(0, trained - 1);
  });
  const most = Math.min(...untrained);
  for (let at = 0; at < most; at += 1) {
    if (others.some(({ inputIds }) => inputIds[at] !== first.inputIds[at])) return at;
  }
  return most;
}

/** Position of each id of one row: counted from 0 in branch 0, and in every branch from where branch 0 ends. */
export function branchPositions(branches: ArrayLike<number>): Int32Array {
  const positions = new Int32Array(branches.length);
  let shared = 0;
  for (let at = 0; at < branches.length; at += 1) {
    const branch = branches[at];
    if (branch === 0) positions[at] = shared++;
    else positions[at] = branch === branches[at - 1] ? (positions[at - 1] ?? 0) + 1 : shared;
  }
  return positions;
}
