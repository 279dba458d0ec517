import { IGNORE_INDEX, IMAGE_TOKEN_INDEX } from './picture-slots';
import { branchPositions } from './share-prefix';
import type { EncodedConversation } from './encode';
import { packRows } from './pack-rows';

export interface CollateOptions {
  /** N, the features a picture gives; each slot becomes N ids -200. */
  patchesPerSlot: number;
  /** Id at the padded positions; their labels are -100 and they lie beyond `lengths`. */
  padId: number;
  /** Longest row, picture positions included. */
  maxLength: number;
  /**
   * Puts several samples into one row, each with positions of its own and blind to the others (a branch each, and none that is shared), so that
   * little is padded. Such samples have no branches themselves.
   */
  pack?: boolean | undefined;
}

export interface Batch {
  /** Rows, B. */
  size: number;
  /** T, the longest row. */
  length: number;
  /** (B, T) row-major, right-padded; a picture slot is N times -200. */
  inputIds: Int32Array;
  /** (B, T), aligned with `inputIds` (position t's label is its own id; the loss shifts). */
  labels: Int32Array;
  /** (B): positions of each row that are not padding. */
  lengths: Int32Array;
  /** (B, T), with `positions`: only where a sample has branches (`sharePrefix`), or rows are packed. */
  branches?: Int32Array;
  /** (B, T): where in its branch each id stands. */
  positions?: Int32Array;
  /** In reading order; `picture` counts the pictures of the kept samples. */
  slots: { row: number; start: number; picture: number }[];
  /** Indices of the samples that are in the rows, in reading order. */
  kept: number[];
  /** Samples left out, with the reason. */
  dropped: { sample: number; reason: string }[];
  /** Label positions that are trained. */
  trainedTokens: number;
}

/** Ids and labels with every picture slot N positions wide; `starts` is where each slot begins. */
export interface WidenedSample extends EncodedConversation {
  starts: number[];
}

/** Positions that a sample takes with every picture slot N positions wide. */
export function widenedLength({ inputIds }: EncodedConversation, patchesPerSlot: number): number {
  return inputIds.reduce((length, id) => length + (id === IMAGE_TOKEN_INDEX ? patchesPerSlot : 1), 0);
}

export function widenSlots(sample: EncodedConversation, patchesPerSlot: number): WidenedSample {
  const inputIds: number[] = [];
  const labels: number[] = [];
  const branches: number[] = [];
  const starts: number[] = [];
  sample.inputIds.forEach((id, t) => {
    if (id === IMAGE_TOKEN_INDEX) starts.push(inputIds.length);
    for (let n = id === IMAGE_TOKEN_INDEX ? patchesPerSlot : 1; n > 0; n--) {
      inputIds.push(id);
      labels.push(sample.labels[t] ?? IGNORE_INDEX);
      branches.push(sample.branches?.[t] ?? 0);
    }
  });
  return { inputIds, labels, starts, ...(sample.branches ? { branches } : {}) };
}

/**
 * Samples as one right-padded batch. A row longer than `maxLength` is cut at its end; a sample is left out, with the reason, when
 * the cut would take a picture or every trained token (position 0 has nothing before it to predict it from, so it does not count).
 */
export function collate(samples: readonly EncodedConversation[], options: CollateOptions): Batch {
  const fitting: WidenedSample[] = [];
  const indices: number[] = [];
  const dropped: Batch['dropped'] = [];
  samples.forEach((sample, index) => {
    const row = fit(widenSlots(sample, options.patchesPerSlot), options);
    if (typeof row === 'string') {
      dropped.push({ sample: index, reason: row });
    } else {
      fitting.push(row);
      indices.push(index);
    }
  });
  const groups = options.pack
    ? packRows(
        fitting.map(({ inputIds }) => inputIds.length),
        options.maxLength,
      )
    : fitting.map((_, index) => [index]);
  const rows = options.pack ? groups.map((group) => packed(group.map((index) => fitting[index]!))) : fitting;
  const kept = groups.flat().map((index) => indices[index]!);
  const length = rows.reduce((longest, row) => Math.max(longest, row.inputIds.length), 0);
  const inputIds = new Int32Array(rows.length * length).fill(options.padId); // (B, T)
  const labels = new Int32Array(rows.length * length).fill(IGNORE_INDEX); // (B, T)
  rows.forEach((row, b) => {
    inputIds.set(row.inputIds, b * length);
    labels.set(row.labels, b * length);
  });
  const branched = rows.some((row) => row.branches !== undefined);
  return {
    size: rows.length,
    length,
    inputIds,
    labels,
    lengths: Int32Array.from(rows, (row) => row.inputIds.length), // (B)
    slots: rows
      .flatMap((row, b) => row.starts.map((start) => ({ row: b, start })))
      .map((slot, picture) => ({ ...slot, picture })),
    kept,
    dropped,
    trainedTokens: rows.reduce((sum, row) => sum + trained(row.labels), 0),
    ...(branched ? branchArrays(rows, length) : {}),
  };
}

function fit(row: WidenedSample, { patchesPerSlot, maxLength }: CollateOptions): WidenedSample | string {
  const lastSlotEnd = row.starts.length === 0 ? 0 : (row.starts.at(-1) ?? 0) + patchesPerSlot;
  if (lastSlotEnd > maxLength) {
    return `its pictures reach to position ${lastSlotEnd}, past the limit of ${maxLength} positions`;
  }
  const inputIds = row.inputIds.slice(0, maxLength);
  const labels = row.labels.slice(0, maxLength);
  if (trained(labels) === 0) {
    return `no trained token within the first ${maxLength} of ${row.inputIds.length} positions`;
  }
  return {
    inputIds,
    labels,
    starts: row.starts,
    ...(row.branches ? { branches: row.branches.slice(0, maxLength) } : {}),
  };
}

/** Samples one after the other in a row. What stands first in one is predicted from nothing, as it would be in a row of its own. */
function packed(samples: readonly WidenedSample[]): WidenedSample {
  const row: Required<WidenedSample> = { inputIds: [], labels: [], branches: [], starts: [] };
  samples.forEach(({ inputIds, labels, starts, branches }, index) => {
    if (branches) throw new Error('a sample with branches was packed');
    row.starts.push(...starts.map((start) => row.inputIds.length + start));
    for (let t = 0; t < inputIds.length; t++) {
      row.inputIds.push(inputIds[t]!);
      row.labels.push(t === 0 ? IGNORE_INDEX : labels[t]!);
      row.branches.push(index + 1);
    }
  });
  return row;
}

/** Branches and positions of all rows (B, T); padding counts as what its row ends with. */
function branchArrays(rows: readonly WidenedSample[], length: number): { branches: Int32Array; positions: Int32Array } {
  const branches = new Int32Array(rows.length * length);
  const positions = new Int32Array(rows.length * length);
  rows.forEach((row, b) => {
    const own = row.branches ?? new Array<number>(row.inputIds.length).fill(0);
    const padded = Array.from({ length }, (_, t) => own[Math.min(t, own.length - 1)] ?? 0);
    branches.set(padded, b * length);
    positions.set(branchPositions(padded), b * length);
  });
  return { branches, positions };
}

function trained(labels: readonly number[]): number {
  return labels.reduce((count, label, t) => count + (t > 0 && label !== IGNORE_INDEX ? 1 : 0), 0);
}
