import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark } from '@moslora/specs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { allBenchmarks, benchmarkByName } from './all-benchmarks';
import { benchmarkPlaces, findFiles } from './benchmark-places';
import { listBenchmarks } from './list-benchmarks';

let root = '';
let [pope, vqa]: Benchmark[] = [];
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'moslora-places-'));
  vi.stubEnv('XDG_CACHE_HOME', join(root, 'cache'));
  vi.stubEnv('LMUData', join(root, 'lmu'));
  vi.stubEnv('MOSLORA_DATA', join(root, 'data'));
  [pope, vqa] = await Promise.all(
    ['pope', 'vqav2_val'].map(async (name) => (await benchmarkByName(name, 'here')).benchmark),
  );
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

function put(...path: string[]): string {
  mkdirSync(join(root, ...path.slice(0, -1)), { recursive: true });
  writeFileSync(join(root, ...path), 'x');
  return join(root, ...path);
}

describe('a benchmark', () => {
  it('is known by its name in any case; another name is answered with the nearest', async () => {
    expect((await benchmarkByName('MMBench_DEV_EN', 'here')).dataset).toBe('mmbench');
    await expect(benchmarkByName('mmbnch_dev_en', 'here')).rejects.toThrow(
      /unknown benchmark `mmbnch_dev_en`[^]*seedbench_img[^]*did you mean mmbench_dev_en\?/,
    );
  });

  it('is there for every one that the paper scores, each under a name of its own', async () => {
    const names = (await allBenchmarks()).map(({ benchmark }) => benchmark.name);
    const versions = ['', '_v11'].flatMap((version) =>
      ['en', 'cn'].flatMap((language) => ['dev', 'test'].map((part) => `mmbench_${part}_${language}${version}`)),
    );
    const others = ['seedbench_img', 'ai2d_test', 'scienceqa_test', 'textvqa_val', 'mathvista_mini', 'mmvet', 'mme'];
    const texts = ['boolq', 'piqa', 'siqa', 'hellaswag', 'winogrande', 'arc_e', 'arc_c', 'obqa'];
    const twice = texts.flatMap((name) => [name, `${name}_likelihood`]);
    expect(names).toEqual(expect.arrayContaining([...versions, ...others, 'ccbench', 'pope', 'vqav2_val', ...twice]));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the files of a benchmark', () => {
  it("are found in MOSLORA_DATA, in VLMEvalKit's folder, then in the cache", () => {
    const places = [['cache', 'moslora', 'benchmarks'], ['lmu'], ['data'], ['data', 'benchmarks']];
    const order = benchmarkPlaces();
    const ranks = places.map((place) => order.indexOf(join(root, ...place)));
    expect(Math.min(...ranks)).toBe(0);
    expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
    for (const place of places) {
      const path = put(...place, 'POPE.tsv');
      expect(findFiles(pope!, undefined, 'here')).toEqual([path]);
    }
  });

  it('count only where all of them are in one folder, and may be named', () => {
    const [questions, annotations] = vqa!.files.map(({ name }) => name) as [string, string];
    put('lmu', questions);
    put('data', annotations);
    expect(() => findFiles(vqa!, undefined, 'here')).toThrow(
      /the files of the benchmark `vqav2_val` are not there[^]*visualqa\.org[^]*--benchmark vqav2_val=FOLDER/,
    );
    expect(() => findFiles(vqa!, join(root, 'lmu'), 'here')).toThrow('the files of `vqav2_val` are not all there');
    const both = [join(root, 'lmu', questions), put('lmu', annotations)];
    expect(findFiles(vqa!, join(root, 'lmu'), 'here')).toEqual(both);
    expect(findFiles(vqa!, undefined, 'here')).toEqual(both);
  });

  it('that are nowhere: says where it looked and how to come by them', () => {
    expect(() => findFiles(pope!, undefined, 'here')).toThrow(
      /the files of the benchmark `pope` are not there[^]*lmu[^]*POPE\.tsv[^]*download-benchmark pope, or name the file/,
    );
    expect(() => findFiles(pope!, join(root, 'none.tsv'), 'here')).toThrow(/nothing lies at this path[^]*none\.tsv/);
  });

  it('are listed beside how they are scored', async () => {
    const path = put('lmu', 'POPE.tsv');
    const listed = new Map((await listBenchmarks()).map((each) => [each.name, each]));
    expect(listed.get('pope')).toMatchObject({ dataset: 'pope', files: [path], judge: 'optional' });
    expect(listed.get('mmvet')).toMatchObject({ judge: 'required' });
    expect(listed.get('mmbench_dev_en')).toMatchObject({ judge: 'optional' });
    expect(listed.get('vqav2_val')).toMatchObject({ judge: 'unused' });
    expect(listed.get('mmbench_dev_en')).not.toHaveProperty('files');
  });
});
