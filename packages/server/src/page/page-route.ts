import { join } from 'node:path';
import { htmlPage, jsonInScript } from '@moslora/page';
import { bundledScript, contentPolicy } from '@moslora/page/bundle';
import type { FastifyInstance } from 'fastify';
import { style } from './style';

/** What the page is told about the server. */
export interface PageFacts {
  /** There are questions of finished runs. */
  questions: boolean;
  /** Most tokens that an answer may be asked to have. */
  mostTokens: number;
}

/** GET /: the page to talk to the models, one document that asks nobody else for anything. */
export async function pageRoute(app: FastifyInstance, facts: PageFacts): Promise<void> {
  const parts = {
    title: 'moslora',
    style,
    body: `<noscript>This page needs scripts.</noscript>${jsonInScript('facts', facts)}`,
    script: await bundledScript(join(import.meta.dirname, 'client/main.ts')),
  };
  const page = htmlPage(parts);
  const headers = { ...contentPolicy(parts), 'cache-control': 'no-cache' };
  app.get('/', async (_, reply) => reply.headers(headers).type('text/html; charset=utf-8').send(page));
}
