import type { FastifyError, FastifyInstance } from 'fastify';
import { ApiError } from './api-error';

/** What fastify itself refuses, in the words of this server. */
const KNOWN: Readonly<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'the body is larger than this server takes',
  FST_ERR_CTP_INVALID_JSON_BODY: 'the body is not valid JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'the body is empty: send a JSON object',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'send the body as application/json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'the body is not as long as its content-length says',
};

const METHODS = ['GET', 'HEAD', 'POST'] as const;

/** Every refusal in OpenAI's shape; of an error of the server's own only that there was one. */
export function refusals(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError | ApiError, _, reply) => {
    const refusal = error instanceof ApiError ? error : refusalOf(error);
    if (refusal.status >= 500 && !(error instanceof ApiError)) logError(error);
    return reply.status(refusal.status).headers(refusal.headers).send(refusal.body());
  });
  app.setNotFoundHandler(({ method, url }) => {
    const path = url.split('?')[0]!;
    const allowed = METHODS.filter((each) => app.hasRoute({ method: each, url: path })).join(', ');
    if (allowed !== '')
      throw new ApiError(405, `${path} takes ${allowed}, not ${method}`, {
        code: 'method_not_allowed',
        headers: { allow: allowed },
      });
    throw new ApiError(404, `nothing is served at ${method} ${path.slice(0, 100)}`, { code: 'not_found' });
  });
}

/** An error of the server's own goes to its log; clients hear only that there was one. */
export function logError(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}

function refusalOf(error: FastifyError): ApiError {
  const status = error.statusCode ?? 500;
  if (status >= 500) return new ApiError(500, 'an error of the server; its log has more');
  return new ApiError(status, KNOWN[error.code] ?? `this request cannot be read: ${error.message}`);
}
