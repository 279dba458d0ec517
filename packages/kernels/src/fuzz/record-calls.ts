import type { Binding } from '../execution/binding';
import { nativeBackend } from '../execution/storage';
import type { RawCall, RawInput } from './raw-call';

const mostInts = 1024;

/**
 * Watches what passes through TensorFlow's binding from now on. The function it gives returns the calls of fused ops since it was called
 * last.
 */
export function recordCalls(): () => RawCall[] {
  const backend = nativeBackend();
  const { binding } = backend;
  const known = new Map<number, RawInput>();
  let calls: RawCall[] = [];
  const watched: Partial<Binding> = {
    executeOp(name, attributes, inputs, outputs) {
      // Described first, since an op that fails is of interest too.
      const described = inputs.map((id) => known.get(id));
      if (name.startsWith('Moslora') && described.every((input) => input !== undefined))
        calls.push({ name, attributes: [...attributes], inputs: described, outputs });
      const made = binding.executeOp(name, attributes, inputs, outputs);
      for (const { id, shape, dtype } of made) known.set(id, { shape: [...shape], dtype });
      return made;
    },
    createTensor(shape, dtype, values) {
      const id = binding.createTensor(shape, dtype, values);
      const ints = values instanceof Int32Array && values.length <= mostInts ? { ints: [...values] } : {};
      known.set(id, { shape: [...shape], dtype, ...ints });
      return id;
    },
    deleteTensor(id) {
      known.delete(id);
      binding.deleteTensor(id);
    },
  };
  // The addon's own functions cannot be replaced.
  const descriptors = Object.entries(watched).map(([key, value]) => [key, { value }] as const);
  backend.binding = Object.create(binding, Object.fromEntries(descriptors)) as Binding;
  return () => {
    const taken = calls;
    calls = [];
    return taken;
  };
}
