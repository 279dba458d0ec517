/** What ptxas says of a kernel compiled for one architecture. */
export interface RegisterUse {
  kernels: number;
  /** Of a thread, in the kernel that takes most. */
  mostRegisters: number;
  /** Bytes of a thread's registers that go to memory, in all kernels. */
  spilledBytes: number;
}

/** Sums up what nvcc prints under -Xptxas=-v: a line of registers, and one of spills, for each kernel and architecture. */
export function registerUse(output: string): RegisterUse {
  const all = (pattern: RegExp): number[] => [...output.matchAll(pattern)].map(([, number]) => Number(number));
  const registers = all(/Used (\d+) registers/g);
  const spills = all(/(\d+) bytes spill stores/g);
  return {
    kernels: registers.length,
    mostRegisters: Math.max(0, ...registers),
    spilledBytes: spills.reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** e.g. `src/sum/native/sum.cu: 2 kernels, 30 registers at most, 0 bytes spilled`; without kernels just the name. */
export function describeUse(name: string, { kernels, mostRegisters, spilledBytes }: RegisterUse): string {
  if (kernels === 0) return name;
  return `${name}: ${kernels} kernels, ${mostRegisters} registers at most, ${spilledBytes} bytes spilled`;
}
