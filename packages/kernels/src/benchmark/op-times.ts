import { isNative } from '@moslora/runtime';
import { DT } from '../execution/binding';
import { nativeBackend } from '../execution/storage';

/** Milliseconds by TensorFlow op while `run` runs, longest first; empty without the native backend. */
export function opTimes(run: () => void): { op: string; calls: number; milliseconds: number }[] {
  if (!isNative()) {
    run();
    return [];
  }
  const backend = nativeBackend();
  const { binding } = backend;
  const times = new Map<string, { calls: number; milliseconds: number }>();
  const timed: typeof binding.executeOp = (name, attributes, inputs, outputs) => {
    const start = performance.now();
    const result = binding.executeOp(name, attributes, inputs, outputs);
    const type = attributes.find((attribute) => attribute.name === 'T' || attribute.name === 'SrcT')?.value;
    const op = type === DT.bfloat16 ? `${name} bf16` : name;
    const entry = times.get(op) ?? { calls: 0, milliseconds: 0 };
    times.set(op, { calls: entry.calls + 1, milliseconds: entry.milliseconds + performance.now() - start });
    return result;
  };
  // The addon's functions cannot be replaced, but the object that the backend calls them on can.
  backend.binding = Object.create(binding, { executeOp: { value: timed } }) as typeof binding;
  try {
    run();
  } finally {
    backend.binding = binding;
  }
  return [...times].map(([op, entry]) => ({ op, ...entry })).sort((a, b) => b.milliseconds - a.milliseconds);
}
