import { startBackend, tf } from '@moslora/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Draw } from '../fuzz/draw';
import { drawWeight } from '../fuzz/subjects/drawn-weight';
import { normalTensor, relativeError } from '../gradient-check/agreement';
import { hasKernel } from '../native/kernels-addon';
import { setMatMulPrecision } from '../precision/precision';
import { frozenLinear } from './linear';
import { linearReference } from './reference';

await startBackend();
const here = hasKernel('MosloraProjections') ? describe : describe.skip;
if (!hasKernel('MosloraProjections')) console.log('few rows on NF4 are not tried here: they need the native ops');

/** Blocks of a row, and of those that share a scale: runs end between the rows of the weight, within one, and between the two blocks of a pair. */
const layouts = [1, 2, 3, 16, 44, 65, 172].flatMap((blocks) => [0, 1, 16, 256].map((nested) => ({ blocks, nested })));

here.each(layouts)('$blocks blocks a row, $nested sharing a scale', ({ blocks, nested }) => {
  beforeAll(() => setMatMulPrecision('bfloat16'));
  afterAll(() => setMatMulPrecision('float32'));

  it.each([1, 2, 5, 8])('%i rows are multiplied', (rows) => {
    const outputs = 37;
    const kind = { nf4: true, block: 64, round: 0, nested } as const;
    const { operand, plain, dispose } = drawWeight(new Draw(blocks, nested), kind, [outputs, 64 * blocks]);
    const x = normalTensor('x', [rows, 64 * blocks]);
    expect(relativeError(frozenLinear(x, operand), linearReference(x, plain))).toBeLessThan(1e-2);
    dispose();
    tf.dispose([x, plain]);
  });
});
