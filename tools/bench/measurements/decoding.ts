import type { DecodeFigures } from '../../../packages/cli/src/bench/bench-decode';
import { memoryBandwidth, type Bandwidth } from '../bandwidth';
import { measurement } from '../bench';
import { goal, medianOf, number, table } from '../figures';

type Brief = Pick<
  DecodeFigures,
  'prefill_gflops' | 'prefill_tokens_per_s' | 'tokens_per_s' | 'weight_gb_per_s' | 'weight_bytes'
>;

interface Decoding {
  bandwidth: Bandwidth[];
  runs: { shape: string; base: string; turns: Brief[] }[];
}

export const decoding = measurement<Decoding>({
  name: 'decoding',
  title: 'Greedy decoding',
  async run(bench) {
    const shapes = bench.pick(
      ['4096,4,32,11008,32000,1x128', '4096,4,32,11008,32000,4x128', '1024,8,16,2816,32000,1x128'],
      ['64,2,4,176,500,1x32'],
    );
    const result: Decoding = { bandwidth: [], runs: [] };
    for (let turn = 0; turn < bench.pairs; turn++) {
      const bandwidth = await memoryBandwidth();
      if (bandwidth) result.bandwidth.push(bandwidth);
      bench.log(`memory is read at ${number(bandwidth?.read_gb_s ?? NaN)} GB/s`);
      for (const shape of shapes) {
        for (const base of ['nf4', 'bfloat16']) {
          const figures = await bench.decode(['--shape', shape, '--base', base, '--new-tokens', bench.pick('64', '4')]);
          const { prefill_gflops, prefill_tokens_per_s, tokens_per_s, weight_gb_per_s, weight_bytes } = figures;
          const run = result.runs.find((one) => one.shape === shape && one.base === base) ?? { shape, base, turns: [] };
          if (run.turns.length === 0) result.runs.push(run);
          run.turns.push({ prefill_gflops, prefill_tokens_per_s, tokens_per_s, weight_gb_per_s, weight_bytes });
          bench.log(`${shape} in ${base}: ${number(tokens_per_s)} tokens/s`);
        }
      }
    }
    return result;
  },
  goals({ bandwidth, runs }) {
    if (bandwidth.length === 0) return [];
    const read = medianOf(bandwidth.map(({ read_gb_s }) => read_gb_s));
    const alone = runs.filter(({ shape, base }) => base === 'nf4' && /,1x\d+$/.test(shape));
    return alone.map(({ shape, turns }) => {
      const rate = medianOf(turns.map(({ weight_gb_per_s }) => weight_gb_per_s));
      return goal(`${shape}: weights read, of the memory's bandwidth`, (100 * rate) / read, { least: 60 }, ' %');
    });
  },
  render({ bandwidth, runs }) {
    const read = bandwidth.length > 0 ? medianOf(bandwidth.map(({ read_gb_s }) => read_gb_s)) : undefined;
    const rows = runs.map(({ shape, base, turns }) => {
      const median = (figure: Exclude<keyof Brief, 'weight_bytes'>): number =>
        medianOf(turns.map((turn) => turn[figure]));
      const rate = median('weight_gb_per_s');
      const { layers, head } = turns[0]!.weight_bytes;
      return [
        shape,
        base,
        `${number(median('prefill_tokens_per_s'))} (${number(median('prefill_gflops'))} GFLOP/s)`,
        number(median('tokens_per_s')),
        `${number(layers / 1e6)} + ${number(head / 1e6)}`,
        `${number(rate)} GB/s${read === undefined ? '' : `, ${Math.round((100 * rate) / read)} %`}`,
      ];
    });
    const memory =
      read === undefined
        ? 'Without a C++ compiler the bandwidth of the memory was not measured.'
        : `All threads together read memory at ${number(read)} GB/s (tools/bench/bandwidth.cc), which the last column is a share of.`;
    const header = [
      'shape, B prompts x tokens',
      'base',
      'prompts, tokens/s',
      'then tokens/s',
      'weights read a token, MB',
      'which is',
    ];
    return `Answers to random prompts by the generation that answers questions; a random model with no adapter, as a merged one is. What every token reads: the
layers' weights as they are packed, with their scales, and the head's in bfloat16. ${memory}

${table(header, rows)}`;
  },
});
