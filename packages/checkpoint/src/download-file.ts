import { fail, UserError } from '@moslora/specs';
import { downloadBlob, patience, type Patience } from './hub/download-blob';
import type { ContentHash } from './hub/content-hash';
import { asHubFailure, HubFailure } from './hub/hub-failure';

export interface DownloadFileOptions {
  url: string;
  /** Where the file is to be when it is whole. */
  target: string;
  /** Undefined: not checked. */
  hash: ContentHash | undefined;
  /** Who published the hash, for messages. */
  publisher: string;
  patience?: Partial<Patience>;
  signal?: AbortSignal | undefined;
  onProgress?(progress: { done: number; total: number }): void;
}

/**
 * Gets a file from an address: goes on from what is there of it, and checks its hash before it takes its name.
 * @returns its size in bytes
 * @throws UserError that says what is wrong
 */
export async function downloadFile(options: DownloadFileOptions): Promise<number> {
  const { url, target, hash, publisher, signal, onProgress } = options;
  try {
    const size = await sizeAt(url, signal);
    await downloadBlob(
      { size, hash },
      {
        ...{ target, where: url, publisher, signal, patience: { ...patience, ...options.patience } },
        open: (begin, each) => bytesFrom(url, begin, each),
        onProgress: (done) => onProgress?.({ done, total: size }),
      },
    );
    return size;
  } catch (error) {
    const failure = asHubFailure(error);
    if (failure instanceof UserError || !(failure instanceof HubFailure)) throw failure;
    return fail({
      what: failure.status === undefined ? 'The download did not come to an end' : 'The address does not give the file',
      where: url,
      got: failure.message,
      fix: `run the command again: it goes on where it stopped; or get the file otherwise and put it at ${target}`,
    });
  }
}

async function sizeAt(url: string, signal: AbortSignal | undefined): Promise<number> {
  const answer = await fetch(url, { method: 'HEAD', ...(signal && { signal }) });
  if (!answer.ok) throw new HubFailure('status', `status ${answer.status}`, answer.status);
  const size = Number(answer.headers.get('content-length') ?? NaN);
  if (!Number.isInteger(size)) throw new HubFailure('status', 'the server does not say how long the file is', 200);
  return size;
}

async function* bytesFrom(url: string, begin: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    const answer = await fetch(url, { signal, ...(begin > 0 ? { headers: { Range: `bytes=${begin}-` } } : {}) });
    if (!answer.ok) throw new HubFailure('status', `status ${answer.status}`, answer.status);
    if (begin > 0 && answer.status !== 206)
      throw new HubFailure('range ignored', 'the server sends the whole file where a part was asked for');
    if (answer.body) yield* answer.body as unknown as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw asHubFailure(error);
  }
}
