import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { withMade } from '@moslora/checkpoint';
import { preprocess } from '@moslora/images';
import { startEngine } from '@moslora/kernels';
import { loadLayout, mergedParts } from '@moslora/model-llava';
import { Rng, tf } from '@moslora/runtime';
import { loadTokenizer } from '@moslora/tokenization';
import { towerNames, VisionTower } from '@moslora/vision-encoder';
import sharp from 'sharp';
import { mmprojOf } from '../../packages/cli/src/exporting/mmproj';
import { modelPlace } from '../../packages/cli/src/merging/model-place';
import { Reporter } from '../../packages/cli/src/progress/reporter';

// Holds a folder that `moslora export --as gguf` wrote with an mmproj file against the model it is of: 4 drawn pictures, 5 questions each, greedy, in llama.cpp's mtmd and here.
//   npm install --ignore-scripts @fugood/llama.node     in a folder of its own
//   npx tsx tools/parity/compare-mmproj.ts LLAMA_NODE_FOLDER MODEL FOLDER [--adapter DIR]
// MODEL is PIPELINE:STAGE or a folder, base and adapter as they are. Pictures have the tower's side, so that only the model is compared, not how pictures are resized.
// Builds of llama.cpp with its defect #25814 put a tower's class token after the patches: each patch gets its neighbour's position, the first is left out, the class token
// takes the last place. Of towers with a class token both are computed here: the model as it is, and with its rows in that order.
// Exit code 1 where in neither 18 of 20 answers are equal and likelihoods within 0.01.

const questions = [
  'What do you see?',
  'Which colour is it?',
  'How many shapes are there?',
  '图中有什么？',
  'Describe it.',
];
const count = 16;
const marker = '<__media__>';

const [installed, name, folder, ...rest] = process.argv.slice(2);
if (installed === undefined || name === undefined || folder === undefined) {
  console.error('usage: npx tsx tools/parity/compare-mmproj.ts LLAMA_NODE_FOLDER MODEL FOLDER [--adapter DIR]');
  process.exit(2);
}
await startEngine();
const told = { reporter: new Reporter(process.stderr), signal: new AbortController().signal };
const place = modelPlace(name, rest[0] === '--adapter' ? { adapter: rest[1] } : {}, told);
const layout = place.layout;
if (layout === undefined) throw new Error(`${name} has no vision tower`);
const tokenizer = loadTokenizer(folder);
const model = await loadLayout(layout);
const { imageSize: side } = model.tower!.config;
const patches = model.tower!.featureRows(model.choice);
const dir = mkdtempSync(join(tmpdir(), 'mmproj-'));
try {
  const pictures = await Promise.all([0, 1, 2, 3].map(drawn));
  const asked = pictures.flatMap((picture) =>
    questions.map((question) => ({
      picture,
      text: `<|im_start|>user\n${marker}\n${question}<|im_end|>\n<|im_start|>assistant\n`,
    })),
  );
  const { build, answers } = await ask(asked);
  const orders = {
    'as the model has its rows': (pixels: tf.Tensor4D) => model.features(pixels),
    ...(await misordered()),
  };
  let right = false;
  for (const [order, features] of Object.entries(orders)) {
    const { line, ok } = await compared(features, asked, answers);
    console.log(`${order}: ${line} (llama.cpp ${JSON.stringify(build)})`);
    right ||= ok;
  }
  process.exitCode = right ? 0 : 1;
} finally {
  model.dispose();
  rmSync(dir, { recursive: true });
}

type Features = (pixels: tf.Tensor4D) => tf.Tensor3D;

/** The features of a tower whose class token comes last, its rows and positions counted as if it came first; none for a tower without one. */
async function misordered(): Promise<Record<string, Features>> {
  const merged = await mergedParts(layout!);
  const mmproj = mmprojOf(layout!, merged);
  if ('because' in mmproj || !mmproj.tower.classToken) return {};
  const { position } = towerNames(mmproj.tower.kind);
  const width = mmproj.tower.hiddenSize;
  const view = withMade(mmproj.weights, (name) => {
    if (!name.endsWith(position)) return undefined;
    const values = mmproj.weights.float32(name);
    const last = values.slice(-width);
    values.copyWithin(width, 0, values.length - width);
    values.set(last);
    return { dtype: 'F32', shape: mmproj.weights.info(name).shape, values: () => values };
  });
  const tower = VisionTower.load(view, mmproj.tower);
  const features: Features = (pixels) =>
    tf.tidy(() => {
      const rows = tower.features(pixels, { ...model.choice, select: 'full' });
      return tf.concat(
        [tf.slice(rows, [0, 2, 0], [-1, -1, -1]), tf.slice(rows, [0, 0, 0], [-1, 1, -1])],
        1,
      ) as tf.Tensor3D;
    });
  return { 'with the class token last (#25814)': features };
}

async function compared(
  features: Features,
  asked: readonly { text: string; picture: string }[],
  answers: Told['answers'],
): Promise<{ line: string; ok: boolean }> {
  let [equal, worst, likelihoods] = [0, 0, 0];
  const different = new Set<string>();
  for (const [at, { text, picture }] of asked.entries()) {
    const [before, after] = text.split(marker) as [string, string];
    const ids = [tokenizer.encode(before), [-200], tokenizer.encode(after)].flat();
    const pixels = tf.tensor4d(await preprocess({ path: picture }, layout!.processor()), [1, 3, side, side]);
    const seen = { features: features(pixels) };
    const [ours] = await model.generate([ids], seen, { maxNewTokens: count, stop: [] });
    const wide = Int32Array.from(ids.flatMap((id) => (id === -200 ? Array<number>(patches).fill(id) : [id])));
    const likely = tf.tidy(() => {
      const logits = model.logits({ size: 1, inputIds: wide, ...seen });
      return tf.softmax(tf.reshape(tf.slice(logits, [0, wide.length - 1, 0], [1, 1, -1]), [-1])).dataSync<'float32'>();
    });
    tf.dispose([pixels, seen.features]);
    const { text: theirs, first } = answers[at]!;
    const answer = tokenizer.decode(ours!);
    different.add(answer);
    // llama.cpp ends where the model ends its answer; ours goes on. A character may be cut in the middle.
    if (theirs.length > 0 && answer.startsWith(theirs.replace(/\ufffd+$/, ''))) equal += 1;
    const highest = [...likely].sort((a, b) => b - a);
    for (const [rank, likelihood] of [...first].sort((a, b) => b - a).entries())
      worst = Math.max(worst, Math.abs(highest[rank]! - likelihood));
    likelihoods += first.length;
  }
  return {
    line: `${equal} of ${asked.length} answers of ${count} tokens equal (${different.size} different ones); the ten highest likelihoods of each first token off by at most ${worst.toExponential(1)}`,
    ok: equal >= 18 && likelihoods === 10 * asked.length && worst <= 0.01,
  };
}

/** A picture of drawn colours in squares, as a PNG file. */
async function drawn(seed: number): Promise<string> {
  const rng = new Rng('picture', seed);
  const raw = Uint8Array.from({ length: 8 * 8 * 3 }, () => rng.int(256));
  const path = join(dir, `${seed}.png`);
  await sharp(raw, { raw: { width: 8, height: 8, channels: 3 } })
    .resize(side, side, { kernel: 'nearest' })
    .png()
    .toFile(path);
  return path;
}

interface Told {
  build: unknown;
  answers: { text: string; first: number[] }[];
}

async function ask(prompts: { text: string; picture: string }[]): Promise<Told> {
  const files = readdirSync(folder!).filter((file) => file.endsWith('.gguf'));
  const path = (kind: RegExp): string => {
    const file = files.find((each) => kind.test(each));
    if (file === undefined) throw new Error(`${folder} holds no file ${String(kind)}`);
    return resolve(folder!, file);
  };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'mtmd-worker.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const request = { module: resolve(installed!), model: path(/^model/), mmproj: path(/^mmproj/), prompts, count };
  child.stdin.end(JSON.stringify(request));
  let out = '';
  for await (const chunk of child.stdout) out += String(chunk);
  return JSON.parse(out.slice(out.indexOf('{'))) as Told;
}
