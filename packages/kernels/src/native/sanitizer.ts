import type { CommandRunner } from '@moslora/runtime';

/** Compiler and linker flags that make the addon check every access to memory. */
export const sanitizerFlags = {
  compiler: ['-fsanitize=address,undefined', '-fno-sanitize=vptr', '-fno-sanitize-recover=undefined', '-g', '-O1'],
  linker: ['-fsanitize=address,undefined'],
};

/**
 * Variables under which a process without the sanitizer can load an addon with it: its libraries come first. Leaks are not reported:
 * Node itself leaves much behind when it ends. What would take more memory than a machine has fails, as it would there.
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
    ASAN_OPTIONS: [
      ...['detect_leaks=0', 'abort_on_error=1', 'handle_segv=2', 'handle_sigfpe=2', 'allocator_may_return_null=1'],
      ...['max_allocation_size_mb=4000', 'hard_rss_limit_mb=8000'],
    ].join(':'),
    UBSAN_OPTIONS: 'print_stacktrace=1',
  };
}
