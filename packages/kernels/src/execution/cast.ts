import type { tf } from '@moslora/runtime';
import { boolAttribute, executeOne, typeAttribute, type DtNumber } from './native-op';

/** TensorFlow's Cast; rounds to nearest, ties to even. Native only. */
export function cast(x: tf.Tensor, from: DtNumber, to: DtNumber): tf.Tensor {
  return executeOne(
    'Cast',
    [typeAttribute('SrcT', from), typeAttribute('DstT', to), boolAttribute('Truncate', false)],
    [x],
  );
}
