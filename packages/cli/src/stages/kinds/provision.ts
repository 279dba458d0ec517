import type { Stage } from '../stage';

/** Makes the native library available where it can be, and finds out which backend the other stages will run on. */
export const stage: Stage<'provision'> = {
  kind: 'provision',
  tensors: true,
  resumable: false,
  async identity({ log }) {
    const { provisionNative, startBackend } = await import('@moslora/runtime');
    if (process.env['MOSLORA_BACKEND'] !== 'wasm') {
      const { ok, reason } = await provisionNative({ log });
      if (!ok) log(`no native library: ${reason}`);
    }
    const info = await startBackend({ log });
    return `${info.backend} ${info.library} ${info.device}`;
  },
  async run({ backend }) {
    const { memoryReport } = await import('@moslora/runtime');
    return { backend, memory: memoryReport() };
  },
};
