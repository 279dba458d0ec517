import type { FastifyInstance } from 'fastify';

/** GET /: the page to talk to the models. */
export async function pageRoute(_: FastifyInstance): Promise<void> {}
