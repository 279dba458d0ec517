import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SafetensorsFile, writeSafetensors } from '@moslora/checkpoint';
import { parameterGroups, type Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';
import type { Moments } from '../optimizer/adamw';

/** Float32 values by parameter name. */
export type Values = ReadonlyMap<string, Float32Array>;

const groups = parameterGroups;
const momentsFile = 'moments.safetensors';
const averageFile = 'average.safetensors';
const prefixes = { first: 'first.', second: 'second.', updates: 'updates.' };

/** Writes what learns as one file per part of the model, such as adapter.safetensors, under the names of published files. */
export function writeParameters(folder: string, parameters: readonly Parameter[]): void {
  for (const group of groups) {
    const members = parameters.filter((parameter) => parameter.group === group);
    if (members.length === 0) continue;
    const tensors = members.map(({ name, value }) => ({
      ...{ name, dtype: 'F32' as const, shape: value.shape },
      data: () => value.dataSync<'float32'>(),
    }));
    writeSafetensors(join(folder, `${group}.safetensors`), tensors);
  }
}

/** Writes AdamW's moments as first.NAME and second.NAME, vectors, and the updates each parameter has had as updates.NAME, of one value. */
export function writeMoments(folder: string, moments: Moments): void {
  const entries = (['first', 'second'] as const).flatMap((kind) =>
    [...moments[kind]].map(([name, data]) => vector(prefixes[kind] + name, data)),
  );
  const counts = [...moments.updates].map(([name, count]) => vector(prefixes.updates + name, Float32Array.of(count)));
  writeSafetensors(join(folder, momentsFile), [...entries, ...counts]);
}

/** Writes the moving average of what learns, as vectors. */
export function writeAverage(folder: string, average: Values): void {
  writeSafetensors(
    join(folder, averageFile),
    [...average].map(([name, data]) => vector(name, data)),
  );
}

/** @param updates of every parameter, where the file, an older one, does not have them */
export function readMoments(folder: string, updates: number): Moments {
  const all = [...readAll(join(folder, momentsFile))];
  const collect = (prefix: string) =>
    new Map(
      all.filter(([name]) => name.startsWith(prefix)).map(([name, data]) => [name.slice(prefix.length), data] as const),
    );
  const first = collect(prefixes.first);
  const counts = collect(prefixes.updates);
  return {
    ...{ first, second: collect(prefixes.second) },
    updates: new Map([...first.keys()].map((name) => [name, counts.get(name)?.[0] ?? updates])),
  };
}

/** What the folder's files of parts hold, by parameter name. */
export function readParameters(folder: string): Values {
  const there = readdirSync(folder);
  const files = groups.map((group) => `${group}.safetensors`).filter((name) => there.includes(name));
  return new Map(files.flatMap((name) => [...readAll(join(folder, name))]));
}

/** The moving average; undefined where the run keeps none. */
export function readAverage(folder: string): Values | undefined {
  return readdirSync(folder).includes(averageFile) ? readAll(join(folder, averageFile)) : undefined;
}

/** Gives parameters these values. @throws UserError where some are missing or of another size, and then changes nothing */
export function assignValues(parameters: readonly Parameter[], values: Values, where: string): void {
  const wrong = parameters.filter(({ name, value }) => values.get(name)?.length !== value.size);
  if (wrong.length > 0) {
    const [{ name, value }] = wrong as [Parameter];
    fail({
      what: `The checkpoint does not hold ${wrong.length} of the ${parameters.length} trained tensors`,
      where,
      got: `${values.get(name)?.length ?? 'no'} values of ${name}`,
      expected: `${value.size} values`,
      fix: 'start over: --resume never',
    });
  }
  for (const { name, value } of parameters) {
    tf.tidy(() => value.assign(tf.tensor(values.get(name)!, value.shape)));
  }
}

function vector(name: string, data: Float32Array) {
  return { name, dtype: 'F32' as const, shape: [data.length], data };
}

function readAll(path: string): Map<string, Float32Array> {
  const file = SafetensorsFile.open(path);
  try {
    return new Map(file.names().map((name) => [name, file.float32(name)]));
  } finally {
    file.close();
  }
}
