import { startBackend, tf, uploadBytes } from '@moslora/runtime';
import { describe, expect, it } from 'vitest';
import { currentCompute } from '../execution/compute';
import { handleOf, rawHandleOf } from '../execution/kernel-op';
import { isLowOnly, nativeBackend } from '../execution/storage';
import { normalTensor } from '../gradient-check/agreement';
import { hasKernel } from '../native/kernels-addon';
import { setMatMulPrecision } from '../precision/precision';
import { dequantized } from './dequantize';
import { quantizedBlocks } from './quantize';

await startBackend();
const here = hasKernel('MosloraQuantizeNf4') ? describe : describe.skip;
if (!hasKernel('MosloraQuantizeNf4')) console.log('NF4 is not tested here: it needs the native ops');

/** Values evenly apart: the ops take any code. */
const code = Float32Array.from({ length: 16 }, (_, i) => (i - 7) / 8);
const map = Float32Array.from({ length: 256 }, (_, i) => (i - 127) / 128);
const handles = () => (nativeBackend().binding as unknown as { getNumOfTensors(): number }).getNumOfTensors();

/** A weight's operand, to be used inside a tidy. */
function operandOf(x: Float32Array, block: number, round: 0 | 1 | 2 = 0) {
  const { packed, absmax } = quantizedBlocks(x, { code, block });
  const floats = [code, absmax].map((values) => handleOf(tf.tensor1d(values)));
  const bytes = uploadBytes(packed, [packed.length]);
  return { bytes, packed: rawHandleOf(bytes), floats, block, nestedBlock: 256, round };
}

here('NF4', () => {
  it.each([
    [1, 64],
    [63, 64],
    [129, 64],
    [5000, 32],
    [5001, 1024],
  ])('of %i values in blocks of %i is within half a step of them, in float32 and in bfloat16', (count, block) => {
    const x = normalTensor('x', [count]).dataSync<'float32'>();
    tf.tidy(() => {
      const operand = operandOf(x, block);
      const back = dequantized(operand, [count]).dataSync();
      x.forEach((value, i) => {
        const most = Math.max(...x.subarray(i - (i % block), i - (i % block) + block).map(Math.abs));
        expect(Math.abs(value - back[i]!)).toBeLessThanOrEqual((value < -most * 0.9 ? 0.13 : 0.0626) * most);
      });
      setMatMulPrecision('bfloat16');
      const rounded = currentCompute().enter(tf.tensor1d(back)).dataSync();
      setMatMulPrecision('float32');
      const low = dequantized(operand, [count], { low: true });
      expect(isLowOnly(low)).toBe(true);
      expect(low.dataSync()).toEqual(rounded);
      operand.bytes.dispose();
    });
  });

  it('rounds to the type that the weight had unless it is told not to', () => {
    const x = normalTensor('x', [640]).dataSync<'float32'>();
    tf.tidy(() => {
      const operand = operandOf(x, 64, 1);
      const [rounded, exact] = [true, false].map((round) => dequantized(operand, [640], { round }).dataSync());
      expect(rounded).not.toEqual(exact);
      expect([...rounded!].every((value) => (new Uint32Array(Float32Array.of(value).buffer)[0]! & 0xffff) === 0)).toBe(
        true,
      );
      operand.bytes.dispose();
    });
  });

  it('keeps no handle', () => {
    const run = () =>
      void quantizedBlocks(normalTensor('x', [500]).dataSync<'float32'>(), {
        code,
        block: 64,
        nested: { map, block: 256 },
      });
    tf.tidy(run);
    const before = handles();
    tf.tidy(run);
    expect(handles()).toBe(before);
  });

  it('refuses what does not go together, naming the op', () => {
    const x = new Float32Array(128);
    expect(() => quantizedBlocks(x, { code, block: 63 })).toThrow(
      /MosloraQuantizeNf4: blocks of 63 values; its inputs are float32 \(128\)/,
    );
    expect(() => quantizedBlocks(x, { code: map, block: 64 })).toThrow(
      /MosloraQuantizeNf4: the code is float32 \(256\), expected 16 values/,
    );
    tf.tidy(() => {
      const operand = operandOf(x, 64);
      expect(() => dequantized(operand, [130])).toThrow(
        /MosloraDequantizeNf4: the packed bytes are too few for 130 values/,
      );
      expect(() => dequantized({ ...operand, block: 32 }, [128])).toThrow(
        /MosloraDequantizeNf4: absmax is float32 \(2\), expected 4 values/,
      );
      operand.bytes.dispose();
    });
  });
});
