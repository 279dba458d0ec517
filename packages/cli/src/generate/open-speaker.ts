import { readPreprocessorConfig, preprocess } from '@moslora/images';
import { isLlavaFolder, loadDecoderFolder, loadLlavaFolder, textSpeaker, type Speaker } from '@moslora/model-llava';
import { tf } from '@moslora/runtime';
import { fail } from '@moslora/specs';

/** A model of a Hugging Face folder that answers, a LLaVA or a language model. */
export interface OpenSpeaker {
  speaker: Speaker;
  /** Files of pictures as the tower wants them: (I, 3, S, S). @throws UserError where the model takes none, or one cannot be read */
  pixels(files: readonly string[]): Promise<tf.Tensor4D | undefined>;
  dispose(): void;
}

/** Opens the model of a Hugging Face folder. @throws UserError for whatever does not fit */
export async function openSpeaker(folder: string): Promise<OpenSpeaker> {
  if (!isLlavaFolder(folder)) {
    const decoder = await loadDecoderFolder(folder);
    return {
      speaker: textSpeaker(decoder),
      pixels: (files) => noPictures(folder, files),
      dispose: () => decoder.dispose(),
    };
  }
  const model = await loadLlavaFolder(folder);
  return { speaker: model, pixels: (files) => readPixels(folder, files), dispose: () => model.dispose() };
}

async function readPixels(folder: string, files: readonly string[]): Promise<tf.Tensor4D | undefined> {
  if (files.length === 0) return undefined;
  const processor = readPreprocessorConfig(folder);
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
