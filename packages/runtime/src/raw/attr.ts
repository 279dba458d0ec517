import type { TfAttribute } from '../backend/tf-binding';
import { dtypeCode, type RawDtype } from './dtype';

/** An attribute of a TensorFlow op: name, kind and value. */
export type RawAttr = TfAttribute;

// Numbers of TF_AttrType in tensorflow/c/tf_attrtype.h.
const kind = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;

/** Makes op attributes. An op's attributes and their defaults are in TensorFlow's op definitions. */
export const attr = {
  type: (name: string, dtype: RawDtype): RawAttr => ({ name, type: kind.type, value: dtypeCode(dtype) }),
  bool: (name: string, value: boolean): RawAttr => ({ name, type: kind.bool, value }),
  int: (name: string, value: number): RawAttr => ({ name, type: kind.int, value }),
  ints: (name: string, value: readonly number[]): RawAttr => ({ name, type: kind.int, value }),
  float: (name: string, value: number): RawAttr => ({ name, type: kind.float, value }),
  floats: (name: string, value: readonly number[]): RawAttr => ({ name, type: kind.float, value }),
  string: (name: string, value: string): RawAttr => ({ name, type: kind.string, value }),
  shape: (name: string, value: readonly number[]): RawAttr => ({ name, type: kind.shape, value }),
};
