import { join } from 'node:path';
import { preprocess, type ImageProcessor } from '@moslora/images';
import {
  isLlavaFolder,
  loadDecoderFolder,
  loadLlavaFolder,
  openLayout,
  textSpeaker,
  type PartsGiven,
  type Speaker,
} from '@moslora/model-llava';
import { tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';
import {
  checkVocabulary,
  loadTokenizer,
  templateFromFolder,
  type Template,
  type Tokenizer,
} from '@moslora/tokenization';
import type { Answerer } from '../evaluate/answerer';
import { openAnswerer } from '../evaluate/open-answerer';
import type { Reporter } from '../progress/reporter';
import { namedStage } from '../stages/named-stage';

/** A model of a Hugging Face folder that answers, a LLaVA or a language model. */
export interface OpenSpeaker {
  speaker: Speaker;
  /** Files of pictures as the tower wants them: (I, 3, S, S). @throws UserError where the model takes none, or one cannot be read */
  pixels(files: readonly string[]): Promise<tf.Tensor4D | undefined>;
  dispose(): void;
}

/** A model that was named; what its prompts are made with is read at once. */
export interface NamedSpeaker {
  tokenizer: Tokenizer;
  template(): Template;
  /** Text put before a question that has none. */
  system: string | undefined;
  /** @throws UserError for whatever does not fit, the tokenizer too */
  open(): Promise<OpenSpeaker>;
}

/**
 * The model of a folder in any of its layouts, or that a stage left, with everything that it tuned.
 * @throws UserError where there is none
 */
export function nameSpeaker(
  model: string,
  given: PartsGiven,
  told: { reporter: Reporter; signal: AbortSignal },
): NamedSpeaker {
  if (namedStage(model, ['quantize', 'align', 'instruct'], told)) return ofStage(openAnswerer(model, given, told));
  const words = isLlavaFolder(model) ? openLayout(model, given).tokenizer : model;
  const tokenizer = loadTokenizer(words);
  const template = (): Template => templateFromFolder(words);
  return { tokenizer, template, system: undefined, open: () => openFolder(model, tokenizer, given) };
}

function ofStage(answerer: Answerer): NamedSpeaker {
  const { tokenizer, system } = answerer;
  const open = async (): Promise<OpenSpeaker> => {
    const { speaker, eyes, dispose } = await answerer.open();
    const pixels = (files: readonly string[]): Promise<tf.Tensor4D | undefined> =>
      eyes ? readPixels(() => eyes.processor, files) : noPictures(answerer.name, files);
    return { speaker, pixels, dispose };
  };
  return { tokenizer, template: () => answerer.voice().template, system, open };
}

async function openFolder(folder: string, tokenizer: Tokenizer, given: PartsGiven): Promise<OpenSpeaker> {
  if (!isLlavaFolder(folder)) {
    const decoder = await loadDecoderFolder(folder);
    checkVocabulary(tokenizer, { vocabSize: decoder.config.vocabSize, where: join(folder, 'config.json') });
    return {
      speaker: textSpeaker(decoder),
      pixels: (files) => noPictures(folder, files),
      dispose: () => decoder.dispose(),
    };
  }
  const { decoder, imageTokenId, processor } = openLayout(folder, given);
  const model = await loadLlavaFolder(folder, given);
  checkVocabulary(tokenizer, { vocabSize: model.decoder.config.vocabSize, imageTokenId, where: decoder.where });
  return { speaker: model, pixels: (files) => readPixels(processor, files), dispose: () => model.dispose() };
}

async function readPixels(
  processorOf: () => ImageProcessor,
  files: readonly string[],
): Promise<tf.Tensor4D | undefined> {
  if (files.length === 0) return undefined;
  const processor = processorOf();
  const pictures = await Promise.all(files.map((path) => preprocess({ path }, processor)));
  return tf.tidy(() => {
    const { size } = processor;
    return tf.stack(pictures.map((values) => tf.tensor3d(values, [3, size, size]))) as tf.Tensor4D;
  });
}

async function noPictures(folder: string, files: readonly string[]): Promise<undefined> {
  if (files.length > 0)
    fail({
      what: 'This model takes no pictures',
      where: folder,
      got: files.join(', '),
      fix: 'give a folder whose model_type is llava, or leave --image out',
    });
  return undefined;
}
