import type { CommandRunner } from '@moslora/runtime';

/** Compiler and linker flags that make the addon check every access to memory. */
export const sanitizerFlags = {
  compiler: ['-fsanitize=address,undefined', '-fno-sanitize=vptr', '-fno-sanitize-recover=undefined', '-g', '-O1'],
  linker: ['-fsanitize=address,undefined'],
};

/**
 * Variables under which a process without the sanitizer can load an addon with it: its libraries come first. Leaks are not reported:
 * Node itself leaves much behind when it ends.
 */
export async function sanitizerVariables(run: CommandRunner): Promise<Record<string, string>> {
  const compiler = process.env['CXX'] || 'g++';
  const libraries = await Promise.all(
    ['libasan.so', 'libubsan.so'].map(async (name) => {
      const { stdout } = await run(compiler, [`-print-file-name=${name}`]);
      return stdout.trim();
    }),
  );
  return {
    LD_PRELOAD: libraries.filter((path) => path.startsWith('/')).join(':'),
    ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1:handle_segv=1:allocator_may_return_null=1',
    UBSAN_OPTIONS: 'print_stacktrace=1',
  };
}
