import { chmodSync, copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  clearLeftovers,
  indexFile,
  SafetensorsDraft,
  shardIndex,
  splitIntoShards,
  withNewFolder,
  writeFileAtomic,
  type Shard,
  type WeightSource,
} from '@moslora/checkpoint';
import { fail } from '@moslora/specs';
import { quantizationOf } from '../bitsandbytes/quantization-config';
import type { FloatType } from '../code/decode';
import { layersToQuantize } from './choose-layers';
import { chooseType } from './choose-type';
import { plannedKept, plannedNf4, type PlannedTensor } from './plan-tensors';
import { quantizedConfig } from './quantized-config';
import { refuseFullDisk } from './refuse-full-disk';
import { summarize, type QuantizeSummary } from './summary';
import { TaskPool } from './task/task-pool';
import type { TaskOutcome, TensorInput } from './task/tensor-task';

export interface QuantizeFolderOptions {
  /** Double quantisation; default true. */
  double?: boolean;
  /** Modules to leave as they are besides embeddings, norms and head: a last name, or (the end of) a path. */
  skip?: readonly string[];
  /**
   * Of what is not quantised, and of dequantised values; `keep` leaves every tensor the type it has. Default: the 16-bit type of the
   * config or the file, else bfloat16.
   */
  dtype?: FloatType | 'keep';
  /** config.json as text, for `keep` to leave it as it is but for what it adds. */
  configText?: string;
  /** Files to put beside the weights: tokenizer, generation config. */
  copy?: readonly string[];
  /** Largest file of weights, in bytes; default 5 GB. */
  maxShardBytes?: number | undefined;
  /** Worker threads; default 0: all in this one. */
  threads?: number;
  /** The source's tensors in runs, each of which is there to be read only between its `prepare` and `release`. Default: one run, always there. */
  parts?: readonly SourcePart[];
  /** Called as work goes on; bytes of the source. */
  onProgress?(progress: { done: number; total: number }): void;
  /** Told of the bytes that an earlier run left when it was killed, and that are gone now: this run starts over. */
  onCleared?(bytes: number): void;
  /** Stops the work, and leaves nothing. */
  signal?: AbortSignal | undefined;
}

/** A run of tensors that is not always there: a shard that is made, or fetched, to be quantised, and dropped again. */
export interface SourcePart {
  names: readonly string[];
  prepare(): Promise<void> | void;
  release(): Promise<void> | void;
}

/**
 * Writes `source` as a Hugging Face folder `outDir` (config.json, weights) whose decoder projections are NF4 in bitsandbytes'
 * layout; everything else stays dense. A piece of a tensor for each thread is in memory, besides its scales. The folder
 * appears when it is whole; what a run that was killed left is removed, and nothing of it used again. Throws a UserError for weights that are quantised already or not finite, and for unknown `skip` entries.
 */
export async function quantizeFolder(
  source: WeightSource,
  config: Record<string, unknown>,
  outDir: string,
  options: QuantizeFolderOptions = {},
): Promise<QuantizeSummary> {
  const { double = true, skip = [], copy = [], threads = 0, onProgress, signal } = options;
  refuseQuantized(config, source.where);
  const inFour = new Set(layersToQuantize(source, skip));
  const { dtype: asked } = options;
  const keep = asked === 'keep';
  const dtype = asked === undefined || asked === 'keep' ? chooseType(source, config, keep) : asked;
  const plan = { double, dtype: keep ? undefined : dtype };
  const parts = options.parts ?? [{ names: source.names(), prepare: () => {}, release: () => {} }];
  const planned = parts
    .flatMap(({ names }) => names)
    .map((name) => (inFour.has(name) ? plannedNf4(source, name, plan) : plannedKept(source, name, plan)));
  const kept = planned.filter(({ name }) => !inFour.has(name)).map(({ name }) => name);
  const shards = splitIntoShards(planned, options.maxShardBytes);
  const cleared = clearLeftovers(outDir);
  if (cleared > 0) options.onCleared?.(cleared);
  refuseFullDisk(
    outDir,
    planned.reduce((sum, { bytes }) => sum + bytes, 0),
  );

  const total = planned.reduce((sum, { inputBytes }) => sum + inputBytes, 0);
  let done = 0;
  const onBytes = (count: number): void => onProgress?.({ done: (done += count), total });
  const outcomes = new Map<string, TaskOutcome>();
  const pool = new TaskPool({ threads, onBytes, signal });
  try {
    await withNewFolder(outDir, async (dir) => {
      const drafts = openDrafts(dir, shards);
      try {
        for (const part of parts) {
          signal?.throwIfAborted();
          await part.prepare();
          try {
            await runPart(source, part, planned, drafts, pool, outcomes);
          } finally {
            await part.release();
          }
        }
        finishDrafts(dir, shards, drafts, outcomes);
      } finally {
        for (const draft of new Set(drafts.values())) draft.close();
      }
      const { configText: text } = options;
      writeFileAtomic(join(dir, 'config.json'), quantizedConfig(config, kept, { double, dtype, skip, keep, text }));
      for (const file of copy) copyWritable(file, join(dir, basename(file)));
    });
  } finally {
    await pool.close();
  }
  return { ...summarize(planned, outcomes), dtype };
}

function refuseQuantized(config: Record<string, unknown>, where: string): void {
  const method = quantizationOf(config);
  if (method === undefined) return;
  fail({
    what: 'The model is quantised already',
    where: `${where}, config.json, quantization_config`,
    got: method,
    fix: 'start from the 16-bit checkpoint',
  });
}

/** Copies a file's contents, not its mode: what comes from a read-only place is to be editable here. */
function copyWritable(from: string, to: string): void {
  copyFileSync(from, to);
  chmodSync(to, 0o644);
}

type Drafts = Map<PlannedTensor, SafetensorsDraft>;

function openDrafts(dir: string, shards: readonly Shard<PlannedTensor>[]): Drafts {
  const drafts: Drafts = new Map();
  for (const { file, groups } of shards) {
    const stored = groups.flatMap((tensor) => tensor.stored);
    const draft = new SafetensorsDraft(
      join(dir, file),
      stored,
      groups.flatMap(({ late }) => late),
    );
    for (const tensor of groups) drafts.set(tensor, draft);
  }
  return drafts;
}

async function runPart(
  source: WeightSource,
  { names }: SourcePart,
  planned: readonly PlannedTensor[],
  drafts: Drafts,
  pool: TaskPool,
  outcomes: Map<string, TaskOutcome>,
): Promise<void> {
  const here = new Set(names);
  const members = planned.filter(({ name }) => here.has(name));
  const results = await pool.run(
    members.map((tensor) => tensor.task(inputOf(source, tensor.name), drafts.get(tensor)!)),
  );
  members.forEach(({ name }, i) => outcomes.set(name, results[i]!));
}

function inputOf(source: WeightSource, name: string): TensorInput {
  const { dtype, shape } = source.info(name);
  const label = `${source.where}, tensor ${name}`;
  return { label, dtype, shape, from: source.place?.(name) ?? (() => source.bytes(name)) };
}

function finishDrafts(
  dir: string,
  shards: readonly Shard<PlannedTensor>[],
  drafts: Drafts,
  outcomes: ReadonlyMap<string, TaskOutcome>,
): void {
  const files = shards.map(({ file, groups }) => {
    const texts = groups.flatMap(({ name, texts: make }) => make(outcomes.get(name)!));
    return [file, drafts.get(groups[0]!)!.finish(new Map(texts))] as const;
  });
  if (files.length > 1) writeFileAtomic(join(dir, indexFile), shardIndex(files));
}
