import { join } from 'node:path';
import { htmlPage } from '@moslora/page';
import { bundledScript, contentPolicy } from '@moslora/page/bundle';
import type { FastifyInstance } from 'fastify';
import { style } from './style';

/** GET /: the page to talk to the models, one document that asks nobody else for anything. */
export async function pageRoute(app: FastifyInstance): Promise<void> {
  const parts = {
    title: 'moslora',
    style,
    body: '<noscript>This page needs scripts.</noscript>',
    script: await bundledScript(join(import.meta.dirname, 'client/main.ts')),
  };
  const page = htmlPage(parts);
  const headers = { ...contentPolicy(parts), 'cache-control': 'no-cache' };
  app.get('/', async (_, reply) => reply.headers(headers).type('text/html; charset=utf-8').send(page));
}
