import type { OpAttribute } from '../execution/binding';
import { nativeBackend } from '../execution/storage';
import type { Draw } from './draw';
import { types, type RawCall, type RawInput } from './raw-call';

/** Whole numbers at which sizes overflow, in 32 bits, in 64, or as bytes; too large to be allocated or small enough to be. */
const extremes = [
  ...[-1, 0, 1, 2, 3, 7, 4097, 2 ** 16, -(2 ** 31), 2 ** 41, 2 ** 42 + 1, 2 ** 61, 2 ** 62, 2 ** 62 + 2 ** 20],
  ...[2 ** 63 - 1024, -(2 ** 62), -(2 ** 63)],
];
const reals = [0, -0, -1, 1e-30, 1e38, NaN, Infinity, -Infinity];
/** Elements of an input at most: what is larger takes time and finds nothing. */
const mostElements = 1 << 20;

/** The call with one to three things changed. */
export function mutated(draw: Draw, call: RawCall): RawCall {
  const changed: RawCall = structuredClone(call);
  const ways = [changeShape, changeShape, changeType, changeAttribute, changeAttribute, changeCount, shareInput];
  for (let times = draw.pick([1, 1, 2, 3]); times > 0; times--) draw.pick(ways)(draw, changed);
  return changed;
}

function changeShape(draw: Draw, { inputs }: RawCall): void {
  if (inputs.length === 0) return;
  const input = draw.pick(inputs);
  const shape = [...input.shape];
  const axis = shape.length > 0 ? draw.int(shape.length) : 0;
  const side = shape[axis] ?? 1;
  const ways: (() => void)[] = [
    () => shape.splice(axis, 1, side + 1),
    () => shape.splice(axis, 1, Math.max(0, side - 1)),
    () => shape.splice(axis, 1, 0),
    () => shape.splice(axis, 1, 2 * side),
    () => shape.splice(axis, 1, Math.ceil(side / 2)),
    () => shape.splice(axis, 0, draw.pick([0, 1, 2])),
    () => shape.splice(axis, 1),
    () => shape.reverse(),
    () => shape.fill(1),
    // Nothing in it, yet huge.
    () => shape.splice(0, shape.length, ...draw.shuffled([0, draw.pick([2 ** 31 - 1, 2 ** 20])])),
  ];
  draw.pick(ways)();
  const size = shape.reduce((product, one) => product * one, 1);
  if (size > mostElements) return;
  const changed: RawInput = { dtype: input.dtype, shape };
  inputs[inputs.indexOf(input)] = changed;
}

/** Of one input alone, or of all of its type together with the attributes that name it. */
function changeType(draw: Draw, { inputs, attributes }: RawCall): void {
  if (inputs.length === 0) return;
  const input = draw.pick(inputs);
  const from = input.dtype;
  const to = draw.pick(Object.values(types));
  if (draw.chance(0.3)) return void (input.dtype = to);
  for (const one of inputs) if (one.dtype === from) one.dtype = to;
  for (const one of attributes) if (isOf(one, 'TF_ATTR_TYPE') && one.value === from && draw.chance(0.9)) one.value = to;
}

function isOf(
  attribute: OpAttribute,
  kind: 'TF_ATTR_TYPE' | 'TF_ATTR_BOOL' | 'TF_ATTR_INT' | 'TF_ATTR_FLOAT',
): boolean {
  return attribute.type === nativeBackend().binding[kind];
}

/** The attributes that count outputs. To ask for more outputs than there are is beyond what the binding handles. */
const outputsCounted: Record<string, Record<string, number>> = {
  MosloraProjections: { V: 1 },
  MosloraProjectionsGradient: { D: 1, G: 1 },
  MosloraRmsNormGradient: { W: 1 },
  MosloraLayerNormGradient: { W: 1 },
  MosloraSwigluGradient: { P: 1 },
  MosloraAttentionGradient: { N: 1 },
  MosloraQuantizeNf4: { D: 3 },
  MosloraChain: { P: 1, Q: 1 },
};

function setWhole(call: RawCall, attribute: OpAttribute, value: number): void {
  const each = outputsCounted[call.name]?.[attribute.name] ?? 0;
  const outputs = call.outputs + each * (value - (attribute.value as number));
  attribute.value = value;
  if (outputs >= 0 && outputs < 20) call.outputs = outputs;
}

function changeAttribute(draw: Draw, call: RawCall): void {
  const { attributes } = call;
  if (attributes.length === 0) return;
  const attribute = draw.pick(attributes);
  const whole = (value: number): number => (draw.chance(0.4) ? value + draw.pick([1, -1, value]) : draw.pick(extremes));
  const { value } = attribute;
  if (typeof value === 'boolean') attribute.value = !value;
  else if (typeof value === 'string') attribute.value = changedText(draw, value);
  else if (Array.isArray(value)) {
    const list = [...(value as number[])];
    const at = draw.int(list.length + 1);
    list.splice(at, draw.int(2), ...(draw.chance(0.7) ? [whole(list[at] ?? 1)] : []));
    attribute.value = list;
  } else if (isOf(attribute, 'TF_ATTR_FLOAT')) attribute.value = draw.pick(reals);
  else if (isOf(attribute, 'TF_ATTR_TYPE')) attribute.value = draw.pick(Object.values(types));
  else setWhole(call, attribute, whole(value as number));
}

/** With another number, or without one of its signs, or with a piece of it twice. */
function changedText(draw: Draw, text: string): string {
  const numbers = [...text.matchAll(/\d+/g)];
  const number = numbers.length > 0 ? draw.pick(numbers) : undefined;
  if (number && draw.chance(0.6)) {
    const { index, 0: digits } = number;
    const other = draw.pick([Number(digits) + 1, 0, 1, 2, 14, draw.pick(extremes)]);
    return `${text.slice(0, index)}${other}${text.slice(index + digits.length)}`;
  }
  const at = draw.int(text.length + 1);
  const piece = draw.chance(0.5) ? '' : text.slice(at, at + 1 + draw.int(40));
  return `${text.slice(0, at)}${piece}${piece}${text.slice(at + Math.max(1, piece.length))}`;
}

/** One more or fewer of the arrays, or of the outputs, that an attribute counts. */
function changeCount(draw: Draw, call: RawCall): void {
  const counts = call.attributes.filter((one) => isOf(one, 'TF_ATTR_INT') && /^[A-Z]$/.test(one.name));
  if (counts.length === 0) return;
  const count = draw.pick(counts);
  const more = draw.chance(0.5);
  if (!more && count.value === 0) return;
  setWhole(call, count, (count.value as number) + (more ? 1 : -1));
  if (draw.chance(0.1)) call.outputs = Math.max(0, call.outputs - 1);
  // One too many for an op without lists of inputs ends the process in TensorFlow's own code (2.21), before it comes to the op.
  if (draw.chance(0.3) || call.inputs.length === 0 || call.name.endsWith('NormGradient')) return;
  const at = draw.int(call.inputs.length);
  if (more) call.inputs.splice(at, 0, { ...draw.pick(call.inputs) });
  else call.inputs.splice(at, 1);
  for (const input of call.inputs) delete input.same;
}

/** The same array twice. */
function shareInput(draw: Draw, { inputs }: RawCall): void {
  if (inputs.length < 2) return;
  const at = 1 + draw.int(inputs.length - 1);
  const same = draw.int(at);
  if (inputs[same]!.same === undefined) inputs[at] = { ...inputs[same]!, same };
}
