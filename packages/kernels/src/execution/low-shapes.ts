import type { tf } from '@moslora/runtime';
import { int32Vector } from './constant';
import { DT, executeOne, typeAttribute, type TfHandle } from './native-op';
import { isLowOnly } from './storage';
import { wrapKernel } from './wrap-kernel';

/** Lets tfjs's own reshape and transpose of a tensor held in bfloat16 alone stay in bfloat16, instead of making float32 first. */
export function keepLowShapes(): void {
  wrap('Reshape', (x, attrs) => moved('Reshape', 'Tshape', x, int32Vector(attrs.shape as number[])));
  wrap('Transpose', (x, attrs) => moved('Transpose', 'Tperm', x, int32Vector(attrs.perm as number[])));
}

function moved(name: string, indexType: string, x: tf.Tensor, argument: TfHandle): tf.Tensor {
  return executeOne(
    name,
    [typeAttribute('T', DT.bfloat16), typeAttribute(indexType, DT.int32)],
    [x, argument],
    DT.bfloat16,
  );
}

function wrap(kernelName: string, low: (x: tf.Tensor, attrs: tf.NamedAttrMap) => tf.Tensor): void {
  wrapKernel(kernelName, ({ inputs, attrs }) => {
    const x = inputs['x'] as tf.Tensor;
    return isLowOnly(x) ? low(x, attrs as tf.NamedAttrMap) : undefined;
  });
}
