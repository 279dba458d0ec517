import { isIP } from 'node:net';
import { ApiError } from '../api/api-error';

const names = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether an address is reached from this machine alone. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/**
 * Refuses requests that name this machine otherwise: a page elsewhere whose name was made to lead here (DNS rebinding) would else be taken
 * for the server's own.
 * @throws ApiError 403
 */
export function checkOwnName(host: string | undefined): void {
  const name = (host ?? '').replace(/:\d+$/, '');
  if (names.has(name) || /^127\.[\d.]+$/.test(name)) return;
  throw new ApiError(
    403,
    `this server answers at localhost, not at ${name.slice(0, 60) || 'no name'}; with an API key it does at any name`,
    {
      code: 'wrong_host',
    },
  );
}
