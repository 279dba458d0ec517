import { isNative, type tf } from '@moslora/runtime';
import { DT, type OpAttribute } from '../execution/binding';
import {
  executeKernel,
  bindingAttributes,
  type KernelAttributes,
  type HeldInput,
  type KernelInput,
  type KernelOutput,
} from '../execution/kernel-op';
import { openChain, setOpenChain, type OpenChain, type WaitingResult } from '../execution/open-chain';
import { arrived, isThere, trackWaiting } from '../execution/storage';
import { hasKernel } from '../native/kernels-addon';

/**
 * Runs `body` with the calls of our ops in it put off: those whose results' shapes are known before they run wait until somebody asks for a
 * value, or `body` ends, and are then run in turn as one op of TensorFlow, `MosloraChain`. Its dispatch costs as much as that of one of them,
 * and what was disposed meanwhile never becomes a tensor. The results are the same. Without the op, `body` just runs.
 */
export function chained<T>(body: () => T): T {
  return chainOf(body).result;
}

/** {@link chained}, and the one run that it took, where it took one. */
export function chainOf<T>(body: () => T): { result: T; run?: ChainRun } {
  if (openChain() !== undefined || !isNative() || !hasKernel('MosloraChain')) return { result: body() };
  const chain = new Chain();
  setOpenChain(chain);
  try {
    const result = body();
    const whole = chain.runs === 0;
    const run = chain.run();
    return whole && run ? { result, run } : { result };
  } finally {
    setOpenChain(undefined);
  }
}

/** One run of a chain as TensorFlow got it. */
export interface ChainRun {
  attributes: readonly OpAttribute[];
  inputs: readonly number[];
  /** Those of the inputs that were variables' values, which are known by these objects. */
  variables: ReadonlyMap<tf.Variable, object>;
  outputs: readonly tf.Tensor[];
}

/** The chain's lists of inputs, by type: their letters in its text, and the attributes that say how many there are. */
const kinds = [
  { letter: 'f', type: DT.float32, count: 'F' },
  { letter: 'h', type: DT.bfloat16, count: 'H' },
  { letter: 'w', type: DT.uint16, count: 'W' },
  { letter: 'b', type: DT.uint8, count: 'B' },
  { letter: 'i', type: DT.int32, count: 'I' },
] as const;
const scalars = { letter: 's', count: 'S' } as const;
/** The same of its outputs. */
const resultKinds = [
  { letter: 'f', type: DT.float32, count: 'P' },
  { letter: 'h', type: DT.bfloat16, count: 'Q' },
  { letter: 'i', type: DT.int32, count: 'R' },
] as const;

interface WaitingCall {
  /** Its name, settings and inputs as the chain's text has them. */
  text: string;
  results: { waiting: WaitingResult; tensor: tf.Tensor; shape: readonly number[] }[];
}

class Chain implements OpenChain {
  /** How often it ran. */
  runs = 0;
  private calls: WaitingCall[] = [];
  private inputs = new Inputs();

  add(
    name: string,
    attributes: KernelAttributes,
    inputs: readonly KernelInput[],
    outputs: readonly KernelOutput[],
  ): tf.Tensor[] {
    const call = this.calls.length;
    const places = inputs.map((input) => {
      if ('id' in input) return this.inputs.place(input);
      const { handle, type } = input;
      return handle === undefined ? `c${input.call}.${input.output}` : this.inputs.place({ id: handle, type });
    });
    const results = outputs.map(({ shape, type }, output) => {
      const waiting: WaitingResult = { chain: this, call, output, type };
      return { waiting, tensor: trackWaiting(waiting, shape), shape };
    });
    this.calls.push({ text: `${name}|${spelled(attributes)}|${places.join(' ')}`, results });
    return results.map(({ tensor }) => tensor);
  }

  reads(handle: number): boolean {
    return this.inputs.has(handle);
  }

  run(): ChainRun | undefined {
    const { calls, inputs } = this;
    if (calls.length === 0) return undefined;
    this.runs++;
    this.calls = [];
    this.inputs = new Inputs();
    const wanted = calls.flatMap(({ results }) => results.filter(({ tensor }) => isThere(tensor)));
    const lists = resultKinds.map(({ type }) => wanted.filter(({ waiting }) => waiting.type === type));
    const place = (result: (typeof wanted)[number]): string => {
      const kind = resultKinds.findIndex(({ type }) => type === result.waiting.type);
      const at = lists[kind]!.indexOf(result);
      return at < 0 ? '.' : `${resultKinds[kind]!.letter}${at}`;
    };
    const links = calls.map(({ text, results }) => `${text}|${results.map(place).join(' ')}`).join('\n');
    const counts = Object.fromEntries(resultKinds.map(({ count }, kind) => [count, lists[kind]!.length]));
    const attributes = bindingAttributes({ ...inputs.counts(), ...counts, links });
    const [ordered, ids] = [lists.flat(), inputs.ids()];
    const made = executeKernel('MosloraChain', attributes, ids, ordered.length);
    ordered.forEach(({ waiting, tensor, shape }, i) => {
      const { id, shape: real } = made[i]!;
      if (shape.join() !== real.join())
        throw new Error(
          `output ${waiting.output} of ${calls[waiting.call]!.text} is (${real.join(', ')}), expected (${shape.join(', ')})`,
        );
      waiting.handle = id;
      arrived(tensor, id);
    });
    return { attributes, inputs: ids, variables: inputs.variables, outputs: ordered.map(({ tensor }) => tensor) };
  }
}

/** The arrays that a chain's calls read and none of them makes, each once. */
class Inputs {
  private readonly lists = new Map<string, number[]>();
  private readonly places = new Map<number, string>();
  readonly variables = new Map<tf.Variable, object>();

  /** Such as `f3`. */
  place({ id, type, host, variable }: HeldInput): string {
    if (variable) this.variables.set(variable, variable.dataId);
    const known = this.places.get(id);
    if (known !== undefined) return known;
    const { letter } = host ? scalars : kinds.find((kind) => kind.type === type)!;
    const list = this.lists.get(letter) ?? [];
    this.lists.set(letter, list);
    const place = `${letter}${list.length}`;
    list.push(id);
    this.places.set(id, place);
    return place;
  }

  has(handle: number): boolean {
    return this.places.has(handle);
  }

  /** In the op's order. */
  ids(): number[] {
    return [...kinds, scalars].flatMap(({ letter }) => this.lists.get(letter) ?? []);
  }

  counts(): KernelAttributes {
    return Object.fromEntries(
      [...kinds, scalars].map(({ letter, count }) => [count, this.lists.get(letter)?.length ?? 0]),
    );
  }
}

/** `T=14;P=3;scale=0.125` */
function spelled(attributes: KernelAttributes): string {
  let text = '';
  for (const name in attributes) text += `${text === '' ? '' : ';'}${name}=${value(attributes[name]!)}`;
  return text;
}

function value(given: KernelAttributes[string]): string {
  if (typeof given === 'boolean') return given ? '1' : '0';
  if (typeof given !== 'object') return `${given}`;
  if ('type' in given) return `${given.type}`;
  return 'float' in given ? `${given.float}` : given.join(',');
}
