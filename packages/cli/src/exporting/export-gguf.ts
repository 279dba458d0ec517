import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { tensorSource, withMade, withNewFolder, writeFileAtomic, type WeightSource } from '@moslora/checkpoint';
import { decoderValues, GgufFile, writeDecoder, type GgufDecoderShape } from '@moslora/gguf';
import { familyFor, mergedLanguage, textSpeaker } from '@moslora/model-llava';
import { batchLogits, compareLogits, fixedBatch, type LogitDifference } from '../merging/fixed-batch';
import { logitLine } from '../merging/logit-verdict';
import { modelLogits } from '../merging/model-logits';
import type { ModelPlace } from '../merging/model-place';
import { writeCompanions } from '../merging/write-model';
import { Disagreement } from '../exit-codes';
import type { Reporter } from '../progress/reporter';
import { modelCard } from './card';

/** What a GGUF file's matrices may be stored as. */
export const ggufTypes = ['F16', 'BF16', 'Q8_0', 'Q4_0'] as const;
export type GgufType = (typeof ggufTypes)[number];

/** Most that the relative error of the logits may be; of 4 bits it is only told. */
const most: Record<GgufType, number> = { F16: 0.02, BF16: 0.1, Q8_0: 0.2, Q4_0: Infinity };

/** Writes a model's decoder, adapter merged, as a GGUF file with its tokenizer; the file is read back and computes a fixed batch. */
export async function exportGguf(
  place: ModelPlace,
  output: string,
  { type, reporter }: { type: GgufType; reporter: Reporter },
): Promise<{ layout: 'gguf'; files: string[]; logits: LogitDifference }> {
  const merged = await mergedLanguage(place.decoder);
  const file = `model-${type}.gguf`;
  try {
    const { tensors } = merged.weights[0];
    const weights = tensorSource(place.decoder.where, tensors);
    const { config, where } = place.decoder;
    const family = await familyFor(config['model_type'], where);
    const shape: GgufDecoderShape = family.check(weights, config, { where });
    let logits: LogitDifference | undefined;
    await withNewFolder(output, async (dir) => {
      const path = join(dir, file);
      const words = existsSync(join(place.words, 'tokenizer.json')) ? { tokenizer: place.words } : {};
      const name = place.stage ? `${place.stage.open.name} ${place.stage.stage}` : basename(place.name);
      writeDecoder(path, { weights, family: String(config['model_type']), shape, type, name, ...words });
      writeCompanions(dir, place, { kind: 'language' });
      writeFileAtomic(join(dir, 'README.md'), modelCard(place, useLines(file, place)));
      reporter.log('reading back what was written, and computing a fixed batch with it');
      const { batch, logits: expected } = await modelLogits(
        { decoder: place.decoder, layout: undefined },
        fixedBatch(shape.vocabSize, undefined, undefined),
      );
      const written = GgufFile.open(path);
      const decoder = family.load(ggufView(weights, written, shape, String(config['model_type'])), config, { where });
      try {
        logits = compareLogits(batchLogits(textSpeaker(decoder), batch), expected, batch.rows.length);
      } finally {
        decoder.dispose();
        written.close();
      }
      if (!(logits.relative <= most[type]))
        throw new Disagreement(
          `The GGUF file does not compute what base and adapter do: ${logitLine(logits)}. Nothing was left behind.`,
        );
    });
    return { layout: 'gguf', files: [file], logits: logits! };
  } finally {
    merged.close();
  }
}

/** The tensors of a GGUF file under the names and in the order that the model's own have. */
function ggufView(weights: WeightSource, file: GgufFile, shape: GgufDecoderShape, family: string): WeightSource {
  return withMade(weights, (name) => ({
    ...{ dtype: 'F32', shape: weights.info(name).shape },
    values: () => decoderValues(file, name, shape, family),
  }));
}

function useLines(file: string, { layout }: ModelPlace): string[] {
  return [
    `- llama.cpp and what is built on it: \`llama-cli -m ${file}\`; the file has tokenizer and chat template in it`,
    ...(layout ? ['- the decoder alone: vision tower and projector are not in this file, so it sees no pictures'] : []),
  ];
}
