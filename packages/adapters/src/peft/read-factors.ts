import type { SafetensorsFile } from '@moslora/checkpoint';
import { fail, type Problem } from '@moslora/specs';
import { isTarget } from '../inject/select-slots';
import type { AdapterFileConfig } from './adapter-config-file';
import { copiedModule, copyProblems, type Rows } from './copied-weights';
import { parseAdapterKey, type AdapterPart } from './keys';
import { matchModules, some } from './match-modules';
import { partProblems } from './part-problems';

/** The tensor names of one module's adapter. */
export type ModuleKeys = Partial<Record<AdapterPart, string>>;

/** What an adapter's file holds. */
export interface AdapterTensors {
  /** Parts of the adapter by module path. */
  modules: Map<string, ModuleKeys>;
  /** Names of base weights that stand beside them. */
  copies: string[];
}

/** Tensors by module path. Throws a UserError for names that are none of an adapter's, and for several adapters in one file. */
export function groupKeys(file: SafetensorsFile): AdapterTensors {
  const modules = new Map<string, ModuleKeys>();
  const copies: string[] = [];
  const adapters = new Set<string>();
  const [foreign, twice]: [string[], string[]] = [[], []];
  for (const key of file.names()) {
    const parsed = parseAdapterKey(key);
    if (parsed === undefined) {
      (copiedModule(key) === undefined ? foreign : copies).push(key);
      continue;
    }
    if (parsed.adapter !== undefined) adapters.add(parsed.adapter);
    const keys = modules.get(parsed.path) ?? {};
    if (keys[parsed.part] !== undefined) twice.push(key);
    keys[parsed.part] = key;
    modules.set(parsed.path, keys);
  }
  const problems: Problem[] = [];
  const expected =
    '<module path>.lora_A.weight, .lora_B.weight and, with a mixer, .lora_AB.weight or .lora_mixer.weight, with DoRA .lora_magnitude_vector';
  const add = (what: string, got: string[]): unknown =>
    got.length > 0 && problems.push({ what, where: file.where, got: some(got), expected });
  add(`${foreign.length} tensors are not parts of a LoRA or MoSLoRA adapter`, foreign);
  add(
    adapters.size > 1 ? 'The file holds several adapters' : 'A part of the adapter is there twice',
    adapters.size > 1 ? [...adapters] : twice,
  );
  if (modules.size === 0 && foreign.length === 0)
    add('The file holds no adapter', copies.length > 0 ? copies : ['no tensors']);
  if (problems.length > 0) fail(problems);
  return { modules, copies };
}

/** The layers of a model that an adapter may stand on. */
export interface AdaptedPlaces<P extends { name: string }> {
  places: readonly P[];
  shapeOf(place: P): readonly [out: number, inner: number];
  /** The model's own weight of a module path, embeddings and head included; undefined where it has none. */
  rowsOf(module: string): Rows | undefined;
}

/**
 * The places of the file's modules, after everything was held against the config and the model. Throws one UserError listing all
 * contradictions.
 */
export function checkAgainstConfig<P extends { name: string }>(
  file: SafetensorsFile,
  { modules, copies }: AdapterTensors,
  config: AdapterFileConfig,
  { places: slots, shapeOf, rowsOf }: AdaptedPlaces<P>,
): Map<string, P> {
  const problems = partProblems(file, modules, config);
  let matched = new Map<string, P>();
  try {
    matched = matchModules(slots, modules.keys(), file.where);
  } catch (error) {
    problems.push(...problemsOf(error));
  }
  for (const [path, slot] of matched)
    problems.push(...shapeProblems(file, path, modules.get(path)!, config, shapeOf(slot)));
  const lacking = missingModules(config, slots, new Set(matched.values()));
  if (matched.size > 0 && lacking.length > 0) {
    problems.push({
      what: `${lacking.length} layers that target_modules names have no tensors in the file`,
      where: file.where,
      got: some(lacking),
      fix: 'the file is incomplete, or belongs to another config',
    });
  }
  problems.push(...copyProblems(file, copies, rowsOf));
  if (problems.length > 0) fail(problems);
  return matched;
}

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof Error && 'problems' in error) return error.problems as readonly Problem[];
  throw error;
}

function shapeProblems(
  file: SafetensorsFile,
  path: string,
  keys: ModuleKeys,
  config: AdapterFileConfig,
  [outFeatures, inFeatures]: readonly [number, number],
): Problem[] {
  const rank = config.rankOf(path);
  const expected: Record<AdapterPart, number[]> = {
    A: [rank, inFeatures],
    AB: [rank, rank],
    B: [outFeatures, rank],
    magnitude: [outFeatures],
  };
  return Object.entries(keys).flatMap(([part, key]): Problem[] => {
    const { shape } = file.info(key);
    const wanted = expected[part as AdapterPart];
    if (shape.join() === wanted.join()) return [];
    const what = `\`${key}\` has the wrong shape`;
    const at = `(${wanted.join(', ')}) for rank ${rank} on a layer of ${outFeatures} x ${inFeatures}`;
    return [{ what, where: file.where, got: `(${shape.join(', ')})`, expected: at }];
  });
}

/**
 * Layers that `target_modules` names and the file leaves out, in the parts of the model that the file adapts at all: a name such as
 * q_proj fits a vision tower too, which need not be meant.
 */
function missingModules<P extends { name: string }>(
  config: AdapterFileConfig,
  slots: readonly P[],
  found: ReadonlySet<P>,
): string[] {
  const { targets } = config;
  if (targets === undefined) return [];
  const parts = new Set([...found].map(({ name }) => partOf(name)));
  const wanted = slots.filter(
    ({ name }) => parts.has(partOf(name)) && targets.some((target) => isTarget(target, name)),
  );
  return wanted.filter((slot) => !found.has(slot)).map(({ name }) => name);
}

/** The path up to the first layer number: `model.layers`, `vision_tower.encoder.layers`. */
function partOf(path: string): string {
  return path.split(/\.\d+\./)[0]!;
}
