import type { StepFigures } from '../../../packages/cli/src/bench/bench-step';
import { measurement, type Bench, type PeerFigures } from '../bench';
import { goal, medianOf, number, showSpread, spreadOf, table } from '../figures';

type Brief = Pick<StepFigures, 'median_s' | 'min_s' | 'max_s' | 'peak_mb' | 'tokens_per_s'> & { gflops?: number };

/** One turn of each: ours, PEFT as it comes, PEFT with everything in bfloat16. */
interface Pair {
  ours: Brief;
  peer?: Brief;
  lean?: Brief;
}

interface ShapePairs {
  name: string;
  shape: string;
  pairs: Pair[];
}

interface Steps {
  steps: number;
  shapes: ShapePairs[];
  peer: { versions: Record<string, string> } | { missing: string };
}

function brief(figures: StepFigures | PeerFigures): Brief {
  const { median_s, min_s, max_s, peak_mb, tokens_per_s } = figures;
  return { median_s, min_s, max_s, peak_mb, tokens_per_s, ...('gflops' in figures && { gflops: figures.gflops }) };
}

async function pairs(bench: Bench, name: string): Promise<ShapePairs> {
  const common = ['--shape', name, '--steps', String(bench.steps), '--rank', '64'];
  const done: Pair[] = [];
  let shape = name;
  for (let turn = 0; turn < bench.pairs; turn++) {
    const pair: Partial<Pair> = {};
    const runs = [
      async () => {
        const figures = await bench.step([...common, '--adapter', 'moslora', '--base', 'nf4']);
        shape = figures.shape;
        pair.ours = brief(figures);
      },
      async () => {
        const figures = await bench.peerStep([...common, '--dtype', 'bfloat16']);
        if (figures) pair.peer = brief(figures);
      },
      async () => {
        const figures = await bench.peerStep([...common, '--dtype', 'bfloat16', '--factors', 'bfloat16']);
        if (figures) pair.lean = brief(figures);
      },
    ];
    // Whoever goes first finds the machine cooler: they take turns at that too.
    for (const run of turn % 2 === 0 ? runs : runs.reverse()) await run();
    done.push(pair as Pair);
    const { ours, peer } = pair as Pair;
    bench.log(
      `${name}, pair ${turn + 1}: ${number(ours.median_s)} s${peer ? `, PyTorch ${number(peer.median_s)} s` : ''}`,
    );
  }
  return { name, shape, pairs: done };
}

function ratios(all: readonly Pair[], of: 'peer' | 'lean', figure: 'median_s' | 'peak_mb'): number[] {
  return all.flatMap((pair) => (pair[of] ? [pair.ours[figure] / pair[of][figure]] : []));
}

function showRatios(all: readonly Pair[], of: 'peer' | 'lean', figure: 'median_s' | 'peak_mb'): string {
  const both = ratios(all, of, figure);
  return both.length === 0 ? '' : showSpread(spreadOf(both), '', 2);
}

function figures(all: readonly (Brief | undefined)[]): string {
  const there = all.filter((one) => one !== undefined);
  if (there.length === 0) return '';
  const megabytes = medianOf(there.map(({ peak_mb }) => peak_mb));
  return `${showSpread(spreadOf(there.map(({ median_s }) => median_s)), ' s')}, ${megabytes.toFixed(0)} MB`;
}

export const steps = measurement<Steps>({
  name: 'steps',
  title: 'A training step against PyTorch and PEFT',
  async run(bench) {
    const shapes: ShapePairs[] = [];
    for (const name of bench.pick(['small', 'medium', '7b-slice'], ['64,2,4,176,500,2x32']))
      shapes.push(await pairs(bench, name));
    const peer = 'missing' in bench.python ? bench.python : { versions: bench.python.versions };
    return { steps: bench.steps, shapes, peer };
  },
  goals({ shapes }) {
    return shapes.flatMap(({ name, pairs: all }) => {
      const [time, memory] = [ratios(all, 'peer', 'median_s'), ratios(all, 'peer', 'peak_mb')];
      if (time.length === 0) return [];
      return [
        goal(`${name}: time of a step over PyTorch's`, medianOf(time), { most: 0.6 }),
        goal(`${name}: memory over PyTorch's`, medianOf(memory), { most: name === '7b-slice' ? 0.35 : 0.5 }),
      ];
    });
  },
  render({ steps: count, shapes, peer }) {
    const rows = shapes.map(({ name, shape, pairs: all }) => {
      const gflops = medianOf(all.map(({ ours }) => ours.gflops ?? NaN));
      const tokens = medianOf(all.map(({ ours }) => ours.tokens_per_s));
      return [
        name === shape ? shape : `${name} (${shape})`,
        figures(all.map((pair) => pair.peer)),
        figures(all.map((pair) => pair.lean)),
        figures(all.map(({ ours }) => ours)),
        `${tokens.toFixed(0)} tokens/s, ${gflops.toFixed(0)} GFLOP/s`,
        showRatios(all, 'peer', 'median_s'),
        showRatios(all, 'peer', 'peak_mb'),
        showRatios(all, 'lean', 'median_s'),
      ];
    });
    const header = [
      'shape (width, layers, heads, inner, vocab, B x T)',
      'PyTorch + PEFT, bfloat16',
      'the same, factors too',
    ];
    const text = `MoSLoRA r = 64 on an NF4 base (double quantised) against LoRA r = 64 on an unquantised base in bfloat16, on all seven projections;
forward, backward, clipping, AdamW; every position has a label. Each figure is a process of its own and the median of its steps (${count}, after two that do
not count); pairs: ${shapes[0]?.pairs.length}, in turn; ratios are medians of the pairs' (ours over theirs), with the extremes. Memory is the most the process
had resident. PEFT keeps its factors in float32 beside a bfloat16 base; the second column has them, and the optimiser, in bfloat16 too.`;
    const why = 'missing' in peer ? `\n\nPyTorch was not measured: ${peer.missing}.` : '';
    return `${text}${why}\n\n${table([...header, 'moslora, NF4', 'which is', 'time', 'memory', 'time, factors too'], rows)}`;
  },
});
