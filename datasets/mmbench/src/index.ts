import type { Benchmark, PublishedHash } from '@moslora/specs';

const PLACE = 'https://opencompass.openxlab.space/utils';

/** Every file is one benchmark: multiple choice, every rotation of a question a row of its own. */
const common = {
  licence: 'Apache-2.0',
  source: 'https://github.com/open-compass/MMBench, files as VLMEvalKit loads them',
  columns: ['A', 'B'],
  pictures: 'embedded',
  scorer: 'circular',
  asked: 'options',
  maxNewTokens: 16,
} as const satisfies Partial<Benchmark>;

const md5 = (digest: string, version?: string): PublishedHash => ({ kind: 'md5', digest, ...(version && { version }) });

/** v1.0 and v1.1 by the name of their file; the test parts' answers came with the files of 2026. */
const files: Record<string, readonly PublishedHash[]> = {
  MMBench_DEV_EN: [md5('b6caf1133a01c6bb705cf753bb527ed8')],
  MMBench_DEV_CN: [md5('08b8fc3324a5ed74155350f57be69fbd')],
  MMBench_TEST_EN: [md5('6939fadb0ce626fefc0bdc9c64efc528')],
  MMBench_TEST_CN: [md5('7e1239baf0ee4c8b513e19705a0f317e')],
  MMBench: [md5('4115aea3383f3dd0083be6a633e0f820')],
  MMBench_CN: [md5('2e053ffc90ea598b1feae13c36dc13ee')],
  MMBench_DEV_EN_V11: [md5('30c05be8f2f347a50be25aa067248184')],
  MMBench_DEV_CN_V11: [md5('593f9b5f6bea453d870a798b34ae4f37')],
  MMBench_TEST_EN_V11: [
    md5('8d1a704e791df6f5d9fb3ef782b65365'),
    md5('26f0f15381a21720255091d3e0316ce6', 'before 2026-06-18'),
  ],
  MMBench_TEST_CN_V11: [
    md5('156e6569f9547afb16603eca16e85373'),
    md5('74bbe4556dac745613c7cbe5ad787050', 'before 2026-06-18'),
  ],
  MMBench_V11: [md5('b9276414f57af1308dcc4d0cd9b42e7c')],
  MMBench_CN_V11: [md5('95f6980dd1b4de38e3cbffe0305a3f25')],
};

function titleOf(file: string): string {
  const part = file.includes('_DEV') ? 'dev' : file.includes('_TEST') ? 'test' : 'dev and test';
  return `MMBench ${file.endsWith('V11') ? 'v1.1' : 'v1.0'}, ${part}, ${file.includes('CN') ? 'Chinese' : 'English'}`;
}

export const benchmarks: readonly Benchmark[] = [
  ...Object.entries(files).map(([file, hashes]) => ({
    ...common,
    name: file.toLowerCase(),
    title: titleOf(file),
    language: file.includes('CN') ? ('cn' as const) : ('en' as const),
    files: [{ name: `${file}.tsv`, url: `${PLACE}/benchmarks/MMBench/${file}.tsv`, hashes }],
  })),
  {
    ...common,
    name: 'ccbench',
    title: 'CCBench, Chinese culture',
    language: 'cn',
    files: [
      {
        name: 'CCBench.tsv',
        url: `${PLACE}/VLMEval/CCBench.tsv`,
        hashes: [md5('f5dde47f24dc5a6fb6e595b409b466ac'), md5('1de88b4257e7eee3f60b18d45eda6f07', 'of 2024')],
      },
    ],
  },
];
