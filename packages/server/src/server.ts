import Fastify, { type FastifyInstance } from 'fastify';
import { ApiError } from './api/api-error';
import { chatRoute } from './api/chat-route';
import { modelsRoute } from './api/models-route';
import { refusals } from './api/refusals';
import { Admission } from './engine/admission';
import { Engine } from './engine/engine';
import { limitsSchema, type Limits } from './limits';
import { Metrics } from './metrics';
import { pageRoute } from './page/page-route';
import { AllowedPlaces } from './pictures/allowed-places';
import { PictureEyes } from './pictures/picture-eyes';
import type { ApiKeys } from './safety/api-keys';
import { checkOwnName, isLoopback } from './safety/own-names';
import type { AskedQuestions } from './questions/asked-questions';
import { questionsRoute } from './questions/questions-route';
import type { Served } from './served';

export interface ServerOptions {
  limits?: Partial<Limits>;
  /** Without keys everyone who reaches the port may ask. */
  keys?: ApiKeys | undefined;
  /** Where pictures may come from, beside requests; nowhere by default. */
  places?: AllowedPlaces;
  /** What finished evaluation runs answered, for the page to show. */
  questions?: AskedQuestions | undefined;
  /** A line about every request; never a header or a body. */
  log?(line: string): void;
}

/** Most of a request's time to come in; one that dawdles is cut off. */
const REQUEST_MS = 60_000;
/** For refusals that are on their way when connections are closed. */
const GRACE_MS = 50;
/** Open to everyone: whether the server lives, and the page, which asks for a key itself. */
const OPEN = new Set(['/healthz', '/']);

/** An OpenAI-compatible server over models in memory. */
export class ModelServer {
  private draining = false;
  /** Only this machine reaches it, and nobody has to show a key. */
  private homely = false;

  private constructor(
    private readonly app: FastifyInstance,
    private readonly engine: Engine,
    private readonly admission: Admission,
    private readonly eyes: PictureEyes | undefined,
    private readonly keyed: boolean,
  ) {}

  static async create(served: Served, options: ServerOptions = {}): Promise<ModelServer> {
    const limits = limitsSchema.parse(options.limits ?? {});
    const { keys, places = new AllowedPlaces([]), log } = options;
    const app = Fastify({
      logger: false,
      bodyLimit: limits.bodyBytes,
      requestTimeout: REQUEST_MS,
      forceCloseConnections: true,
    });
    app.removeContentTypeParser('text/plain');
    refusals(app);
    const eyes = served.eyes && new PictureEyes(served.eyes, limits);
    const admission = new Admission(limits.running, limits.waiting);
    let metrics: Metrics | undefined;
    const engine = new Engine(served, {
      running: limits.running,
      onTokens: (tokens) => metrics?.newTokens.inc(tokens),
    });
    metrics = new Metrics({
      moslora_running: { help: 'requests being answered', value: () => engine.runningCount },
      moslora_waiting: { help: 'requests that wait for a place', value: () => engine.waitingCount },
      moslora_picture_cache_bytes: { help: 'features of pictures kept', value: () => eyes?.cache.bytes ?? 0 },
      moslora_picture_cache_hits: { help: 'pictures that were known', value: () => eyes?.cache.hits ?? 0 },
      moslora_picture_cache_misses: { help: 'pictures that had to be seen', value: () => eyes?.cache.misses ?? 0 },
    });
    const server = new ModelServer(app, engine, admission, eyes, keys !== undefined);
    app.addHook('onRequest', async (request) => {
      const path = request.url.split('?')[0]!;
      if (server.homely) checkOwnName(request.headers.host);
      if (!OPEN.has(path)) keys?.check(request.headers.authorization);
      if (server.draining && path.startsWith('/v1/'))
        throw new ApiError(503, 'the server is shutting down', {
          headers: { connection: 'close', 'retry-after': '5' },
        });
    });
    if (log)
      app.addHook('onResponse', async ({ method, url }, { statusCode, elapsedTime }) =>
        log(`${method} ${url.split('?')[0]!.slice(0, 100)} ${statusCode} ${elapsedTime.toFixed(0)} ms`),
      );
    modelsRoute(app, served);
    app.get('/healthz', async (_, reply) =>
      reply.status(server.draining ? 503 : 200).send({ status: server.draining ? 'draining' : 'ok' }),
    );
    app.get('/metrics', async (_, reply) =>
      reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
    );
    chatRoute(app, { served, eyes, places, limits, engine, admission, metrics });
    if (options.questions) questionsRoute(app, options.questions);
    await pageRoute(app, { questions: options.questions !== undefined, mostTokens: limits.newTokens });
    return server;
  }

  /** Starts to listen. @returns the address, such as http://127.0.0.1:8000 */
  async listen({ port, host }: { port: number; host: string }): Promise<string> {
    this.homely = !this.keyed && isLoopback(host);
    return this.app.listen({ port, host });
  }

  /** Refuses what is new, waits until all that runs is answered, and closes. */
  async drain(): Promise<void> {
    this.draining = true;
    while (this.admission.count > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await this.engine.idle();
    await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
    await this.app.close();
    await this.eyes?.close();
  }
}
