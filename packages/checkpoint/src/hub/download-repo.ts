import { isAbsolute, join, normalize } from 'node:path';
import { fail } from '@moslora/specs';
import type { ListFileEntry } from '@huggingface/hub';
import { CachedRepo } from './cached-repo';
import { chooseFiles, type FileChoice } from './choose-files';
import { downloadBlob, patience, type HubFile, type Patience } from './download-blob';
import { asHubFailure, HubFailure, hubProblem } from './hub-failure';
import { hubFetch } from './hub-fetch';
import { hubSettings, type HubSettings } from './hub-settings';
import { cachedSnapshot } from './cached-snapshot';
import { checkRepoName, checkRevision } from './repo-name';

export interface DownloadOptions extends Partial<FileChoice> {
  /** Branch, tag or commit; default main. */
  revision?: string | undefined;
  /** Default: from the environment. */
  settings?: HubSettings;
  patience?: Partial<Patience>;
  /** Files got at the same time; default 4. */
  atOnce?: number;
  signal?: AbortSignal | undefined;
  onProgress?(progress: { done: number; total: number }): void;
  /** Told what is worth knowing. */
  log?(line: string): void;
}

export interface DownloadedRepo {
  repo: string;
  revision: string;
  commit: string;
  /** The snapshot: a folder with the repository's files. */
  folder: string;
  files: number;
  bytes: number;
  /** Of these, how many came over the network now. */
  fetched: number;
}

/**
 * Gets a model's files from the hub into Hugging Face's cache, those that are not there yet, and gives the folder they lie in. Files
 * that were begun are continued; each is checked against the hash that the hub gives for it. Without network, or with
 * HF_HUB_OFFLINE, what is in the cache has to do.
 * @throws UserError that says what is wrong, and how to place files by hand
 */
export async function downloadRepo(repo: string, options: DownloadOptions = {}): Promise<DownloadedRepo> {
  const settings = options.settings ?? hubSettings();
  const { endpoint, offline, cacheDir } = settings;
  const name = checkRepoName(repo, endpoint);
  const revision = checkRevision(options.revision ?? 'main');
  const cached = new CachedRepo(cacheDir, name);
  if (offline) return cachedSnapshot(cached, name, revision, 'HF_HUB_OFFLINE is set');
  try {
    return await fetchRepo(cached, name, revision, { ...options, settings });
  } catch (error) {
    const failure = asHubFailure(error);
    if (!(failure instanceof HubFailure)) throw failure;
    const commit = cached.commitOf(revision);
    if (failure.kind === 'unreachable' && commit !== undefined && cached.hasSnapshot(commit)) {
      options.log?.(`the hub cannot be reached (${failure.message}): taking what is in the cache`);
      return cachedSnapshot(cached, name, revision, 'the hub cannot be reached');
    }
    return fail(hubProblem(failure, settings, { name, revision }));
  }
}

async function fetchRepo(
  cached: CachedRepo,
  name: string,
  revision: string,
  options: DownloadOptions & { settings: HubSettings },
): Promise<DownloadedRepo> {
  const { settings, signal, include = [], exclude = [] } = options;
  const { listFiles, modelInfo } = await import('@huggingface/hub');
  const asking = { hubUrl: settings.endpoint, fetch: hubFetch(settings, signal) };
  const { sha: commit } = await modelInfo({ ...asking, name, revision, additionalFields: ['sha'] });
  const listed: HubFile[] = [];
  for await (const entry of listFiles({ ...asking, repo: name, revision: commit, recursive: true })) {
    if (entry.type === 'file') listed.push(checkedFile(entry, `${settings.endpoint}/${name}`));
  }
  const files = chooseFiles(listed, { include, exclude });
  if (files.length === 0) {
    fail({
      what: 'No file of the repository is wanted',
      where: `${settings.endpoint}/${name}`,
      got:
        listed
          .map(({ path }) => path)
          .slice(0, 12)
          .join(', ') || 'an empty repository',
      fix: 'check --include and --exclude',
    });
  }
  const fetched = await fetchFiles(files, cached, name, commit, options);
  cached.remember(revision, commit);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return { repo: name, revision, commit, folder: cached.snapshot(commit), files: files.length, bytes, fetched };
}

/** Gets what is missing, some files at a time, and links all into the snapshot. @returns bytes that came over the network */
async function fetchFiles(
  files: readonly HubFile[],
  cached: CachedRepo,
  name: string,
  commit: string,
  { settings, patience: patient, atOnce = 4, signal, onProgress }: DownloadOptions & { settings: HubSettings },
): Promise<number> {
  // Files of the same contents are one blob, which is got once.
  const blobs = [...new Map([...files].reverse().map((file) => [file.hash.digest, file])).values()];
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  const begun = new Map<string, number>();
  const there = new Map<string, number>();
  const note = ({ hash }: HubFile, bytes: number): void => {
    if (!begun.has(hash.digest)) begun.set(hash.digest, bytes);
    there.set(hash.digest, bytes);
    onProgress?.({ done: [...there.values()].reduce((sum, each) => sum + each, 0), total });
  };
  const stop = new AbortController();
  const together = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const queue = [...blobs].sort((a, b) => b.size - a.size);
  const work = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined && !together.aborted; file = queue.shift()) {
      const current = file;
      if (!cached.has(current.hash.digest, current.size)) {
        await downloadBlob(current, {
          target: cached.blob(current.hash.digest),
          open: (begin, each) => stream(current, begin, { settings, name, commit, signal: each }),
          patience: { ...patience, ...patient },
          signal: together,
          onProgress: (bytes) => note(current, bytes),
          where: `${settings.endpoint}/${name}, ${current.path}`,
        });
      }
      note(current, current.size);
    }
  };
  const workers = Array.from({ length: Math.max(1, atOnce) }, () =>
    work().catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  // All have to come to rest before the caller hears of an error: they write to the same folder.
  await Promise.allSettled(workers);
  signal?.throwIfAborted();
  await Promise.all(workers);
  for (const { path, hash } of files) cached.link(commit, path, hash.digest);
  return blobs.reduce((sum, { size, hash }) => sum + size - (begun.get(hash.digest) ?? 0), 0);
}

/** A file's bytes from `begin` on. */
async function* stream(
  { path, size }: HubFile,
  begin: number,
  { settings, name, commit, signal }: { settings: HubSettings; name: string; commit: string; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const { downloadFile } = await import('@huggingface/hub');
  const ask = hubFetch(settings, signal);
  let refusal: HubFailure | undefined;
  const watched: typeof fetch = async (input, init) => {
    const answer = await ask(input, init);
    const wanted = new Headers(init?.headers).get('Range');
    if (wanted !== null && !wanted.startsWith('bytes=0-') && answer.status === 200)
      refusal = new HubFailure('range ignored', 'the server sends the whole file where a part was asked for');
    else if (!answer.ok) refusal = new HubFailure('status', `status ${answer.status} for ${path}`, answer.status);
    if (refusal) throw refusal;
    return answer;
  };
  try {
    const blob = await downloadFile({
      ...{ repo: name, path, revision: commit, hubUrl: settings.endpoint, fetch: watched, xet: false },
    });
    if (!blob) throw new HubFailure('status', `status 404 for ${path}`, 404);
    if (blob.size !== size) {
      fail({
        what: 'A file has another size than the hub lists for it',
        where: `${settings.endpoint}/${name}, ${path}`,
        got: `${blob.size} bytes`,
        expected: `${size} bytes`,
        fix: 'the mirror is out of step with its listing: try again later, or use another HF_ENDPOINT',
      });
    }
    yield* blob.slice(begin, size).stream() as unknown as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw refusal ?? asHubFailure(error);
  }
}

/** A listed file with its hash; refuses what would lie outside the folder, or has no hash to check. */
function checkedFile({ path, size, oid, lfs }: ListFileEntry, where: string): HubFile {
  const outside = isAbsolute(path) || path.includes('\\') || normalize(join('x', path)) !== join('x', path);
  if (outside || path.split('/').some((part) => part === '..' || part === '' || part.includes('\0')))
    fail({ what: 'The repository lists a file outside its folder', where, got: JSON.stringify(path) });
  if (lfs && /^[0-9a-f]{64}$/.test(lfs.oid)) return { path, size: lfs.size, hash: { kind: 'sha256', digest: lfs.oid } };
  if (!lfs && oid !== undefined && /^[0-9a-f]{40}$/.test(oid))
    return { path, size, hash: { kind: 'git', digest: oid } };
  return fail({ what: 'The hub gives no hash of a file', where: `${where}, ${path}`, got: lfs?.oid ?? oid ?? 'none' });
}
