import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Admission } from '../engine/admission';
import type { Engine } from '../engine/engine';
import { EventQueue } from '../engine/event-queue';
import type { JobEvent, JobToken } from '../engine/job';
import type { Metrics } from '../metrics';
import { ApiError } from './api-error';
import { chunk, completion, likelihoods, usage, usageChunk, type AnswerHead } from './completion';
import { prepareJob, type PreparedJob, type Preparing } from './prepare-job';
import { readChatRequest } from './read-request';
import { logError } from './refusals';
import type { ChatRequest } from './request-schema';

export interface ChatContext extends Preparing {
  engine: Engine;
  admission: Admission;
  metrics: Metrics;
}

/** A request under way. */
interface Asked {
  request: ChatRequest;
  job: PreparedJob;
  head: AnswerHead;
  events: AsyncIterable<JobEvent>;
  reply: FastifyReply;
  began: number;
}

/** POST /v1/chat/completions, whole or as a stream of server-sent events. */
export function chatRoute(app: FastifyInstance, context: ChatContext): void {
  const { metrics, admission } = context;
  const count = (body: unknown, status: number): void => {
    const named = (body as Partial<ChatRequest> | null | undefined)?.model;
    const model = context.served.models.some(({ id }) => id === named) ? named! : 'unknown';
    metrics.requests.inc({ model, status: String(status) });
  };
  const onError = async ({ body }: FastifyRequest, _: FastifyReply, error: Error): Promise<void> =>
    count(body, error instanceof ApiError ? error.status : ((error as FastifyError).statusCode ?? 500));
  app.post('/v1/chat/completions', { onError }, async (incoming, reply) => {
    const began = performance.now();
    const left = new AbortController();
    const leave = (): void => {
      if (!reply.raw.writableFinished) left.abort();
    };
    reply.raw.on('close', leave);
    const request = readChatRequest(incoming.body, context.limits);
    const free = admission.enter();
    try {
      await answer(request, { incoming, reply, context, began, signal: left.signal });
      count(request, left.signal.aborted ? 499 : 200);
      return reply;
    } finally {
      free();
      metrics.whole.observe(seconds(began));
    }
  });
}

interface Asking {
  incoming: FastifyRequest;
  reply: FastifyReply;
  context: ChatContext;
  began: number;
  signal: AbortSignal;
}

async function answer(request: ChatRequest, { reply, context, began, signal }: Asking): Promise<void> {
  const job = await prepareJob(request, context, signal);
  if (signal.aborted) return;
  context.metrics.promptTokens.inc(job.promptTokens);
  const events = new EventQueue();
  signal.addEventListener('abort', () => events.close());
  context.engine.submit({ ...job, emit: events.push });
  const head = { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: request.model };
  const asked = { request, job, head, events, reply, began };
  if (request.stream === true) await streamed(asked, context);
  else await whole(asked, context);
}

async function whole(
  { request, job, head, events, reply, began }: Asked,
  { served, metrics }: ChatContext,
): Promise<void> {
  let [text, first] = ['', true];
  const tokens: JobToken[] = [];
  for await (const event of events) {
    if (event.kind === 'failed') throw event.error;
    if (first) metrics.firstToken.observe(seconds(began));
    first = false;
    if (event.kind === 'piece') {
      text += event.text;
      tokens.push(...event.tokens);
      continue;
    }
    const logprobs = request.logprobs === true ? likelihoods(served.tokenizer, tokens) : null;
    const told = { finish: event.finish, logprobs };
    await reply.send(completion(head, text, told, usage(job.promptTokens, event.newTokens)));
  }
}

async function streamed(
  { request, job, head, events, reply, began }: Asked,
  { served, metrics }: ChatContext,
): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  raw.on('error', () => undefined); // The client left; 'close' says so too.
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  });
  const send = (body: object): void => void raw.write(`data: ${JSON.stringify(body)}\n\n`);
  send(chunk(head, { role: 'assistant', content: '' }));
  let first = true;
  for await (const event of events) {
    if (event.kind === 'failed') {
      logError(event.error);
      send(new ApiError(500, 'the answer was broken off by an error of the server; its log has more').body());
      break;
    }
    if (first) metrics.firstToken.observe(seconds(began));
    first = false;
    if (event.kind === 'piece') {
      const logprobs = request.logprobs === true ? likelihoods(served.tokenizer, event.tokens) : null;
      send(chunk(head, { content: event.text }, { logprobs }));
      continue;
    }
    send(chunk(head, {}, { finish: event.finish }));
    if (request.stream_options?.include_usage === true)
      send(usageChunk(head, usage(job.promptTokens, event.newTokens)));
    raw.write('data: [DONE]\n\n');
  }
  if (raw.destroyed) return;
  // Of a client that leaves now there is a 'close', but no 'finish'.
  const gone = new Promise((resolve) => raw.once('close', resolve));
  await Promise.race([gone, new Promise<void>((resolve) => raw.end(resolve))]);
}

const seconds = (began: number): number => (performance.now() - began) / 1000;
