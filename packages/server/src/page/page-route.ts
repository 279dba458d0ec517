import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { FastifyInstance } from 'fastify';
import { style } from './style';

/** GET /: the page to talk to the models, one document that asks nobody else for anything. */
export async function pageRoute(app: FastifyInstance): Promise<void> {
  const script = (await bundled()).replaceAll('</script', '<\\/script');
  const page =
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">' +
    `<title>moslora</title><link rel="icon" href="data:,"><style>${style}</style></head><body><noscript>This page needs scripts.</noscript>` +
    `<script type="module">${script}</script></body></html>\n`;
  const headers = {
    'content-security-policy':
      `default-src 'none'; connect-src 'self'; img-src data: blob:; script-src ${hash(script)}; style-src ${hash(style)}; ` +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  };
  app.get('/', async (_, reply) => reply.headers(headers).type('text/html; charset=utf-8').send(page));
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'client/main.ts')],
    ...{
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      target: 'es2022',
      charset: 'utf8',
      legalComments: 'none',
    },
  });
  return outputFiles[0]!.text;
}
