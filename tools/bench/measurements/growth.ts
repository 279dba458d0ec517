import { measurement, type Bench } from '../bench';
import { medianOf, number, table } from '../figures';

/** Seconds of a step by how many layers, or samples, there are. */
interface Growth {
  layers: [count: number, seconds: number][];
  batch: [count: number, seconds: number][];
  shape: string;
}

async function seconds(
  bench: Bench,
  counts: readonly number[],
  shape: (count: number) => string,
): Promise<[number, number][]> {
  const times = new Map<number, number[]>(counts.map((count) => [count, []]));
  for (let turn = 0; turn < bench.pairs; turn++) {
    for (const count of counts) {
      const { median_s } = await bench.step(['--shape', shape(count), '--steps', String(bench.steps)]);
      times.get(count)!.push(median_s);
      bench.log(`${shape(count)}: ${number(median_s)} s`);
    }
  }
  return [...times].map(([count, all]) => [count, medianOf(all)]);
}

/** What one more costs between two counts, in seconds. */
function increments(points: readonly (readonly [number, number])[]): string[][] {
  return points.map(([count, time], at) => {
    const before = points[at - 1];
    const each = before ? `${number((1000 * (time - before[1])) / (count - before[0]))} ms` : '';
    return [String(count), `${number(1000 * time)} ms`, each];
  });
}

export const growth = measurement<Growth>({
  name: 'growth',
  title: 'Time by layers and by batch',
  async run(bench) {
    const [width, heads, inner, vocab, tokens] = bench.pick([1024, 16, 2816, 8000, 256], [64, 4, 176, 500, 32]);
    const spell = (layers: number, batch: number): string =>
      `${width},${layers},${heads},${inner},${vocab},${batch}x${tokens}`;
    return {
      shape: `width ${width}, ${heads} heads, inner ${inner}, vocabulary ${vocab}, T ${tokens}`,
      layers: await seconds(bench, [1, 2, 4], (count) => spell(count, 1)),
      batch: await seconds(bench, [1, 2, 4], (count) => spell(2, count)),
    };
  },
  render({ shape, layers, batch }) {
    return `MoSLoRA r = 64 on NF4, ${shape}; what one more layer, or one more sample with two layers, adds to a step.

${table(['layers', 'step', 'each more'], increments(layers))}

${table(['samples', 'step', 'each more'], increments(batch))}`;
  },
});
