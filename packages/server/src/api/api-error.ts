import { formatProblem, type UserError } from '@moslora/specs';

/** The body of every refusal, as OpenAI's API has it. */
export interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string | null };
}

interface About {
  /** The parameter that is wrong, such as `messages.0.content`. */
  param?: string | undefined;
  code?: string | undefined;
  headers?: Readonly<Record<string, string>>;
}

/** A refusal with its HTTP status. */
export class ApiError extends Error {
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly status: number,
    message: string,
    private readonly about: About = {},
  ) {
    super(message);
    this.headers = about.headers ?? {};
  }

  body(): ErrorBody {
    const { param = null, code = null } = this.about;
    return { error: { message: this.message, type: typeOf(this.status), param, code } };
  }
}

/** A mistake of the client's, told as the rest of the project tells it, but for what somebody at this machine would do about it. */
export function badRequest(error: UserError, param: string): ApiError {
  return new ApiError(400, error.problems.map(({ fix: _, ...problem }) => formatProblem(problem)).join('\n'), {
    param,
  });
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}
