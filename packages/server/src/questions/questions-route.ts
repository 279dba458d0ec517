import { countText, filterChoices, filtered, outcomes, questionLine, type Outcome } from '@moslora/page';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError } from '../api/api-error';
import type { AskedQuestions } from './asked-questions';

const MOST_LINES = 500;
const place = z.coerce.number().int().nonnegative();

/** What GET /questions takes: a filter, and which lines of what it leaves. */
const listSchema = z.strictObject({
  benchmark: z.string().default(''),
  ability: z.string().default(''),
  leaf: z.string().default(''),
  outcome: z.enum(Object.keys(outcomes) as [Outcome, ...Outcome[]]).default(''),
  run: place.default(0),
  text: z.string().max(1000).default(''),
  offset: place.default(0),
  limit: place.max(MOST_LINES).default(100),
});

/**
 * For the page: GET /questions/choices (what filters choose among), /questions (places and lines that a filter leaves), /questions/PLACE and
 * /questions/PLACE/picture.
 */
export function questionsRoute(app: FastifyInstance, { data, missing, asked, picture }: AskedQuestions): void {
  const choices = filterChoices(data);
  const places = new Map(data.questions.map((question, at) => [question, at]));
  // Where files lie is told in the log: who opens the page need not know.
  const withoutPictures = missing.map((why) => why !== undefined);
  app.get('/questions/choices', async () => ({ ...choices, withoutPictures }));
  app.get('/questions', async ({ query }) => {
    const parsed = listSchema.safeParse(query);
    if (!parsed.success) throw refused(parsed.error.issues[0]!);
    const { offset, limit, ...filter } = parsed.data;
    const left = filtered(data, filter);
    const lines = left.slice(offset, offset + limit);
    return {
      ...{ count: left.length, says: countText(left, data), offset },
      lines: lines.map((question) => ({ place: places.get(question)!, ...questionLine(question) })),
    };
  });
  app.get<{ Params: { place: string } }>('/questions/:place', async ({ params }) => {
    const at = found(params.place);
    return { question: data.questions[at], asked: data.runs.map((_, run) => asked(at, run)) };
  });
  app.get<{ Params: { place: string } }>('/questions/:place/picture', async ({ params }, reply) => {
    const shown = await picture(found(params.place));
    if (!shown) throw new ApiError(404, 'there is no picture of this question here', { code: 'not_found' });
    const headers = { 'x-content-type-options': 'nosniff', 'cache-control': 'private, max-age=3600' };
    return reply.headers(headers).type(shown.type).send(Buffer.from(shown.bytes));
  });

  function found(text: string): number {
    const at = /^\d{1,9}$/.test(text) ? Number(text) : -1;
    if (data.questions[at] === undefined)
      throw new ApiError(
        404,
        `there is no question ${text.slice(0, 20)}: they go from 0 to ${data.questions.length - 1}`,
        {
          code: 'not_found',
        },
      );
    return at;
  }
}

function refused({ path, message, ...issue }: z.core.$ZodIssue): ApiError {
  const name = issue.code === 'unrecognized_keys' ? 'the address' : path.join('.');
  return new ApiError(400, `${name}: ${message}; parameters are ${Object.keys(listSchema.shape).join(', ')}`, {
    param: path.join('.'),
  });
}
