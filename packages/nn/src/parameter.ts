import type { tf } from '@moslora/runtime';

/** The groups that parameters come in: a part's own weights, or the adapters on it (`adapter` those on the decoder). */
export const parameterGroups = [
  'adapter',
  'tower-adapter',
  'projector-adapter',
  'projector',
  'tower',
  'decoder',
] as const;

/** Which part of the model a parameter belongs to; learning rates, freezing and files of checkpoints go by it. */
export type ParameterGroup = (typeof parameterGroups)[number];

/** A learning tensor under the name it has in its published file. */
export interface Parameter {
  name: string;
  value: tf.Variable;
  group: ParameterGroup;
  /** Learns at this many times its group's learning rate; 1 where it is not said. */
  rateFactor?: number;
}
