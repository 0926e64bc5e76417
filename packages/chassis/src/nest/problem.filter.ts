import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Inject } from '@nestjs/common';
import type { Problem } from '@reveille/contracts/http/problem';
import type { Logger } from '../logger.js';
import { problemOf, problemOfError } from '../problem.js';

export const LOGGER = Symbol('logger');

interface Answer {
  readonly headersSent: boolean;
  status(code: number): Answer;
  setHeader(name: string, value: string): void;
  type(contentType: string): Answer;
  send(body: string): void;
}
const firstServerFault = 500;
const unavailable = 503;

/** Every error of a controller as a problem document; bugs are logged whole and told as nothing. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const answer = host.switchToHttp().getResponse<Answer>();
    if (answer.headersSent) return;
    const problem = problemFor(error);
    if (problem.status >= firstServerFault && problem.status !== unavailable)
      this.logger.error('a request failed', { error });
    const { retryAfterMs } = problem;
    if (retryAfterMs !== null && retryAfterMs !== undefined)
      answer.setHeader('retry-after', String(Math.ceil(retryAfterMs / 1000)));
    answer.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }
}

/** Errors of the framework and its body parser carry a status of their own: not JSON, too large, no such path. */
function problemFor(error: unknown): Problem {
  const status = statusOf(error);
  if (status === null || status >= firstServerFault) return problemOfError(error);
  const detail = error instanceof Error ? error.message : 'the request cannot be understood';
  const code =
    status === 413
      ? 'message-too-large'
      : status === 401
        ? 'token-invalid'
        : status === 403
          ? 'forbidden'
          : 'message-invalid';
  return { ...problemOf(code, detail), status };
}

function statusOf(error: unknown): number | null {
  if (error instanceof HttpException) return error.getStatus();
  if (error instanceof Error && 'status' in error && typeof error.status === 'number') return error.status;
  return null;
}
