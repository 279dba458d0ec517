import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Rng } from '@moslora/runtime';
import type { DecodeFigures } from '../../../packages/cli/src/bench/bench-decode';
import { parseShape } from '../../../packages/cli/src/bench/shape';
import { memoryBandwidth } from '../bandwidth';
import { number } from '../figures';
import { thisMachine } from '../machine';
import { lastJson, moslora, output, root } from '../processes';
import { briefly, decoded, render, type Compared, type Pair } from './compare-decoding';
import { findLlamaCpp } from './find-llama-cpp';
import { weightBytesOf, writeRandomGguf } from './random-gguf';

// Greedy decoding at batch 1 on our NF4 base beside llama.cpp on Q4_0, same shape, same threads, in turn; prints the tables of benchmarks/decoding.md:
//   npx tsx tools/bench/llama-cpp/main.ts --llama-cpp FOLDER [--shape W,L,H,F,V,1xT]... [--pairs 3] [--new-tokens 64] [--threads 2] [--priority 5] [--out FILE.json]
const { values } = parseArgs({
  options: {
    'llama-cpp': { type: 'string' },
    shape: { type: 'string', multiple: true, default: ['2048,16,32,5632,32000,1x128', '4096,4,32,11008,32000,1x128'] },
    pairs: { type: 'string', default: '3' },
    'new-tokens': { type: 'string', default: '64' },
    threads: { type: 'string', default: '2' },
    /** Each process under `chrt -r`, for at most 100 s, where other work runs on the machine. */
    priority: { type: 'string' },
    out: { type: 'string' },
  },
});
const found = findLlamaCpp(values['llama-cpp']);
if ('missing' in found) {
  console.log(`llama.cpp is not measured: ${found.missing}`);
  process.exit(0);
}
const { module } = found;
const [pairs, count, threads] = [values.pairs, values['new-tokens'], values.threads].map(Number) as [
  number,
  number,
  number,
];
if (!(pairs >= 1 && count >= 2 && threads >= 1)) {
  console.error('--pairs and --threads have to be 1 at least, --new-tokens 2');
  process.exit(2);
}
const { priority } = values;
const before = priority === undefined ? [] : ['chrt', '-r', priority, 'timeout', '100'];
const command = (program: string, args: string[]): [string, string[]] => {
  const [first, ...rest] = [...before, program, ...args];
  return [first!, rest];
};

const versions: Record<string, string> = { 'node-llama-cpp': found.version };
const all: Compared[] = [];
const folder = mkdtempSync(join(tmpdir(), 'llama-cpp-'));
try {
  for (const spelled of values.shape) {
    const shape = parseShape(spelled);
    if (shape.batch !== 1) throw new Error(`${spelled}: llama.cpp is measured with one prompt, 1xT`);
    const file = join(folder, 'random-Q4_0.gguf');
    await writeRandomGguf(file, shape, 'Q4_0');
    const bytes = weightBytesOf(file);
    const rng = new Rng(1, 'prompts');
    const prompt = Array.from({ length: shape.tokens }, () => rng.int(shape.vocab));
    const compared: Compared = { shape: spelled, pairs: [] };
    all.push(compared);
    for (let turn = 0; turn < pairs; turn++) {
      const bandwidth = await memoryBandwidth(before);
      const ours = await measureOurs(spelled);
      const theirs = decoded(await measureTheirs({ file, prompt }), shape.tokens, bytes);
      const pair: Pair = { ours, theirs, bandwidth };
      compared.pairs.push(pair);
      console.error(
        `${spelled}: ${number(ours.tokens_per_s)} tokens/s here, ${number(theirs.tokens_per_s)} in llama.cpp`,
      );
    }
    rmSync(file);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const taken = { date: new Date().toISOString(), machine: thisMachine(), versions, threads, newTokens: count };
if (values.out) writeFileSync(values.out, `${JSON.stringify({ ...taken, all }, null, 1)}\n`);
console.log(`${render(all)}\n\n${JSON.stringify(taken)}`);

async function measureOurs(shape: string): Promise<Pair['ours']> {
  const args = ['bench', 'decode', '--shape', shape, '--base', 'nf4', '--new-tokens', String(count), '--json'];
  const figures = JSON.parse(
    await output(...command(moslora, args), { MOSLORA_THREADS: String(threads) }),
  ) as DecodeFigures;
  Object.assign(versions, figures.versions, { kernels: figures.kernels });
  return briefly(figures);
}

async function measureTheirs(given: { file: string; prompt: number[] }): Promise<number[]> {
  const asked = JSON.stringify({ ...given, module, count, threads });
  const told = await lastJson<{ release: string; system: string; threads: number; seconds: number[] }>(
    ...command(process.execPath, [join(root, 'tools/bench/llama-cpp/worker.mjs'), asked]),
  );
  if (told.threads !== threads) throw new Error(`llama.cpp computed with ${told.threads} threads, not ${threads}`);
  Object.assign(versions, { 'llama.cpp': told.release, 'its processor': told.system });
  return told.seconds;
}
