import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { captionRecord, conversationRecord, descriptionRecord } from './conversation';
import { writeRecords, writeWhole } from './files';
import { drawHeldout } from './heldout';
import { mmbenchTsv } from './mmbench-tsv';
import type { ShapesWorldOptions } from './options';
import { drawAll } from './pictures';
import { kindsNamed } from './questions';
import { Random } from './random';
import { sceneKey } from './scene';
import type { Scene } from './scene';
import { drawTrainingScenes } from './training-scenes';
import { languages } from './wording';

/** Every scene of a seed: what is held out, and what is trained on. */
export function drawWorld(options: ShapesWorldOptions) {
  const random = new Random(`shapes-world ${options.seed}`);
  const heldout = drawHeldout(options.questionsPerAbility, random.fork('heldout'), kindsNamed(options.kinds));
  const without = new Set(heldout.map(({ scene }) => sceneKey(scene)));
  const training = drawTrainingScenes(options.scenes, options.siblings, without, random.fork('training'));
  return { random, heldout, training };
}

/** Draws the world into `into`: pictures, captions, descriptions, conversations and the held-out questions. */
export async function prepare(
  into: string,
  options: ShapesWorldOptions,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { random, heldout, training } = drawWorld(options);
  mkdirSync(join(into, 'images'), { recursive: true });

  let drawn = 0;
  await drawAll(
    training,
    random.fork('training pictures'),
    (at, png) => {
      writeWhole(join(into, imagePath(at)), png);
      if (++drawn % 1000 === 0 || drawn === training.length)
        log(`${drawn} of ${training.length} training pictures drawn`);
    },
    signal,
  );
  const pictures: Uint8Array[] = [];
  await drawAll(
    heldout.map(({ scene }) => scene),
    random.fork('heldout pictures'),
    (at, png) => void (pictures[at] = png),
    signal,
  );

  writeTraining(into, training, options, random.fork('conversations'));
  for (const language of languages)
    writeWhole(join(into, `heldout.${language}.tsv`), mmbenchTsv(heldout, pictures, language));
  log(`${heldout.length} held-out questions in ${languages.length} languages written`);
}

function writeTraining(into: string, scenes: readonly Scene[], options: ShapesWorldOptions, random: Random): void {
  const withTalk = scenes.slice(0, options.instructScenes);
  const captions = scenes.flatMap((scene, at) =>
    languages.map((language) => captionRecord(id(at), imagePath(at), scene, language)),
  );
  writeRecords(join(into, 'captions.json'), captions);
  const descriptions = scenes.map((scene, at) => descriptionRecord(id(at), imagePath(at), scene));
  writeRecords(join(into, 'descriptions.json'), descriptions);
  const style = { ...options, kinds: kindsNamed(options.kinds) };
  const talks = withTalk.flatMap((scene, at) =>
    languages.map((language) => {
      return conversationRecord(id(at), imagePath(at), scene, language, style, random.fork(`${at} ${language}`));
    }),
  );
  writeRecords(join(into, 'instruct.json'), talks);
}

const id = (at: number): string => String(at).padStart(6, '0');
const imagePath = (at: number): string => `images/${id(at)}.png`;
