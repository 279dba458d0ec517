import { tf } from '@moslora/runtime';
import { dequantized } from '../../nf4/dequantize';
import { quantizedBlocks } from '../../nf4/quantize';
import { agree } from '../agree';
import type { FuzzSubject } from '../subject';
import { code, drawBlocks, map, roundedTo } from './drawn-weight';

const quantize: FuzzSubject = {
  name: 'quantize-nf4',
  check(draw) {
    const count = draw.chance(0.05) ? 70_000 + draw.int(100) : draw.sizeOrNone(5000);
    const [block, nestedBlock] = [draw.pick([2, 6, 64, 64, 4096]), draw.pick([1, 7, 256])];
    const x = draw.floats([count]);
    if (count > 0 && draw.chance(0.1)) x[draw.int(count)] = draw.pick([NaN, Infinity, -Infinity, 1e-45, 3e38]);
    if (draw.chance(0.1)) x.fill(0, 0, block);
    const nested = draw.chance(0.5) ? { map, block: nestedBlock } : undefined;
    const blocks = quantizedBlocks(x, { code, block, ...(nested && { nested }) });
    for (let first = 0; first < count; first += block) {
      const part = x.subarray(first, first + block);
      const finite = part.every(Number.isFinite);
      const absmax = blocks.absmax[first / block]!;
      const expected = finite ? part.reduce((most, value) => Math.max(most, Math.abs(value)), 0) : NaN;
      if (!Object.is(absmax, expected)) throw new Error(`absmax is ${absmax}, expected ${expected}`);
      if (finite && absmax > 1e-30) part.forEach((value, i) => nearest(value / absmax, first + i, blocks.packed));
    }
    if (!blocks.nested || count === 0 || !blocks.absmax.every(Number.isFinite)) return;
    const { codes, scales, offset } = blocks.nested;
    blocks.absmax.forEach((absmax, b) => {
      const scale = scales[Math.floor(b / nestedBlock)]!;
      const error = Math.abs(map[codes[b]!]! * scale + offset - absmax);
      if (error > scale / 120 + 1e-6 * Math.abs(absmax)) throw new Error(`absmax ${absmax} came back ${error} off`);
    });
  },
};

/** No other value of the code may be nearer. */
function nearest(value: number, at: number, packed: Uint8Array): void {
  const got = code[at % 2 === 0 ? packed[at >> 1]! >> 4 : packed[at >> 1]! & 15]!;
  const least = code.reduce((best, one) => Math.min(best, Math.abs(one - value)), Infinity);
  if (Math.abs(got - value) > least + 1e-6) throw new Error(`${value} became ${got} at ${at}`);
}

const dequantize: FuzzSubject = {
  name: 'dequantize-nf4',
  check(draw) {
    const shape = draw.chance(0.5) ? [draw.sizeOrNone(), draw.size(90)] : [draw.sizeOrNone(9000)];
    const count = shape.reduce((product, side) => product * side, 1);
    const nested = draw.pick([0, 256, 16, 3]);
    const kind = {
      nf4: true,
      block: draw.pick([2, 6, 64, 64, 4096]),
      round: draw.pick([0, 1, 2] as const),
      nested,
    } as const;
    const { packed, exact, values, handles } = drawBlocks(draw, kind, count);
    const [round, low] = [draw.chance(0.7), draw.chance(0.4)];
    const got = dequantized(packed, shape, { round, low });
    const wanted = round ? values : exact;
    const expected = tf.tensor(low ? roundedTo('bfloat16', wanted) : wanted, shape);
    agree(got, expected, 'the weight', { tolerance: 0 });
    handles.forEach((handle) => handle.dispose());
  },
};

export const nf4: FuzzSubject[] = [quantize, dequantize];
