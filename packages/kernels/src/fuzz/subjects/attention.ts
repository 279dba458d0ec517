import { tf } from '@moslora/runtime';
import { attentionPair, cachedAttention, type AttentionCase } from '../../attention/reference-case';
import { agree, agreeWithGradients } from '../agree';
import type { Draw } from '../draw';
import type { FuzzSubject } from '../subject';

/** Marks of keys and queries: padding on one side, or branches after a common beginning. Every query sees a key: the last at least. */
function marksOf(draw: Draw, tokens: number): Pick<AttentionCase, 'keyMark' | 'queryMark'> {
  const border = draw.int(tokens);
  if (draw.chance(0.5)) return { keyMark: (b, s) => (b === 0 && s < border && s + 1 < tokens ? -1 : 0) };
  const length = 1 + draw.int(tokens);
  const branch = (_: number, t: number): number => (t < border ? 0 : 1 + Math.floor((t - border) / length));
  return { keyMark: branch, queryMark: branch };
}

function drawCase(draw: Draw): AttentionCase {
  const kv = 1 + draw.int(3);
  const joint = draw.chance(0.6);
  const tokens = draw.size(220);
  const rotated = draw.pick([undefined, 'one', 'each'] as const);
  const width = draw.size(draw.chance(0.1) ? 256 : 96);
  const c: AttentionCase = {
    ...{ b: 1 + draw.int(3), h: kv * (1 + draw.int(5)), kv, t: tokens },
    ...{
      k: rotated ? width + (width % 2) : width,
      joint,
      causal: draw.chance(0.6),
      grouped: joint && draw.chance(0.4),
    },
    ...(rotated && { rotated }),
  };
  if (!joint && draw.chance(0.5)) c.s = c.causal ? tokens + draw.int(150) : draw.size(300);
  if (c.s === undefined && draw.chance(0.5)) Object.assign(c, marksOf(draw, tokens));
  return c;
}

/** A query that sees no key gives 0 here, and the mean of all values in the reference: rows before the first key seen are left out. */
function seenRows(c: AttentionCase): ((y: tf.Tensor) => tf.Tensor) | undefined {
  if (!c.keyMark || c.queryMark) return undefined;
  const sees = Array.from({ length: c.b * c.t }, (_, i) => {
    const [b, t] = [Math.floor(i / c.t), i % c.t];
    for (let s = 0; s <= (c.causal ? t : c.t - 1); s++) if (c.keyMark!(b, s) === 0) return 1;
    return 0;
  });
  return (y) => tf.mul(y, tf.tensor2d(sees, [sees.length, 1]));
}

export const attention: FuzzSubject[] = [
  {
    name: 'attention',
    check(draw) {
      const c = drawCase(draw);
      const { op, reference, inputs } = attentionPair(c);
      const only = seenRows(c) ?? ((y: tf.Tensor) => y);
      agreeWithGradients(
        (...x) => only(op(...x)),
        (...x) => only(reference(...x)),
        inputs,
      );
    },
  },
  {
    name: 'cached-attention',
    check(draw) {
      const c: AttentionCase = { ...drawCase(draw), joint: true, causal: true };
      delete c.s;
      delete c.queryMark;
      if (c.rotated) c.rotated = 'one';
      const { op, inputs } = attentionPair(c);
      const parts: number[] = [];
      for (let left = c.t; left > 0; left -= parts.at(-1)!) parts.push(draw.chance(0.6) ? 1 : 1 + draw.int(left));
      const whole = tf.reshape(op(...inputs), [c.b, c.t, -1]);
      agree(cachedAttention(c, inputs[0]!, parts), whole, 'attention position by position');
    },
  },
];
