import { askedText, baseIndex, type PromptStyle, type QuestionRow } from '@moslora/evaluation';
import { generateTexts } from '@moslora/model-llava';
import { tf } from '@moslora/runtime';
import { fail, type ImageRef } from '@moslora/specs';
import type { Voice } from './answerer';
import { inBatches, madeOf, tooLong, type AskOptions } from './ask-rows';
import { encodeRow } from './encode-row';
import { pictureIds } from './picture-ids';
import { PicturesInView, type Sight } from './pictures-in-view';
import { windowsOf, type Askable } from './windows';

export interface TextOptions extends AskOptions {
  voice: Voice;
  prompt: PromptStyle;
  maxNewTokens: number;
  /** Every picture is blank. */
  blind: boolean;
}

interface Prompt extends Askable {
  key: string;
  ids: number[];
  row: QuestionRow;
}

/** Rows that are put in order of length together, where pictures set no bound. */
const TEXTS = 4096;

/** Has the model answer rows greedily, rows of like length together, each picture seen once. */
export async function askTexts(rows: readonly QuestionRow[], options: TextOptions): Promise<void> {
  const { model, read, blind, signal, add } = options;
  const sees = !blind && read.benchmark.pictures !== 'none';
  const view = sees && model.eyes ? new PicturesInView(model.eyes) : undefined;
  const windows = windowsOf(encoded(rows, options), view?.most ?? TEXTS);
  const sights = (window: readonly Prompt[]): Sight[] => sightsOf(window, read.picture);
  try {
    for (const [i, window] of windows.entries()) {
      if (signal.aborted) return;
      const failed = await view?.see(sights(window), sights(windows[i + 1] ?? []));
      const reason = ({ picture }: Prompt): string | undefined => failed?.get(picture!);
      add(window.flatMap((row) => (reason(row) === undefined ? [] : [{ key: row.key, failed: reason(row)! }])));
      const seen = window.filter((row) => reason(row) === undefined);
      await inBatches(seen, options, (batch) => answersTo(batch, options, view));
    }
  } finally {
    await view?.close();
  }
}

function encoded(rows: readonly QuestionRow[], options: TextOptions): Prompt[] {
  const { answerer, voice, model, read, prompt, maxNewTokens, add } = options;
  const { benchmark } = read;
  const picture = benchmark.pictures !== 'none' && answerer.seesPictures;
  const patches = picture ? (model.eyes?.shape[0] ?? 1) : 1;
  const rotated = benchmark.scorer === 'circular';
  const ids = pictureIds(rows, rotated);
  return madeOf(
    rows,
    (row) => {
      const text = askedText(row, benchmark.asked, prompt);
      const prompted = encodeRow(answerer, voice, { key: row.key, text, picture });
      const positions = prompted.length - 1 + patches;
      const shared = picture ? (ids.get(row.key) ?? `row ${row.key}`) : undefined;
      return (
        tooLong(model, positions, maxNewTokens) ?? {
          key: row.key,
          row,
          ids: prompted,
          length: positions,
          picture: shared,
          question: rotated ? baseIndex(row) : row.key,
        }
      );
    },
    add,
  );
}

function sightsOf(window: readonly Prompt[], picture: AskOptions['read']['picture']): Sight[] {
  const first = new Map(window.map(({ picture: id, row }) => [id, row]));
  return [...first].flatMap(([id, row]): Sight[] => {
    if (id === undefined) return [];
    const image = (): ImageRef => picture(row) ?? fail({ what: 'a question without a picture' });
    return [{ id, key: row.key, image }];
  });
}

/** Answers to a batch as texts. */
async function answersTo(
  batch: readonly Prompt[],
  { answerer, voice, model, maxNewTokens }: TextOptions,
  view: PicturesInView | undefined,
): Promise<string[]> {
  const { features, shown } = picturesOf(batch, model, view);
  try {
    const answers = await generateTexts(
      model.speaker,
      answerer.tokenizer,
      batch.map(({ ids }) => ids),
      features ? { features, shown } : {},
      {
        ...{ maxNewTokens, stop: answerer.stop, sampling: { doSample: false } },
        stopStrings: [...voice.template.stop, ...answerer.stopStrings],
      },
    );
    return answers.map(({ text }) => text.trim());
  } finally {
    features?.dispose();
  }
}

/**
 * Features (P, N, D) of a batch's distinct pictures, zeros where they are blank, and which of them each row shows; nothing without
 * pictures.
 */
function picturesOf(
  batch: readonly Prompt[],
  { eyes }: TextOptions['model'],
  view: PicturesInView | undefined,
): { features?: tf.Tensor3D; shown?: number[] } {
  const pictures = batch.flatMap(({ picture }) => (picture === undefined ? [] : [picture]));
  if (pictures.length === 0 || !eyes) return {};
  if (!view) return { features: tf.zeros([1, ...eyes.shape]), shown: pictures.map(() => 0) };
  const distinct = new Map([...new Set(pictures)].map((id, at) => [id, at]));
  return { features: view.read([...distinct.keys()]), shown: pictures.map((id) => distinct.get(id)!) };
}
