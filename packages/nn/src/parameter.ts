import type { tf } from '@moslora/runtime';

/** Which part of the model a parameter belongs to; learning rates and freezing go by it. */
export type ParameterGroup = 'adapter' | 'projector' | 'tower' | 'decoder';

/** A learning tensor under the name it has in its published file. */
export interface Parameter {
  name: string;
  value: tf.Variable;
  group: ParameterGroup;
  /** Learns at this many times its group's learning rate; 1 where it is not said. */
  rateFactor?: number;
}
