import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { downloadFile, fileDigest, hashNames } from '@moslora/checkpoint';
import { fail, listNames, type Benchmark, type BenchmarkFile } from '@moslora/specs';

export interface FetchOptions {
  /** Take files of another hash than the published one, too. */
  any: boolean;
  signal?: AbortSignal;
  onProgress?(progress: { done: number; total: number }): void;
}

/** A file that is there now. */
export interface FetchedFile {
  path: string;
  bytes: number;
  /** It came over the network just now. */
  fetched: boolean;
}

/**
 * Gets a benchmark's files into a folder; what is there with a published hash stays.
 * @throws UserError for a benchmark without addresses, a file of another hash, or a download that fails
 */
export async function fetchBenchmark(
  benchmark: Benchmark,
  folder: string,
  options: FetchOptions,
): Promise<FetchedFile[]> {
  const { name, files, source } = benchmark;
  const byHand = files.filter(({ url }) => url === undefined);
  if (byHand.length > 0) {
    fail({
      what: `the files of \`${name}\` are to be got by hand`,
      where: folder,
      got: `no address for ${listNames(byHand.map((file) => file.name))}`,
      fix: source,
    });
  }
  const there: FetchedFile[] = [];
  for (const file of files) there.push(await fetchFile(file, join(folder, file.name), options));
  return there;
}

async function fetchFile(
  file: BenchmarkFile,
  path: string,
  { any, signal, onProgress }: FetchOptions,
): Promise<FetchedFile> {
  const [newest] = file.hashes;
  if (existsSync(path)) {
    if (any || !newest || (await isPublished(file, path))) return { path, bytes: statSync(path).size, fetched: false };
    fail({
      what: 'another file of this name is there already',
      where: path,
      got: `${await fileDigest(path, newest.kind)} (${hashNames[newest.kind]})`,
      expected: listNames(file.hashes.map(({ digest, version }) => `${digest}${version ? ` (${version})` : ''}`)),
      fix: 'move it away, or give --any to keep it',
    });
  }
  const bytes = await downloadFile({
    ...{ url: file.url!, target: path, publisher: 'VLMEvalKit', hash: any ? undefined : newest, signal },
    ...(onProgress && { onProgress }),
  });
  return { path, bytes, fetched: true };
}

async function isPublished({ hashes }: BenchmarkFile, path: string): Promise<boolean> {
  for (const { kind, digest } of hashes) if ((await fileDigest(path, kind)) === digest) return true;
  return false;
}
