import type { tf } from '@moslora/runtime';
import { DT, type OpAttribute } from '../execution/binding';
import { watchHandles } from '../execution/handle-watch';
import { executeKernel, handleOf, type HeldInput } from '../execution/kernel-op';
import { handlesOf, lowHandle, trackOutput } from '../execution/storage';
import { chainOf, type ChainRun } from './chain';

/** An array that is another one each time. */
export type GivenArray = tf.Tensor | HeldInput;

/**
 * Runs `body` as `chained` does. Where that took one op, which gave nothing but the body's result and read all of `given`, it can be run again on
 * others of the same types, without JavaScript going through the body. All else that it read is taken to be the same then.
 */
export function remember(
  body: () => tf.Tensor,
  given: readonly GivenArray[],
): { result: tf.Tensor; remembered?: RememberedChain } {
  const { result, run } = chainOf(body);
  if (!run || run.outputs.length !== 1 || run.outputs[0] !== result) return { result };
  const places = placesOf(given, run.inputs);
  return places ? { result, remembered: new RememberedChain(run, places) } : { result };
}

/** Where a given array stands among the inputs, and the type that it is read in. */
interface GivenPlace {
  at: number;
  type: number;
}

export class RememberedChain {
  private readonly attributes: readonly OpAttribute[];
  private readonly inputs: number[];
  private readonly variables: ChainRun['variables'];
  private readonly forgetHandles: () => void;
  private alive = true;

  constructor(
    { attributes, inputs, variables }: ChainRun,
    private readonly places: readonly GivenPlace[],
  ) {
    this.attributes = attributes;
    this.inputs = [...inputs];
    this.variables = variables;
    const given = new Set(places.map(({ at }) => at));
    const others = inputs.filter((_, at) => !given.has(at));
    this.forgetHandles = watchHandles(others, () => this.forget());
  }

  /** Whether it can be run: all that it reads beside what it is given is still there. */
  get isAlive(): boolean {
    if (this.alive) for (const [variable, values] of this.variables) if (variable.dataId !== values) this.forget();
    return this.alive;
  }

  /** The result for other given arrays, in the order and of the types of the first. */
  run(given: readonly GivenArray[]): tf.Tensor {
    given.forEach((array, i) => {
      const { at, type } = this.places[i]!;
      this.inputs[at] = 'dataId' in array ? idIn(array, type) : array.id;
    });
    return trackOutput(executeKernel('MosloraChain', this.attributes, this.inputs, 1)[0]!);
  }

  forget(): void {
    this.alive = false;
    this.forgetHandles();
  }
}

const idIn = (tensor: tf.Tensor, type: number): number =>
  type === DT.bfloat16 ? lowHandle(tensor) : handleOf(tensor).id;

/** Nothing where one of the arrays was not read, or in two types: then something of it is among what is taken to stay. */
function placesOf(given: readonly GivenArray[], inputs: readonly number[]): GivenPlace[] | undefined {
  const places = given.flatMap((array): GivenPlace[] =>
    handles(array).flatMap(({ id, type }) => {
      const at = inputs.indexOf(id);
      return at < 0 ? [] : [{ at, type }];
    }),
  );
  const once = given.every((array) => handles(array).filter(({ id }) => inputs.includes(id)).length === 1);
  return once && new Set(places.map(({ at }) => at)).size === given.length ? places : undefined;
}

function handles(array: GivenArray): { id: number; type: number }[] {
  return 'dataId' in array ? handlesOf(array) : [array];
}
