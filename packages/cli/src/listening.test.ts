import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { cannotListen, type Listening } from './listening';

/** Listens there and gives up. */
const listen = ({ port, host }: Listening): Promise<number> =>
  new Promise<number>((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, host, () => {
      const { port: own } = server.address() as AddressInfo;
      server.close(() => resolve(own));
    });
  }).catch((error: unknown) => cannotListen(error, { port, host }));

describe('a place that cannot be listened at', () => {
  it('is said to be taken, or another machine’s', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    await expect(listen({ port, host: '127.0.0.1' })).rejects.toThrow(/port is taken[^]*--port[^]*use --port 0/);
    other.close();
    await expect(listen({ port: 0, host: '192.0.2.1' })).rejects.toThrow(/does not have this address[^]*192\.0\.2\.1/);
    expect(await listen({ port: 0, host: '127.0.0.1' })).toBeGreaterThan(0);
    expect(() => cannotListen(new Error('else'), { port: 1, host: 'a' })).toThrow('else');
  });
});
