import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { quantizeFolder, type SourcePart } from '@moslora/quantized-base';
import { plannedSource, randomShards } from './random-checkpoint';
import { shapes } from './shapes';

// Quantises a checkpoint of a published shape of which only one shard exists at a time, and says how fast and in how much memory:
// npx tsx tools/random-checkpoint/quantize-benchmark.ts llama2-7b DIR [--double] [--threads 2] [--keep] [--quiet]
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    layers: { type: 'string' },
    threads: { type: 'string', default: '2' },
    double: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
    'shard-gb': { type: 'string', default: '2' },
  },
});
const [name = '', dir] = positionals;
const shapeOf = shapes[name];
if (shapeOf === undefined || dir === undefined) {
  console.error(`usage: quantize-benchmark.ts ${Object.keys(shapes).join('|')} DIR [--double] [--threads N] [--keep]`);
  process.exit(2);
}
const shape = shapeOf(values.layers === undefined ? undefined : Number(values.layers));
const [input, output] = [join(dir, 'shards'), join(dir, 'nf4')];
mkdirSync(input, { recursive: true });
const shards = randomShards(input, shape, Number(values['shard-gb']) * 1e9, 1);

let [making, makingProcessor] = [0, 0];
const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const parts = shards.map((shard): SourcePart => ({
  names: shard.tensors.map((tensor) => tensor.name),
  prepare: () => {
    const [began, before] = [performance.now(), processorSeconds()];
    shard.write();
    making += performance.now() - began;
    makingProcessor += processorSeconds() - before;
  },
  release: () => shard.remove(),
}));
let shown = 0;
const [began, before] = [performance.now(), processorSeconds()];
const summary = await quantizeFolder(plannedSource(input, shards), shape.config, output, {
  ...{ parts, double: values.double, threads: Number(values.threads), dtype: 'keep' },
  onProgress: ({ done, total }) => {
    const percent = Math.floor((100 * done) / total);
    if (percent >= shown + 10 && !values.quiet) console.log(`${(shown = percent)} %`);
  },
});
const seconds = (performance.now() - began - making) / 1000;
const figures = {
  ...{ shape: name, threads: Number(values.threads), double: values.double },
  inputGigabytes: round(summary.inputBytes / 1e9),
  outputGigabytes: round(summary.outputBytes / 1e9),
  /** Without making the shards. */
  seconds: round(seconds),
  /** Of all threads together: what the wall clock would say is this divided by the processors, where nothing else runs. */
  processorSeconds: round(processorSeconds() - before - makingProcessor),
  megabytesPerSecond: Math.round(summary.inputBytes / 1e6 / seconds),
  secondsMakingShards: round(making / 1000),
  peakMemoryMegabytes: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6),
  relativeError: round(summary.relativeError),
};
console.log(JSON.stringify(figures, null, 2));
for (const folder of values.keep ? [input] : [input, output]) rmSync(folder, { recursive: true, force: true });

function round(value: number): number {
  return Number(value.toPrecision(4));
}
