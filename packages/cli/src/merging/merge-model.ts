import { fail } from '@moslora/specs';
import { mergeWarning } from '@moslora/adapters';
import { bytes as formatted } from '../progress/format';
import type { Reporter } from '../progress/reporter';
import { checkFolders } from '../quantizing/check-folders';
import type { LogitDifference } from './fixed-batch';
import { modelPlace, type ModelGiven, type ModelPlace } from './model-place';
import { outputShape, type OutputShape } from './output-shape';
import type { WrittenModule } from './read-back';
import { writeModel } from './write-model';
import type { StoredAs } from './write-weights';

export interface MergeModelOptions extends ModelGiven {
  as: StoredAs;
  double: boolean;
  maxShardBytes?: number | undefined;
  /** Id of the token that stands for a patch, where the model names none. */
  imageToken?: number | undefined;
  compare: boolean;
  replace: boolean;
  reporter: Reporter;
  signal: AbortSignal;
}

/** For people and for --json. */
export interface MergeModelReport {
  output: string;
  as: StoredAs;
  layout: OutputShape['kind'];
  because?: string[];
  /** Layers that an adapter changed. */
  merged: number;
  /** Layers in 4 bits. */
  quantized: number;
  tensors: number;
  /** ‖Ŵ - (W + ΔW)‖ / ‖W + ΔW‖ over the layers in 4 bits; over the merged ones, where none is. */
  worst: WrittenModule;
  meanRelativeError: number;
  warning?: string;
  logits?: LogitDifference;
  modules: WrittenModule[];
  seconds: number;
  peakMemoryBytes: number;
}

/** Merges the adapters of a model into it, and writes it to `output`. @throws UserError, Disagreement */
export async function mergeModel(model: string, output: string, options: MergeModelOptions): Promise<MergeModelReport> {
  const { as, reporter, replace, imageToken } = options;
  const place = modelPlace(model, options, options);
  needAdapter(place);
  for (const folder of new Set(place.folders)) checkFolders(folder, output, replace);
  const shape = outputShape(place, imageToken);
  if (shape.kind === 'parts') for (const line of partsLines(shape.because)) reporter.log(line);
  const began = performance.now();
  const { modules, tensors, logits } = await writeModel(place, shape, output, {
    ...{ as, double: options.double, maxShardBytes: options.maxShardBytes, compare: options.compare },
    log: (line) => reporter.log(line),
    onValues: progress(reporter),
  });
  const merged = modules.filter(({ rmsDelta }) => rmsDelta > 0);
  const warning = mergeWarning({ into: as === 'nf4' ? 'nf4' : 'dense', modules: merged, maxError: 0 });
  const inFour = modules.filter((module) => module.inFour);
  const measured = inFour.length > 0 ? inFour : modules;
  const worst = measured.reduce((a, b) => (b.relative > a.relative ? b : a));
  return {
    ...{ output, as, layout: shape.kind, merged: merged.length, tensors },
    ...(shape.kind === 'parts' && { because: shape.because }),
    quantized: inFour.length,
    worst,
    meanRelativeError: measured.reduce((sum, { relative }) => sum + relative, 0) / measured.length,
    ...(warning !== undefined && { warning }),
    ...(logits && { logits }),
    modules,
    seconds: (performance.now() - began) / 1000,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
}

function needAdapter({ decoder, layout, name }: ModelPlace): void {
  if (decoder.adapter !== undefined || layout?.tower.adapter !== undefined) return;
  fail({
    what: 'There is no adapter to merge',
    where: name,
    expected: 'moslora merge BASE ADAPTER OUTPUT, or a model with an adapter of its own',
    fix: 'name the PEFT folder of the adapter; parts that learnt in full are written by moslora export',
  });
}

/** What is said of a model that is not laid out as Hugging Face does it. */
export function partsLines(because: readonly string[]): string[] {
  return [
    `Hugging Face's LLaVA layout cannot say all of this model: ${because.join('; ')}`,
    'written as a language model with tower/, projector.safetensors and moslora.json beside it: other programs read the decoder alone, moslora all of it',
  ];
}

function progress(reporter: Reporter): (count: number) => void {
  let done = 0;
  let said = performance.now();
  return (count) => {
    done += count;
    if (performance.now() - said < 5000) return;
    said = performance.now();
    reporter.log(`${formatted(done)} values written`.replace(/ B values/, ' values'));
  };
}
