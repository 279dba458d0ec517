import { measurement } from '../bench';
import { goal, medianOf, number, showSpread, spreadOf, table } from '../figures';
import type { MatMulFigures } from '../ours/matmul';

/** GFLOP/s of one product, in each turn. */
interface Ceiling {
  product: string;
  peer: { bfloat16: number; float32: number }[];
  ours: MatMulFigures['gflops'][];
  /** GFLOP/s of the 7b-slice step over the operations it has to do. */
  step: number[];
  shape: string;
}

export const ceiling = measurement<Ceiling>({
  name: 'ceiling',
  title: "How much of the processor's bfloat16 products a step uses",
  async run(bench) {
    const sizes = bench.pick([512, 4096, 11008], [64, 128, 256]);
    const shape = bench.pick('7b-slice', '64,2,4,176,500,2x32');
    const result: Ceiling = { product: sizes.join(' x '), peer: [], ours: [], step: [], shape };
    for (let turn = 0; turn < bench.pairs; turn++) {
      const args = sizes.map(String);
      const peer = await bench.peer<{ gflops: { bfloat16: number; float32: number } }>('peer_matmul.py', args);
      if (peer) result.peer.push(peer.gflops);
      result.ours.push((await bench.ours<MatMulFigures>('matmul', args)).gflops);
      const { gflops } = await bench.step(['--shape', shape, '--steps', String(bench.steps)]);
      result.step.push(gflops);
      bench.log(
        `turn ${turn + 1}: PyTorch ${number(peer?.gflops.bfloat16 ?? NaN)}, the step ${number(gflops)} GFLOP/s`,
      );
    }
    return result;
  },
  goals({ peer, step, shape }) {
    if (peer.length === 0) return [];
    const share = (100 * medianOf(step)) / medianOf(peer.map(({ bfloat16 }) => bfloat16));
    return [goal(`${shape}: a step's operations over PyTorch's bfloat16 product`, share, { least: 65 }, ' %')];
  },
  render({ product, peer, ours, step, shape }) {
    const row = (name: string, values: number[]): string[] => {
      const share =
        peer.length === 0
          ? ''
          : `${Math.round((100 * medianOf(values)) / medianOf(peer.map((one) => one.bfloat16)))} %`;
      return [name, values.length === 0 ? '' : showSpread(spreadOf(values)), values.length === 0 ? '' : share];
    };
    const rows = [
      row(
        "PyTorch's linear, bfloat16",
        peer.map(({ bfloat16 }) => bfloat16),
      ),
      row(
        "PyTorch's linear, float32",
        peer.map(({ float32 }) => float32),
      ),
      row(
        "TensorFlow's MatMul, bfloat16",
        ours.flatMap(({ tensorflow }) => tensorflow ?? []),
      ),
      row(
        'our frozen linear, weight in bfloat16',
        ours.map(({ dense }) => dense),
      ),
      row(
        'our frozen linear, weight in NF4 (unpacking included)',
        ours.map(({ nf4 }) => nf4),
      ),
      row(`a whole ${shape} step, MoSLoRA on NF4`, step),
    ];
    return `Products of ${product} in GFLOP/s, and the operations that a step has to do over its time: the frozen projections' products and the gradients of
their inputs (but for q, k and v of the first layer, before which nothing learns), three products of each adapter once forward and twice backward, the
causal half of attention's two products forward and four backward, the head and its input's gradient; nothing that is computed a second time, no norms,
activations or optimiser (packages/cli/src/bench/flops.ts).

${table(['', 'GFLOP/s', "of PyTorch's bfloat16"], rows)}`;
  },
});
