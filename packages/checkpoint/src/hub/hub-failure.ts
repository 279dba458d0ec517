import { UserError, type Problem } from '@moslora/specs';
import type { HubSettings } from './hub-settings';

/** Why a request to the hub brought nothing: no connection, an answer with an error, a connection that ended, a server without ranges. */
export class HubFailure extends Error {
  constructor(
    readonly kind: 'unreachable' | 'status' | 'dropped' | 'range ignored',
    message: string,
    /** Of an answer. */
    readonly status?: number,
  ) {
    super(message);
    this.name = 'HubFailure';
  }
}

/** Whether trying again cannot help: the hub has answered, and did not say that it is busy or broken. */
export function isFinal(error: unknown): boolean {
  if (error instanceof UserError) return true;
  if (!(error instanceof HubFailure)) return isSystemError(error);
  return error.status !== undefined && error.status < 500 && error.status !== 429 && error.status !== 408;
}

/** Errors of the disk, not of the network. */
function isSystemError(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EPERM'].includes((error as NodeJS.ErrnoException)?.code ?? '');
}

/** A failed request as a HubFailure; what is thrown for other reasons stays as it is. */
export function asHubFailure(error: unknown): unknown {
  if (error instanceof HubFailure || error instanceof UserError || isSystemError(error)) return error;
  const { statusCode, message } = error as { statusCode?: unknown; message?: string };
  if (typeof statusCode === 'number') return new HubFailure('status', message ?? String(statusCode), statusCode);
  if (error instanceof TypeError && message === 'fetch failed') {
    const cause = error.cause as NodeJS.ErrnoException | undefined;
    const causes = (cause as AggregateError | undefined)?.errors as NodeJS.ErrnoException[] | undefined;
    return new HubFailure('unreachable', causes?.[0]?.message || cause?.message || 'the connection failed');
  }
  // A stream that broke off: undici says `terminated`, the library passes on the text alone.
  if (typeof error === 'string' || message === 'terminated') return new HubFailure('dropped', String(message ?? error));
  return error;
}

/** What to say about a failure: what is wrong, and how to come by the files without the hub. */
export function hubProblem(
  failure: HubFailure,
  { endpoint, token, cacheDir }: HubSettings,
  { name, revision, path }: { name: string; revision: string; path?: string },
): Problem {
  const where = `${endpoint}/${name}${path === undefined ? '' : `, ${path}`}`;
  const got = clean(failure.message, token);
  const access =
    token === undefined
      ? 'set HF_TOKEN to a token of an account that may read it'
      : 'check that the account of HF_TOKEN may read it';
  switch (failure.status) {
    case 401:
    case 403:
      return {
        what: 'The hub does not let this model be read: it is gated or private, or there is none of this name',
        where,
        got,
        fix: `check the name; accept the model's terms at ${endpoint}/${name}, and ${access}`,
      };
    case 404:
      return {
        what: `The hub has no such model, revision or file`,
        where: `${where}, revision ${revision}`,
        got,
        fix: `check the name and the revision; for a private model ${access}`,
      };
    case undefined: {
      const folder = ['models', ...name.split('/')].join('--');
      return {
        what: failure.kind === 'unreachable' ? 'The hub cannot be reached' : 'The download broke off again and again',
        where,
        got,
        fix:
          'run the command again once there is a network: it goes on where it stopped (HF_ENDPOINT names a mirror). ' +
          `Or place the files by hand: on another machine with git-lfs, \`git clone ${endpoint}/${name}\`, then copy config.json, ` +
          'the tokenizer files and *.safetensors into a folder here and name that folder wherever a model is asked for; ' +
          `or copy the folder ${folder} of its cache into ${cacheDir} and set HF_HUB_OFFLINE=1`,
      };
    }
    default:
      return { what: 'The hub answers with an error', where, got, fix: 'try again later' };
  }
}

/** A message that surely holds no token. */
function clean(text: string, token: string | undefined): string {
  return token === undefined ? text : text.replaceAll(token, '…');
}
