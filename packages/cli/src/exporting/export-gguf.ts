import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { tensorSource, withNewFolder, writeFileAtomic } from '@moslora/checkpoint';
import { GgufFile, writeDecoder, writeVision, type GgufDecoderShape } from '@moslora/gguf';
import { familyFor, mergedLanguage, mergedParts } from '@moslora/model-llava';
import { jinjaTemplate, loadTokenizer } from '@moslora/tokenization';
import type { LogitDifference } from '../merging/fixed-batch';
import { logitLine } from '../merging/logit-verdict';
import type { ModelPlace } from '../merging/model-place';
import { writeCompanions } from '../merging/write-model';
import { Disagreement } from '../exit-codes';
import type { Reporter } from '../progress/reporter';
import { modelCard } from './card';
import { writeGenerationConfig } from './generation-settings';
import { mmprojOf, type Mmproj } from './mmproj';
import { compareSeeing, compareText, decoderView, type GgufDifference } from './read-back-gguf';

/** What a GGUF file's matrices may be stored as. */
export const ggufTypes = ['F16', 'BF16', 'Q8_0', 'Q4_0'] as const;
export type GgufType = (typeof ggufTypes)[number];

/** Most that the relative error of the logits may be; of 4 bits it is only told. */
const most: Record<GgufType, number> = { F16: 0.02, BF16: 0.1, Q8_0: 0.2, Q4_0: Infinity };

const mmprojFile = 'mmproj-F16.gguf';

export interface GgufReport {
  layout: 'gguf';
  files: string[];
  logits: LogitDifference;
  /** Of what the decoder gets of two fixed pictures. */
  pictures?: LogitDifference;
  /** Why there is no mmproj file. */
  noMmproj?: string[];
}

/**
 * Writes a model's decoder, adapter merged, as a GGUF file with its tokenizer, and tower with projector as an mmproj file where llama.cpp
 * has a layout for them; what was written is read back and computes a fixed batch.
 */
export async function exportGguf(
  place: ModelPlace,
  output: string,
  { type, reporter }: { type: GgufType; reporter: Reporter },
): Promise<GgufReport> {
  const { layout } = place;
  const merged = layout ? await mergedParts(layout) : await mergedLanguage(place.decoder);
  const file = `model-${type}.gguf`;
  try {
    const eyes = layout && mmprojOf(layout, merged);
    const mmproj = eyes && 'shape' in eyes ? eyes : undefined;
    const because = eyes && 'because' in eyes ? eyes.because : [];
    for (const line of [...missingLines(because), ...(mmproj?.notes ?? [])]) reporter.log(line);
    const { tensors } = merged.weights[0];
    const weights = tensorSource(place.decoder.where, tensors);
    const { config, where } = place.decoder;
    const family = await familyFor(config['model_type'], where);
    const shape: GgufDecoderShape = family.check(weights, config, { where });
    const name = place.stage ? `${place.stage.open.name} ${place.stage.stage}` : basename(place.name);
    let difference: GgufDifference | undefined;
    await withNewFolder(output, async (dir) => {
      const path = join(dir, file);
      const words = existsSync(join(place.words, 'tokenizer.json'))
        ? { tokenizer: place.words, chat: chatOf(place) }
        : {};
      const ofFamily = String(config['model_type']);
      writeDecoder(path, { weights, family: ofFamily, shape, type, name, ...words });
      if (mmproj) writeVision(join(dir, mmprojFile), { ...mmproj, name });
      writeCompanions(dir, place, { kind: 'language' });
      writeGenerationConfig(dir, place);
      writeFileAtomic(join(dir, 'README.md'), modelCard(place, useLines(file, mmproj, because)));
      reporter.log('reading back what was written, and computing a fixed batch with it');
      const written = GgufFile.open(path);
      const seeing = mmproj && { mmproj, file: GgufFile.open(join(dir, mmprojFile)) };
      const view = decoderView(weights, written, { shape, family: ofFamily });
      const load = () => family.load(view, config, { where });
      try {
        difference = seeing
          ? await compareSeeing(layout!, load, seeing)
          : await compareText(place, load, shape.vocabSize);
      } finally {
        written.close();
        seeing?.file.close();
      }
      judge(difference, type);
    });
    return {
      ...{ layout: 'gguf', files: [file, ...(mmproj ? [mmprojFile] : [])], ...difference! },
      ...(because.length > 0 && { noMmproj: because }),
    };
  } finally {
    merged.close();
  }
}

/** The template of tuning; the tokenizer's own where it isn't known. */
function chatOf({ words, template }: ModelPlace): { template: string; answerEnd?: string } | undefined {
  const tokenizer = loadTokenizer(words);
  if (template !== undefined) return { template: jinjaTemplate(template, tokenizer), answerEnd: template.suffix };
  const [own] = tokenizer.chatTemplates.values();
  return own === undefined ? undefined : { template: own };
}

/** @throws Disagreement where rounding alone does not explain a difference; a NaN is at most nothing */
function judge({ logits, pictures }: GgufDifference, type: GgufType): void {
  const said = 'Nothing was left behind.';
  if (pictures && !(pictures.relative <= most.F16))
    throw new Disagreement(`The mmproj file does not see what the model does: ${pictureLine(pictures)}. ${said}`);
  if (!(logits.relative <= most[type]))
    throw new Disagreement(`The GGUF file does not compute what base and adapter do: ${logitLine(logits)}. ${said}`);
}

/** For people. */
export function pictureLine({ largest, scale, relative }: LogitDifference): string {
  return `what the decoder gets of two fixed pictures off by at most ${largest.toExponential(1)} (up to ${scale.toPrecision(3)}; relative error ${relative.toExponential(1)})`;
}

function missingLines(because: readonly string[]): string[] {
  return because.map((reason) => `no mmproj file is written, llama.cpp's LLaVA has no field for it: ${reason}`);
}

function useLines(file: string, mmproj: Mmproj | undefined, because: readonly string[]): string[] {
  if (mmproj)
    return [
      `- llama.cpp: \`llama-mtmd-cli -m ${file} --mmproj ${mmprojFile} --image PICTURE -p "…"\`; tokenizer and chat template are in the first file, tower and projector in the second`,
      ...mmproj.notes.map((note) => `- ${note}`),
    ];
  return [
    `- llama.cpp and what is built on it: \`llama-cli -m ${file}\`; the file has tokenizer and chat template in it`,
    ...because.map(
      (reason) => `- the decoder alone, it sees no pictures: ${reason}, which llama.cpp's LLaVA has no field for`,
    ),
  ];
}
