import { join } from 'node:path';
import { writeFileAtomic } from '@moslora/checkpoint';
import { savedParts } from '@moslora/model-llava';
import type { Reporter } from '../progress/reporter';
import { checkFolders } from '../quantizing/check-folders';
import type { LogitDifference } from '../merging/fixed-batch';
import { partsLines } from '../merging/merge-model';
import { modelPlace, type ModelGiven, type ModelPlace } from '../merging/model-place';
import { outputShape, type OutputShape } from '../merging/output-shape';
import { writeModel } from '../merging/write-model';
import { copyAdapter, onlyAdapter } from './adapter-copy';
import { modelCard } from './card';
import { exportGguf, type GgufType } from './export-gguf';
import { writeGenerationConfig, writeProcessorConfig } from './generation-settings';

export const exportFormats = ['hf', 'peft', 'gguf'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions extends ModelGiven {
  as: ExportFormat;
  dtype: 'bfloat16' | 'float16';
  /** Of gguf's matrices. */
  type: GgufType;
  /** Of peft: mixers multiplied into A. */
  fold: boolean;
  maxShardBytes?: number | undefined;
  imageToken?: number | undefined;
  replace: boolean;
  reporter: Reporter;
  signal: AbortSignal;
}

/** For people and for --json. */
export interface ExportReport {
  output: string;
  as: ExportFormat;
  layout: OutputShape['kind'] | 'gguf';
  because?: string[];
  files?: string[];
  logits: LogitDifference;
  /** Of gguf: of what the decoder gets of two fixed pictures. */
  pictures?: LogitDifference;
  /** Of gguf: why there is no mmproj file. */
  noMmproj?: string[];
  seconds: number;
}

/** Writes a tuned model as one folder that needs no other, reads it back and compares its logits. @throws UserError, Disagreement */
export async function exportModel(model: string, output: string, options: ExportOptions): Promise<ExportReport> {
  const { as, replace, reporter } = options;
  const place = modelPlace(model, options, options);
  for (const folder of new Set(place.folders)) checkFolders(folder, output, replace);
  const began = performance.now();
  const written: Promise<Omit<ExportReport, 'output' | 'as' | 'seconds'>> =
    as === 'gguf' ? exportGguf(place, output, options) : exportFolder(place, output, options);
  const report = await written;
  if (report.because) for (const line of partsLines(report.because)) reporter.log(line);
  return { output, as, ...report, seconds: (performance.now() - began) / 1000 };
}

async function exportFolder(
  place: ModelPlace,
  output: string,
  { as, dtype, fold, maxShardBytes, imageToken, reporter }: ExportOptions,
): Promise<Pick<ExportReport, 'layout' | 'because' | 'logits'>> {
  const adapter = as === 'peft' ? onlyAdapter(place) : undefined;
  const shape = adapter === undefined ? outputShape(place, imageToken) : besideAdapter(place);
  const { logits } = await writeModel(place, shape, output, {
    ...{ as: dtype, double: true, maxShardBytes, compare: true, log: (line: string) => reporter.log(line) },
    ...(adapter !== undefined && { weightsOf: withoutAdapters(place) }),
    async also(dir) {
      if (adapter !== undefined) await copyAdapter(adapter, join(dir, savedParts.adapter), fold);
      writeGenerationConfig(dir, place);
      writeProcessorConfig(dir, place, shape);
      writeFileAtomic(join(dir, 'README.md'), modelCard(place, useLines(shape, adapter !== undefined, fold)));
    },
  });
  const because = shape.kind === 'parts' && shape.because.length > 0 ? { because: shape.because } : {};
  return { layout: shape.kind, ...because, logits: logits! };
}

/** An adapter stays beside its base: the parts lie beside each other, whatever the model. */
function besideAdapter({ layout }: ModelPlace): OutputShape {
  return layout === undefined ? { kind: 'language' } : { kind: 'parts', because: [] };
}

function withoutAdapters(place: ModelPlace): ModelPlace {
  const decoder = { ...place.decoder, adapter: undefined };
  const { layout } = place;
  return {
    ...place,
    decoder,
    layout: layout && { ...layout, decoder, tower: { ...layout.tower, adapter: undefined } },
  };
}

function useLines({ kind }: OutputShape, peft: boolean, fold: boolean): string[] {
  const moslora = '- moslora: `npx moslora generate FOLDER --prompt "…"`, `npx moslora evaluate FOLDER --benchmark …`';
  if (peft) {
    const reader = fold
      ? 'stock PEFT: `PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(FOLDER), FOLDER + "/adapter")`'
      : 'programs that know `lora_AB` (MoSLoRA); stock PEFT would drop the mixers: export with `--fold` for it';
    return [moslora, `- base and adapter apart, the adapter in adapter/: ${reader}`];
  }
  if (kind === 'huggingface')
    return ['- transformers: `LlavaForConditionalGeneration.from_pretrained(FOLDER)`', moslora];
  if (kind === 'language') return ['- transformers: `AutoModelForCausalLM.from_pretrained(FOLDER)`', moslora];
  return [
    moslora,
    '- other programs: the decoder alone, `AutoModelForCausalLM.from_pretrained(FOLDER)`; tower/ and projector.safetensors are put before it as moslora.json says',
  ];
}
