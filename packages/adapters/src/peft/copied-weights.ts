import { asFloat32, type SafetensorsFile } from '@moslora/checkpoint';
import type { LinearSlot } from '@moslora/nn';
import { hostValues, tf } from '@moslora/runtime';
import type { Problem } from '@moslora/specs';
import { matchModules, some } from './match-modules';

/** A decoder's embeddings, as far as an adapter's file may hold a copy of them. */
export interface ModelEmbeddings {
  /** (V, D) */
  readonly table: { readonly shape: readonly [number, number] };
  /** ids (B, T) int32 → (B, T, D) */
  embed(ids: tf.Tensor2D): tf.Tensor3D;
}

const pattern =
  /^(?:base_model\.model\.)?(?:(.+)\.base_layer|(.+\.)?(embed_tokens|tok_embeddings|lm_head|output))\.weight$/;
/** Whether a module is an embedding table. */
export const isTable = (path: string): boolean => /(^|\.)(embed_tokens|tok_embeddings)$/.test(path);

/**
 * Module path of a base weight that stands in an adapter's file: PEFT copies embeddings and head there when the head is adapted
 * (`lm_head.base_layer.weight`) or when it is told to (`save_embedding_layers`). Undefined for other tensors.
 */
export function copiedModule(key: string): string | undefined {
  const [, adapted, before = '', name] = pattern.exec(key) ?? [];
  return adapted ?? (name === undefined ? undefined : before + name);
}

/**
 * What of the base weights in an adapter's file is not what the model has. Equal ones (but for one rounding to bfloat16, since base and
 * file may be stored in different types) say nothing and are passed over; others were trained, or belong to another model.
 */
export function copyProblems(
  file: SafetensorsFile,
  keys: readonly string[],
  rowsOf: (module: string) => Rows | undefined,
): Problem[] {
  const others: string[] = [];
  const problems = keys.flatMap((key): Problem[] => {
    const own = rowsOf(copiedModule(key)!);
    if (own === undefined) return [notThere(file, key)];
    try {
      const { shape } = file.info(key);
      if (shape.join() !== own.shape.join()) return [misshapen(file, key, shape, own.shape)];
      if (!equalRows(file, key, own)) others.push(key);
      return [];
    } finally {
      own.dispose();
    }
  });
  if (others.length > 0) {
    problems.push({
      what: `The adapter's file holds ${others.length} base weights that are not the model's`,
      where: file.where,
      got: some(others),
      expected: 'copies of the weights that the model has',
      fix: 'use the base model that the adapter was trained on; where these were trained too, merge the adapter with PEFT first',
    });
  }
  return problems;
}

/** A weight of the model, to be read some rows at a time. */
export interface Rows {
  shape: readonly number[];
  read(from: number, to: number): Float32Array;
  dispose(): void;
}

/** The weight that a model computes with under a module's path. */
export function modelRows(
  path: string,
  slots: readonly LinearSlot[],
  embeddings: ModelEmbeddings | undefined,
): Rows | undefined {
  const slot = isTable(path) ? undefined : slotOf(path, slots);
  const weight = slot?.get().frozen?.weight();
  if (weight !== undefined) {
    const read = (from: number, to: number): Float32Array =>
      hostValues(() => tf.slice(weight, [from, 0], [to - from, -1]));
    return { shape: weight.shape, read, dispose: () => weight.dispose() };
  }
  // A head without a slot is the embedding table.
  if (embeddings === undefined || /\.layers\.\d+\./.test(path)) return undefined;
  const read = (from: number, to: number): Float32Array =>
    hostValues(() => {
      const ids = tf.reshape(tf.range(from, to, 1, 'int32'), [1, to - from]) as tf.Tensor2D;
      return embeddings.embed(ids);
    });
  return { shape: embeddings.table.shape, read, dispose: () => {} };
}

function slotOf(path: string, slots: readonly LinearSlot[]): LinearSlot | undefined {
  try {
    return matchModules(slots, [path], '').get(path);
  } catch {
    return undefined;
  }
}

const rowsAtOnce = 4096;

function equalRows(file: SafetensorsFile, key: string, own: Rows): boolean {
  const { dtype, byteLength } = file.info(key);
  const bytes = file.bytes(key);
  const [rows = 0] = own.shape;
  const rowBytes = byteLength / Math.max(1, rows);
  for (let from = 0; from < rows; from += rowsAtOnce) {
    const to = Math.min(rows, from + rowsAtOnce);
    const stored = asFloat32(dtype, bytes.subarray(from * rowBytes, to * rowBytes), `${file.where}, tensor ${key}`);
    const ours = own.read(from, to);
    if (stored.some((value, i) => !isRounded(value, ours[i]!))) return false;
  }
  return true;
}

/** Whether two values may be one value, rounded to bfloat16 (or, near 0, to half precision) in one place and not in the other. */
function isRounded(a: number, b: number): boolean {
  return Math.abs(a - b) <= 2 ** -8 * Math.max(Math.abs(a), Math.abs(b)) + 1e-7;
}

function notThere({ where }: SafetensorsFile, key: string): Problem {
  return {
    what: `\`${key}\` is a copy of a weight that this model does not have`,
    where,
    got: key,
    fix: 'use the base model that the adapter was trained on',
  };
}

function misshapen(
  { where }: SafetensorsFile,
  key: string,
  shape: readonly number[],
  expected: readonly number[],
): Problem {
  return {
    what: `\`${key}\` has the wrong shape`,
    where,
    got: `(${shape.join(', ')})`,
    expected: `(${expected.join(', ')}), as in the model`,
    fix: 'use the base model that the adapter was trained on, with its vocabulary',
  };
}
