import { InvalidArgumentError } from 'commander';
import { fail } from '@moslora/specs';

/** A port of the command line; 0: any free one. */
export function portFrom(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port < 65_536) return port;
  throw new InvalidArgumentError('Expected a port from 0 to 65535.');
}

/** Where a server was told to listen. */
export interface Listening {
  port: number;
  host: string;
}

/** Says why a server cannot listen. @throws UserError where another port or address helps, else the error itself */
export function cannotListen(error: unknown, { port, host }: Listening): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE' || code === 'EACCES') {
    const what = code === 'EACCES' ? 'this port may not be used' : 'this port is taken';
    return fail({ what, where: '--port', got: String(port), expected: 'a free port', fix: 'use --port 0' });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return fail({
      what: 'this machine does not have this address',
      where: '--host',
      got: host,
      expected: '127.0.0.1, 0.0.0.0 for all, or one of its own',
    });
  throw error;
}
