import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDecoder, type GgufDecoderShape, type TensorType } from '@moslora/gguf';
import { startEngine } from '@moslora/kernels';
import { familyFor, generate, textSpeaker, type Speaker } from '@moslora/model-llava';
import { Rng, tf } from '@moslora/runtime';
import { askLlamaCpp, isPrefix } from './llama-cpp';
import { nearTies, type Position } from './near-ties';
import { tinyFamilies, writeTinyFamily } from './random-families';

// Tiny decoders of every family with random weights, in llama.cpp and here, logits beside tokens: which files hold the model exactly, and whether what differs
// is a near-tie. 20 prompts of drawn ids, 24 greedy tokens each.
//   npx tsx tools/parity/compare-families.ts NODE_LLAMA_CPP_FOLDER [SHARPNESS of the head: 1]
// Exit code 1 where the F32 file, computed with a float32 cache, gives another token, or an F16 file one that is no near-tie.
const [installed, sharpness = '1'] = process.argv.slice(2);
if (installed === undefined || !(Number(sharpness) > 0)) {
  console.error('usage: npx tsx tools/parity/compare-families.ts NODE_LLAMA_CPP_FOLDER [SHARPNESS]');
  process.exit(2);
}
const count = 24;
const ways: { type: TensorType; float32Cache: boolean }[] = [
  { type: 'F32', float32Cache: true },
  { type: 'F16', float32Cache: true },
  { type: 'F16', float32Cache: false },
  { type: 'Q8_0', float32Cache: false },
];
await startEngine();
let wrong = false;
for (const [name, json] of Object.entries(tinyFamilies)) {
  const folder = mkdtempSync(join(tmpdir(), 'families-'));
  try {
    await compare(name, json, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
process.exitCode = wrong ? 1 : 0;

async function compare(name: string, json: Record<string, unknown>, folder: string): Promise<void> {
  const weights = await writeTinyFamily(folder, json, Number(sharpness));
  const family = await familyFor(json['model_type'], name);
  const shape: GgufDecoderShape = family.check(weights, json, { where: name });
  const speaker = textSpeaker(family.load(weights, json));
  const rng = new Rng(2, 'prompts');
  const prompts = Array.from({ length: 20 }, (_, at) => Array.from({ length: 4 + at }, () => rng.int(shape.vocabSize)));
  const continuations = await generate(speaker, prompts, {}, { maxNewTokens: count, stop: [] });
  const ours = prompts.map((prompt, at) => logitsOf(speaker, prompt, continuations[at]!));
  const watched = ours.map((rows) => rows.map((row) => likeliest(row, 10)));
  for (const { type, float32Cache } of ways) {
    const file = join(folder, `${type}.gguf`);
    writeDecoder(file, { weights, family: String(json['model_type']), shape, type, name });
    const told = await askLlamaCpp(installed!, { file, prompts, continuations, watched, count, float32Cache });
    const same = told.freely.filter((ids, at) => isPrefix(ids, continuations[at]!)).length;
    const positions = ours.flatMap((rows, at) =>
      rows.map((row, k): Position => ({ ours: row, theirs: told.logits[at]![k]! })),
    );
    const { difference, gaps, usualGap, open, reach } = nearTies(positions);
    const far = gaps.filter((gap) => gap > reach);
    console.log(
      `${name}, ${type}${float32Cache ? ', float32 cache' : ''}: ${same} of ${prompts.length} prompts continued with equal tokens; led, ` +
        `${positions.length - gaps.length} of ${positions.length}; logits off by ${difference.median.toExponential(1)} (median), ` +
        `${difference.largest.toExponential(1)} (largest); our two likeliest ${usualGap.toPrecision(2)} apart (median), within reach ${open}; ` +
        `where tokens differ: ${gaps.length === 0 ? 'nowhere' : `${Math.max(...gaps).toExponential(1)} apart at most`}`,
    );
    wrong ||= (type === 'F32' && (same < prompts.length || gaps.length > 0)) || (type === 'F16' && far.length > 0);
  }
  speaker.decoder.dispose();
  weights.close();
}

/** Our logits of what follows the prompt, and each token of its continuation but the last: rows of V. */
function logitsOf(
  { embed, decoder }: Speaker,
  prompt: readonly number[],
  continuation: readonly number[],
): Float32Array[] {
  const ids = Int32Array.from([...prompt, ...continuation].slice(0, -1));
  const rows = Int32Array.from({ length: continuation.length }, (_, k) => prompt.length - 1 + k);
  const values = tf.tidy(() => decoder.logits(decoder.forwardRows(embed(ids, 1, {}), rows)).dataSync()) as Float32Array;
  const columns = values.length / rows.length;
  return Array.from(rows, (_, k) => values.slice(k * columns, (k + 1) * columns));
}

/** Ids of the highest values, likeliest first. */
function likeliest(values: Float32Array, most: number): number[] {
  return [...values.keys()].sort((a, b) => values[b]! - values[a]!).slice(0, most);
}
