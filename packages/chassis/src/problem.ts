import type { RefusalCode } from '@reveille/contracts/ask/refusal';
import { isErrorNamed, isRetryable, type RefusedError } from '@reveille/contracts/errors';
import type { Problem } from '@reveille/contracts/http/problem';

const statusOf: Readonly<Record<RefusalCode, number>> = {
  'app-unknown': 401,
  'app-conflict': 409,
  'token-invalid': 401,
  'token-expired': 401,
  forbidden: 403,
  'not-logged-in': 401,
  'already-logged-in': 409,
  'device-unknown': 404,
  'device-bound-to-another-user': 409,
  'device-secret-wrong': 403,
  'push-not-registered': 404,
  'vendor-not-configured': 422,
  'bundle-not-configured': 422,
  'message-invalid': 400,
  'message-too-large': 413,
  'message-conflict': 409,
  'message-unknown': 404,
  'user-unknown': 404,
  'cursor-invalid': 400,
  'dead-letter-unknown': 404,
  'dead-letter-settled': 409,
  'dead-letter-unfit': 422,
  'rate-limited': 429,
  'frame-invalid': 400,
  'frame-unknown': 400,
  unavailable: 503,
};
const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};
const retryAfterMs = 1_000;

/** A refusal as a problem document (RFC 9457). */
export function problemOf(code: RefusalCode, detail: string, waitMs: number | null = null): Problem {
  const status = statusOf[code];
  return {
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    detail,
    code,
    retryAfterMs: waitMs,
  };
}

/** Any error as a problem document: refusals as they are, faults that may pass as 503, bugs as 500 without their words. */
export function problemOfError(error: unknown): Problem {
  if (isErrorNamed(error, 'RefusedError')) {
    const refused = error as RefusedError & { retryAfterMs?: number };
    const code = refused.code in statusOf ? (refused.code as RefusalCode) : 'forbidden';
    return problemOf(code, refused.message, refused.retryAfterMs ?? null);
  }
  if (isRetryable(error)) return problemOf('unavailable', 'try again later', retryAfterMs);
  if (isErrorNamed(error, 'ContractError')) return problemOf('message-invalid', (error as Error).message);
  return {
    type: 'about:blank',
    title: 'Internal Server Error',
    status: 500,
    code: 'unavailable',
    detail: 'this is our fault; it was logged',
  };
}
