import type { Stage } from '../stage';

/** Makes the native library and the fused ops available where they can be, and finds out which backend the other stages will run on. */
export const stage: Stage<'provision'> = {
  kind: 'provision',
  tensors: true,
  resumable: false,
  async identity({ log }) {
    const { kernelSourcesHash, startEngine } = await import('@moslora/kernels');
    const { provision } = await import('../../provision/provision');
    if (process.env['MOSLORA_BACKEND'] !== 'wasm') {
      const { ok, reason } = await provision({ log });
      if (!ok) log(`no native library: ${reason}`);
    }
    const { backend, library, device, kernels } = await startEngine({ log });
    // Other kernels may round otherwise: what was computed with one kind is not up to date for another.
    const ops =
      kernels.level === undefined ? 'plain ops' : `fused kernels ${kernels.level} ${kernelSourcesHash(kernels.level)}`;
    return `${backend} ${library} ${device}${backend === 'native' ? ` ${ops}` : ''}`;
  },
  async run({ backend }) {
    const { memoryReport } = await import('@moslora/runtime');
    return { backend, memory: memoryReport() };
  },
};
