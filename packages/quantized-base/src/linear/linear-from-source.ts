import type { WeightSource } from '@moslora/checkpoint';
import { DenseLinear, type Linear } from '@moslora/nn';
import { fail } from '@moslora/specs';
import { isNative, sharedBytes, type tf } from '@moslora/runtime';
import { frozenTensor } from './frozen-tensor';
import { isNf4 } from '../bitsandbytes/keys';
import { nf4FromSource } from '../bitsandbytes/read';
import { Nf4Linear, type Nf4Residency } from './nf4-linear';

/**
 * The frozen linear layer `name` of a file, with its bias if it has one: an {@link Nf4Linear} where the file holds it in 4 bits, else
 * a dense one. Throws a UserError when the weight is missing or is not a matrix.
 */
export function linearFromSource(
  source: WeightSource,
  name: string,
  { residency = 'packed' }: { residency?: Nf4Residency } = {},
): Linear {
  const bias = source.has(`${name}.bias`) ? source.float32(`${name}.bias`) : undefined;
  if (isNf4(source, name)) {
    const inPlace = residency === 'packed' && isNative();
    return new Nf4Linear(nf4FromSource(source, name, inPlace ? sharedBytes : undefined), { name, bias, residency });
  }
  const { shape } = source.info(`${name}.weight`);
  const [out, width] = shape;
  if (out === undefined || width === undefined || shape.length > 2) {
    fail({
      what: `\`${name}.weight\` is not the weight of a linear layer`,
      where: source.where,
      got: `shape (${shape.join(', ')})`,
      expected: 'two axes, (out, in)',
    });
  }
  const weight = frozenTensor(source, `${name}.weight`) as tf.Tensor2D;
  return new DenseLinear({ name, weight, ...(bias && { bias }) });
}
