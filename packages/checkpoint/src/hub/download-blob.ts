import { closeSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fail } from '@moslora/specs';
import { writeAll } from '../atomic-file';
import { syncFolder } from '../sync-folder';
import { fileDigest, hashNames, type ContentHash } from './content-hash';
import { HubFailure, isFinal } from './hub-failure';

/** A file of a repository. */
export interface HubFile {
  path: string;
  /** In bytes. */
  size: number;
  hash: ContentHash;
}

/** How patient a download is. */
export interface Patience {
  /** Attempts in a row that bring nothing, after which it gives up. */
  attempts: number;
  /** Seconds before the second attempt; doubled for each further one. */
  pause: number;
  /** Seconds without a byte after which a connection counts as dead. */
  stall: number;
}

export const patience: Patience = { attempts: 5, pause: 1, stall: 60 };

/** What is known of a file before it is here. */
export interface Blob {
  size: number;
  /** Undefined where none was published: then it is not checked. */
  hash: ContentHash | undefined;
}

export interface BlobOptions {
  /** Where the file is to be when it is whole; what is there of it lies beside, as `.incomplete`. */
  target: string;
  /** The file's bytes from one on, as they come. Rejects with a {@link HubFailure}. */
  open(begin: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
  patience: Patience;
  signal?: AbortSignal | undefined;
  /** Called with the bytes that are there. */
  onProgress(bytes: number): void;
  /** For messages: what the file was got from. */
  where: string;
  /** For messages: who says what its hash is; the hub. */
  publisher?: string;
}

/**
 * Gets a file to disk: goes on from what is there of it, also after a connection was dropped, and checks its hash before it takes its name.
 * Contents with another hash are dropped and, if they were continued from an earlier attempt, got once more from the start.
 * @throws UserError for another hash; HubFailure
 */
export async function downloadBlob(file: Blob, options: BlobOptions): Promise<void> {
  const { target, where, onProgress } = options;
  const incomplete = `${target}.incomplete`;
  mkdirSync(dirname(target), { recursive: true });
  let continued = sizeOf(incomplete) > 0;
  for (;;) {
    await fetchRest(file, incomplete, options);
    if (!file.hash) break;
    const digest = await fileDigest(incomplete, file.hash.kind);
    if (digest === file.hash.digest) break;
    rmSync(incomplete);
    onProgress(0);
    if (!continued) {
      fail({
        what: `A downloaded file does not have the hash that ${options.publisher ?? 'the hub'} gives for it`,
        where,
        got: digest,
        expected: `${file.hash.digest} (${hashNames[file.hash.kind]})`,
        fix: 'run the command again; if it fails again, the mirror or a proxy changes files on their way',
      });
    }
    continued = false;
  }
  renameSync(incomplete, target);
  syncFolder(dirname(target));
}

async function fetchRest({ size }: Blob, incomplete: string, options: BlobOptions): Promise<void> {
  const { attempts, pause } = options.patience;
  let have = sizeOf(incomplete);
  if (have > size) rmSync(incomplete);
  let failures = 0;
  for (;;) {
    have = sizeOf(incomplete);
    options.onProgress(have);
    if (have === size && (size > 0 || touch(incomplete))) return;
    options.signal?.throwIfAborted();
    try {
      await append(incomplete, have, size, options);
    } catch (error) {
      if (options.signal?.aborted || isFinal(error)) throw error;
      if (error instanceof HubFailure && error.kind === 'range ignored') {
        rmSync(incomplete, { force: true });
        if (have === 0) throw error;
        continue;
      }
      failures = sizeOf(incomplete) > have ? 1 : failures + 1;
      if (failures >= attempts) throw error;
      await delay(1000 * pause * 2 ** (failures - 1), undefined, options.signal && { signal: options.signal });
    }
  }
}

/** Adds what comes to the file; throws when the connection drops, ends too early, or brings nothing for a while. */
async function append(incomplete: string, have: number, size: number, options: BlobOptions): Promise<void> {
  const { patience: patient, signal, onProgress } = options;
  const attempt = new AbortController();
  const stop = (): void => attempt.abort(signal?.reason);
  signal?.addEventListener('abort', stop);
  const stalled = (): void => attempt.abort(new HubFailure('dropped', `nothing came for ${patient.stall} s`));
  let timer = setTimeout(stalled, 1000 * patient.stall);
  const fd = openSync(incomplete, 'a');
  let done = have;
  try {
    for await (const chunk of options.open(have, attempt.signal)) {
      clearTimeout(timer);
      timer = setTimeout(stalled, 1000 * patient.stall);
      if (done + chunk.length > size) throw new HubFailure('range ignored', 'more bytes came than the file has');
      writeAll(fd, chunk);
      done += chunk.length;
      onProgress(done);
    }
    if (done < size) throw new HubFailure('dropped', `the connection ended after ${done} of ${size} bytes`);
  } catch (error) {
    throw attempt.signal.aborted ? attempt.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
    closeSync(fd);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Makes an empty file. @returns true */
function touch(path: string): true {
  closeSync(openSync(path, 'a'));
  return true;
}
