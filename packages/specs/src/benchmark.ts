/** How answers become a score; packages/evaluation/src/scorers has a folder for each. */
export const scorerNames = [
  'circular',
  'options',
  'mme',
  'pope',
  'vqa',
  'textvqa',
  'mathvista',
  'mm-vet',
  'first-match',
  'likelihood',
  'exact-match',
] as const;
export type ScorerName = (typeof scorerNames)[number];

/** A hash that was published for a file: MD5 of its bytes, or git's SHA-1 of it as a blob. */
export interface PublishedHash {
  kind: 'md5' | 'git';
  digest: string;
  /** What tells this version from the newest, which stands first. */
  version?: string;
}

/** A file of a benchmark as it was published. */
export interface BenchmarkFile {
  /** What it is called where it is looked for. */
  name: string;
  /** Where `download-benchmark` gets it; without one it is to be got by hand, as {@link Benchmark.source} says. */
  url?: string;
  hashes: readonly PublishedHash[];
}

/** One row of a benchmark as texts by column: index, question, hint, A to Z, answer, category, l2-category, split, picture, and any others. */
export type BenchmarkColumns = Readonly<Record<string, string>>;

/**
 * A benchmark: where its files are, how its rows are asked, what scores the answers. Packages under datasets/ export a list of them as
 * `benchmarks`; nothing else has to be edited for a new one.
 */
export interface Benchmark {
  /** As VLMEvalKit names it, in lower case: `mmbench_dev_en`. */
  name: string;
  title: string;
  language: 'en' | 'cn';
  /** Of the data. */
  licence: string;
  /** Where the data come from, for people. */
  source: string;
  /** The first holds the rows: a tab-separated table with VLMEvalKit's columns, or JSON. */
  files: readonly BenchmarkFile[];
  /**
   * Rows of JSON files, parsed, as columns. A column `picture` names a file relative to the first file's folder.
   * @throws UserError for contents of another shape; `paths` are the files' for its message
   */
  rows?(contents: readonly unknown[], paths: readonly string[]): BenchmarkColumns[];
  /** Columns that its rows must have beside `index` and `question`. */
  columns: readonly string[];
  /** `embedded`: base64 in the column `image`; `files`: the column `picture`; `none`: language only. */
  pictures: 'embedded' | 'files' | 'none';
  scorer: ScorerName;
  /**
   * `options`: the question with its options, worded by the prompt style; else the question with this text after it.
   */
  asked: 'options' | { after: string };
  /** Most new tokens of an answer, as the benchmark's users set it. */
  maxNewTokens: number;
}
