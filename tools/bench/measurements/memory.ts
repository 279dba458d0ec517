import { measurement, type Bench } from '../bench';
import { medianOf, number, slope, table } from '../figures';

interface Memory {
  /** Most memory (MB) by layers: recomputing, and keeping everything. */
  layers: { count: number; checkpointed: number; kept: number }[];
  /** What a layer has to add when recomputing: its weights, its adapters with gradient and moments, one activation; MB. */
  expected: { weights: number; adapters: number; activation: number };
  /** Most memory (MB) by tokens, many narrow heads, so that the scores of all pairs would show. */
  tokens: { count: number; peak: number; scores: number }[];
  shapes: { layers: string; tokens: string };
}

const rank = 8;

/** Of as many processes as there are pairs, the median. */
async function peak(bench: Bench, shape: string, ...more: string[]): Promise<number> {
  const peaks: number[] = [];
  for (let turn = 0; turn < bench.pairs; turn++) {
    const args = ['--shape', shape, '--rank', String(rank), '--steps', '2', '--warmup', '1', ...more];
    peaks.push((await bench.step(args)).peak_mb);
  }
  bench.log(`${shape} ${more.join(' ')}: ${number(medianOf(peaks), 4)} MB`);
  return medianOf(peaks);
}

export const memory = measurement<Memory>({
  name: 'memory',
  title: 'Memory by layers and by tokens',
  async run(bench) {
    const [width, inner, batch, tokens] = bench.pick([512, 1408, 2, 2048], [64, 176, 2, 64]) as [
      number,
      number,
      number,
      number,
    ];
    const byLayers = (layers: number): string => `${width},${layers},8,${inner},2000,${batch}x${tokens}`;
    const layers: Memory['layers'] = [];
    for (const count of [2, 4, 8]) {
      const shape = byLayers(count);
      layers.push({ count, checkpointed: await peak(bench, shape, '--checkpointing'), kept: await peak(bench, shape) });
    }
    const heads = 32;
    const byTokens = (count: number): string => `512,1,${heads},512,512,1x${count}`;
    const long: Memory['tokens'] = [];
    for (const count of bench.pick([512, 1024, 2048, 4096], [64, 128]))
      long.push({ count, peak: await peak(bench, byTokens(count)), scores: (heads * count * count * 4) / 1e6 });
    const weights = 4 * width * width + 3 * width * inner;
    const factors = rank * (8 * width + 3 * (width + inner)) + 7 * rank * rank;
    return {
      layers,
      expected: {
        weights: (weights * 4.13) / 8 / 1e6,
        adapters: (factors * 16) / 1e6,
        activation: (batch * tokens * width * 4) / 1e6,
      },
      tokens: long,
      shapes: { layers: byLayers(1).replace(',1,', ',L,'), tokens: byTokens(0).replace('1x0', '1xT') },
    };
  },
  render({ layers, expected, tokens, shapes }) {
    const each = (of: 'checkpointed' | 'kept'): string => number(slope(layers.map((one) => [one.count, one[of]])));
    const { weights, adapters, activation } = expected;
    const total = weights + adapters + activation;
    const rows = layers.map((one) => [String(one.count), number(one.checkpointed, 4), number(one.kept, 4)]);
    const long = tokens.map(({ count, peak: most, scores }, at) => {
      const before = tokens[at - 1];
      const more = before ? `${number((1000 * (most - before.peak)) / (count - before.count))} kB` : '';
      return [String(count), number(most, 4), more, number(scores, 4)];
    });
    return `The most memory that a step takes, in MB (10⁶ bytes), rank ${rank}. Shape ${shapes.layers}: with checkpointing a layer adds ${each('checkpointed')} MB, without ${each('kept')} MB;
its weights in NF4, its factors with gradient and moments, and one activation are ${number(weights)} + ${number(adapters)} + ${number(activation)} = ${number(total)} MB.

${table(['layers', 'with checkpointing', 'without'], rows)}

Shape ${shapes.tokens}, and what each more token adds; beside it what the scores of all pairs of one layer would take.

${table(['T', 'step, MB', 'each more token', 'scores of all pairs, MB'], long)}`;
  },
});
