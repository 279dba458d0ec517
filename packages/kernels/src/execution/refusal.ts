import { DT, type Binding } from './binding';
import { nativeBackend } from './storage';

const typeNames = { ...DT, float64: 2, uint8: 4, int64: 9, uint16: 17 };
const mostText = 500;
const mostInputs = 40;

/**
 * What an op throws, with its name and its inputs: our own refusals say both, those of TensorFlow before it gets to the op (another type,
 * another number of inputs) often neither.
 */
export function refusal(error: unknown, name: string, inputs: readonly number[]): Error {
  const { message } = error as Error;
  if (/Moslora\w+: [^]*its inputs are/.test(message)) return error as Error;
  const described = inputs.slice(0, mostInputs).map(describeHandle);
  const more = inputs.length > mostInputs ? `, and ${inputs.length - mostInputs} more` : '';
  const text = message.length > mostText ? `${message.slice(0, mostText)}…` : message;
  return new Error(`${name}: ${text}; its inputs are ${described.join(', ') || 'none'}${more}`, { cause: error });
}

/** `float32 (3, 5)`. The binding does not tell a handle's type: the one that an op takes it as. */
function describeHandle(id: number): string {
  const { binding } = nativeBackend();
  for (const [name, type] of Object.entries(typeNames)) {
    const shape = shapeAs(binding, id, type);
    if (shape !== undefined) return `${name} (${shape.join(', ')})`;
  }
  return 'another type';
}

function shapeAs(binding: Binding, id: number, type: number): number[] | undefined {
  try {
    const [same] = binding.executeOp('Identity', [{ name: 'T', type: binding.TF_ATTR_TYPE, value: type }], [id], 1);
    binding.deleteTensor(same!.id);
    return same!.shape;
  } catch {
    return undefined;
  }
}
