import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cannotListen } from '../listening';
import type { RunEvent } from './run-events';
import { RunFollower } from './run-follower';
import type { RunPlace } from './run-place';
import { watchPage } from './watch-page';

const host = '127.0.0.1';
/** Milliseconds between looks at the files. */
const pollEvery = 500;
/** Lines of a run in one message. */
const piece = 2000;

export interface WatchServer {
  url: string;
  close(): Promise<void>;
}

/** Serves the live page of runs on this machine alone. @param port 0 takes a free one. @throws UserError where the port is taken */
export async function startWatchServer(places: readonly RunPlace[], port: number): Promise<WatchServer> {
  const followers = places.map((place, i) => new RunFollower(place, i));
  for (const follower of followers) follower.poll();
  const page = await watchPage(places.map(({ label }) => label));
  const listeners = new Set<ServerResponse>();
  const tell = (event: RunEvent): void => {
    for (const listener of listeners) send(listener, event);
  };
  const timer = setInterval(() => {
    for (const follower of followers) {
      const event = follower.poll();
      if (event) tell(event);
    }
  }, pollEvery);
  const server = createServer((request, response) => {
    if (!isLocal(request)) return answer(response, 403, 'text/plain', 'this page is for this machine alone');
    if (request.method !== 'GET') return answer(response, 405, 'text/plain', 'only GET');
    const path = new URL(request.url ?? '/', `http://${host}`).pathname;
    if (path === '/') return answer(response, 200, 'text/html; charset=utf-8', page.html, page.headers);
    if (path === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.on('close', () => listeners.delete(response));
      for (const follower of followers) send(response, follower.whole());
      listeners.add(response);
      return undefined;
    }
    const [, run, name] = /^\/picture\/(\d)\/([\w.\/-]+)$/.exec(path) ?? [];
    const file = name === undefined ? undefined : followers[Number(run)]?.picture(name);
    if (file === undefined) return answer(response, 404, 'text/plain', 'nothing here');
    response.writeHead(200, { 'content-type': 'image/webp', 'cache-control': 'max-age=3600' });
    return createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
  });
  await listen(server, port);
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}/`,
    async close() {
      clearInterval(timer);
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function send(response: ServerResponse, { metrics, validations, ...event }: RunEvent): void {
  const count = Math.max(1, Math.ceil(metrics.length / piece));
  for (let i = 0; i < count; i++) {
    const part = { metrics: metrics.slice(i * piece, (i + 1) * piece), validations: i === 0 ? validations : [] };
    response.write(`data: ${JSON.stringify({ ...event, reset: event.reset && i === 0, ...part })}\n\n`);
  }
}

function answer(response: ServerResponse, code: number, type: string, body: string, headers: object = {}): void {
  response.writeHead(code, {
    ...{ 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    ...headers,
  });
  response.end(body);
}

/** Other pages in the browser could reach this server under a name of theirs; only this machine's names are answered. */
function isLocal({ headers }: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '');
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
    server.listen(port, host);
  }).catch((error: unknown) => cannotListen(error, { port, host }));
}
