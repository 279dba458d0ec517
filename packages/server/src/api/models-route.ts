import type { FastifyInstance } from 'fastify';
import type { Served, ServedModel } from '../served';
import { modelNamed } from './prepare-job';

/** GET /v1/models, and one of them by its name. */
export function modelsRoute(app: FastifyInstance, served: Served): void {
  const created = Math.floor(Date.now() / 1000);
  const told = ({ id }: ServedModel): object => ({ id, object: 'model', created, owned_by: 'moslora' });
  app.get('/v1/models', async () => ({ object: 'list', data: served.models.map(told) }));
  app.get<{ Params: { '*': string } }>('/v1/models/*', async ({ params }) => told(modelNamed(served, params['*'])));
}
