import { adamwStep } from '@moslora/kernels';
import type { Parameter } from '@moslora/nn';
import { tf } from '@moslora/runtime';
import { ParameterPack } from './parameter-pack';
import type { MomentArrays, UpdateGroup } from './update-group';

/** Updates parameters as one vector through tfjs ops, on every backend; it holds a copy of their values, laid end to end. */
export class PackedGroup implements UpdateGroup {
  private readonly pack: ParameterPack;
  private readonly values: tf.Variable;
  private readonly held: { first: tf.Variable; second: tf.Variable };

  constructor(parameters: readonly Parameter[]) {
    this.pack = new ParameterPack(parameters);
    const zeros = () => tf.tidy(() => tf.variable(tf.zeros([this.pack.size])));
    this.values = tf.tidy(() => tf.variable(this.pack.values()));
    this.held = { first: zeros(), second: zeros() };
  }

  step(gradients: ReadonlyMap<string, tf.Tensor>, settings: Parameters<UpdateGroup['step']>[1]): void {
    const { pack, values, held } = this;
    tf.tidy(() => {
      const flat = pack.flatten(pack.parameters.map(({ name }) => gradients.get(name)!));
      adamwStep(values, flat, held, settings);
      pack.assign(values as tf.Tensor as tf.Tensor1D);
    });
  }

  moments(): MomentArrays {
    const split = (moment: tf.Variable) => this.pack.split(moment.dataSync<'float32'>());
    return { first: split(this.held.first), second: split(this.held.second) };
  }

  restore(moments: MomentArrays): void {
    for (const kind of ['first', 'second'] as const) {
      const flat = new Float32Array(this.pack.size);
      for (const [name, piece] of this.pack.split(flat)) piece.set(moments[kind].get(name) ?? []);
      tf.tidy(() => this.held[kind].assign(tf.tensor1d(flat)));
    }
    tf.tidy(() => this.values.assign(this.pack.values()));
  }

  dispose(): void {
    tf.dispose([this.values, this.held.first, this.held.second]);
  }
}
