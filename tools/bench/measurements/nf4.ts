import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measurement } from '../bench';
import { goal, medianOf, showSpread, spreadOf, table } from '../figures';
import type { Nf4Figures } from '../ours/nf4';
import { script } from '../processes';

interface Rates {
  weight: string;
  turns: Nf4Figures[];
  /** `moslora quantize` of a folder, reading and writing included: MB of float32 a second, and threads. */
  folder: { threads: number; megabytes: number[] };
}

export const nf4 = measurement<Rates>({
  name: 'nf4',
  title: 'NF4',
  async run(bench) {
    const sizes = bench.pick(['4096', '4096'], ['256', '256']);
    const [shape, layers] = bench.pick(['llama2-7b', '1'], ['llama-tiny', '2']);
    const result: Rates = { weight: sizes.join(' x '), turns: [], folder: { threads: 2, megabytes: [] } };
    for (let turn = 0; turn < bench.pairs; turn++) {
      result.turns.push(await bench.ours<Nf4Figures>('nf4', sizes));
      const folder = mkdtempSync(join(tmpdir(), 'nf4-'));
      try {
        const args = [shape, folder, '--layers', layers, '--double', '--threads', '2'];
        const file = 'tools/random-checkpoint/quantize-benchmark.ts';
        const { megabytesPerSecond } = await script<{ megabytesPerSecond: number }>(file, [...args, '--quiet']);
        result.folder.megabytes.push(2 * megabytesPerSecond); // it counts the bfloat16 that it reads
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
      bench.log(`turn ${turn + 1}: ${JSON.stringify(result.turns.at(-1))}`);
    }
    return result;
  },
  goals({ turns }) {
    const median = (of: (figures: Nf4Figures) => number): number => medianOf(turns.map(of));
    return [
      goal(
        'NF4, quantising twice',
        median((one) => one.quantize_mb_s.double),
        { least: 300 },
        ' MB/s of float32',
      ),
      goal(
        'NF4, dequantising',
        median((one) => one.dequantize_gb_s.backend),
        { least: 3 },
        ' GB/s of float32',
      ),
    ];
  },
  render({ weight, turns, folder }) {
    const rates = (of: (figures: Nf4Figures) => number): string => showSpread(spreadOf(turns.map(of)));
    const rows = [
      ['quantise, one thread', `${rates((one) => one.quantize_mb_s.single)} MB/s`],
      ['quantise twice, one thread', `${rates((one) => one.quantize_mb_s.double)} MB/s`],
      [
        `moslora quantize --double, a folder, ${folder.threads} threads`,
        `${showSpread(spreadOf(folder.megabytes))} MB/s`,
      ],
      ['dequantise on the backend', `${rates((one) => one.dequantize_gb_s.backend)} GB/s`],
      ['dequantise in JavaScript', `${rates((one) => one.dequantize_gb_s.javascript)} GB/s`],
    ];
    return `A weight of ${weight}, in bytes of float32.\n\n${table(['', 'rate'], rows)}`;
  },
});
