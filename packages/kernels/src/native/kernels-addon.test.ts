import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { detectFacts, nativePaths, noteProvisionFailure, runCommand, type NativePaths } from '@moslora/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeAddonManifest } from './addon-manifest';
import { addonPath } from './addon-path';
import { wantedBuild } from './addon-target';
import { kernelsMode } from './kernels-mode';
import { provisionKernels } from './provision-kernels';

const library = nativePaths();
const { compiler, make } = await detectFacts(runCommand);
const able = library !== undefined && library.flavour !== 'stock' && compiler !== undefined && make;
if (!able) {
  process.stderr.write(
    'skipped: fused ops need the native library and a C++ compiler (npx nx run runtime:provision)\n',
  );
}
const paths = library as NativePaths;

/** A cache of its own that has the library, and what `prepare` puts at the addon's place. */
function cacheWith(prepare: (file: string, cache: string) => void): string {
  const home = mkdtempSync(join(tmpdir(), 'kernels-cache-'));
  const cache = join(home, 'moslora', 'native');
  mkdirSync(cache, { recursive: true });
  symlinkSync(paths.root, join(cache, paths.key));
  const file = join(
    cache,
    dirname(addonPath(paths, wantedBuild('cpu')))
      .split('/')
      .at(-1)!,
    'kernels.node',
  );
  mkdirSync(dirname(file));
  prepare(file, cache);
  return home;
}

/** The one line that says what runs, and what a product computes, in a process where no library is loaded yet. */
function start(variables: Record<string, string>): { summary: string; value: string; errors: string } {
  const index = JSON.stringify(join(import.meta.dirname, '..', 'index.ts'));
  const script = `import { frozenLinear, FrozenMatrix, startEngine } from ${index};
    import { tf } from '@moslora/runtime';
    await startEngine({ backend: 'native', log: console.log });
    console.log(frozenLinear(tf.ones([1, 2]), new FrozenMatrix(tf.ones([1, 2]))).dataSync()[0]);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
    env: { ...process.env, MOSLORA_KERNELS: '', ...variables },
  });
  const [summary = '', value = ''] = stdout.trim().split('\n');
  return { summary, value, errors: stderr };
}

it('refuses an unknown MOSLORA_KERNELS by listing the known ones', () => {
  expect(() => kernelsMode('plane')).toThrow(
    /Unknown choice of kernels\n {2}where +MOSLORA_KERNELS\n {2}got +plane\n {2}expected auto, plain, sanitized or emulated/,
  );
});

describe.skipIf(!able || kernelsMode() !== 'auto')('the addon', () => {
  beforeAll(async () => {
    const { ok, reason } = await provisionKernels();
    if (!ok) throw new Error(reason);
  }, 15 * 60_000);

  it('runs where it is built, with the threads that are asked for', () => {
    const { summary, value, errors } = start({ MOSLORA_THREADS: '1' });
    expect(errors).toBe('');
    expect(summary).toMatch(/^native: TensorFlow [\d.]+ on CPU, 1 thread\b.*, fused kernels \w+$/);
    expect(value).toBe('2');
  });

  it('stays away where it is not wanted', () => {
    const { summary, value } = start({ MOSLORA_KERNELS: 'plain' });
    expect(summary).toMatch(/, plain ops: MOSLORA_KERNELS=plain$/);
    expect(value).toBe('2');
  });

  const broken: [string, (file: string, cache: string) => void, RegExp][] = [
    ['is not there', () => {}, /plain ops: the fused ops are not built for \w+: npx nx run runtime:provision$/],
    [
      'could not be built',
      (_, cache) => noteProvisionFailure('a C++ compiler (g++) missing', cache, 'kernels'),
      /plain ops: a C\+\+ compiler \(g\+\+\) missing \(npx nx run runtime:provision tries again\)$/,
    ],
    [
      'was cut short',
      (file) => {
        cpSync(dirname(addonPath(paths, wantedBuild('cpu'))), dirname(file), { recursive: true });
        truncateSync(file, 5000);
      },
      /plain ops: .+kernels\.node is damaged: npx nx run runtime:provision$/,
    ],
    [
      'does not load',
      (file) => {
        writeFileSync(file, 'made for another machine');
        writeAddonManifest(file, []);
      },
      /plain ops: the fused ops do not load \(.*kernels\.node: .+\): npx nx run runtime:provision$/,
    ],
  ];

  it.each(broken)('leaves the work to the plain ops, and says why in one line, where it %s', (_, prepare, reason) => {
    const { summary, value } = start({ XDG_CACHE_HOME: cacheWith(prepare) });
    expect(summary).toMatch(reason);
    expect(value).toBe('2');
  });
});
