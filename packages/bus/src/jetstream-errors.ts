import type { Msg } from '@nats-io/nats-core';
import {
  ConflictError,
  ContractError,
  ForbiddenError,
  StreamFullError,
  TimeoutError,
  UnavailableError,
} from '@reveille/contracts/errors';

/** The error object of a JetStream answer. */
export interface ApiError {
  readonly code: number;
  readonly err_code?: number;
  readonly description: string;
}

/** nats-server's own numbers (`server/errors.json`): only this package knows them. */
export const apiCode = {
  wrongLastSequence: 10071,
  wrongLastSequenceConstant: 10164,
  insufficientResources: 10023,
  memoryExceeded: 10028,
  storageExceeded: 10047,
  storeFailed: 10077,
  tooManyRequests: 10167,
  consumerNotFound: 10014,
  streamNotFound: 10059,
  messageNotFound: 10037,
} as const;

const conflicts = new Set<number>([apiCode.wrongLastSequence, apiCode.wrongLastSequenceConstant]);
const full = new Set<number>([
  apiCode.insufficientResources,
  apiCode.memoryExceeded,
  apiCode.storageExceeded,
  apiCode.storeFailed,
]);

/** True for refusals that pass by themselves: a leader is being elected, the server is overloaded. */
export function isPassing(error: ApiError): boolean {
  const code = error.err_code ?? 0;
  return code === apiCode.tooManyRequests || (error.code === 503 && !full.has(code));
}

/** JetStream's refusal as one of our faults. */
export function faultOfJetStream(error: ApiError, about: string): Error {
  const code = error.err_code ?? 0;
  const text = `${about}: ${error.description}`;
  if (conflicts.has(code)) return new ConflictError(text);
  if (full.has(code)) return new StreamFullError(text);
  if (isPassing(error)) return new UnavailableError(text);
  return new ContractError(text);
}

/** The status number of a message without content, 0 when it has none. */
export function statusOf(msg: Msg): number {
  return msg.headers?.code ?? 0;
}

/** An error that the client library threw as one of our faults. */
export function faultOfClient(cause: unknown, about: string): Error {
  if (!(cause instanceof Error)) return new Error(`${about}: ${String(cause)}`);
  const api = (cause as { api?: () => ApiError }).api;
  if (typeof api === 'function') return faultOfJetStream(api.call(cause), about);
  const inner = cause.cause instanceof Error ? cause.cause : cause;
  const text = `${about}: ${cause.message}`;
  if (inner.name === 'PermissionViolationError' || cause.name === 'PermissionViolationError') {
    return new ForbiddenError(text, { cause });
  }
  if (cause.name === 'TimeoutError' || inner.name === 'TimeoutError')
    return new TimeoutError(text, { cause });
  return new UnavailableError(text, { cause });
}

export function apiCodeOf(cause: unknown): number {
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : 0;
}
