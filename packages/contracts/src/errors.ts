/**
 * The faults that cross package borders. A refusal or a vendor's "no" is a value, never one of these.
 * Compare by `name` or with the guards below, not with `instanceof`: two copies of this file may be loaded.
 */

/** A dependency cannot be reached or does not answer now; trying again later makes sense. */
export class UnavailableError extends Error {
  override readonly name: string = 'UnavailableError';
}

/** A dependency did not answer within the time given to it. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/** A stream takes no more data (limit reached or disk full). Retryable: nothing that is stored is lost. */
export class StreamFullError extends UnavailableError {
  override readonly name = 'StreamFullError';
}

/** A message that does not have the shape which the contracts give it. Trying again cannot help. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
}

/** The position that an append expected has moved: somebody else was first. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

/** The server refused a subject to this identity. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError';
}

/** What a process was started with is wrong; `faults` lists every fault at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/** An answer of an owner that says no, with a kebab-case code out of `ask/refusal.ts`. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const retryable = new Set(['UnavailableError', 'TimeoutError', 'StreamFullError']);

/** True for faults that a later attempt may cure. */
export function isRetryable(error: unknown): boolean {
  return error instanceof Error && retryable.has(error.name);
}

export function isErrorNamed<N extends string>(error: unknown, name: N): error is Error & { name: N } {
  return error instanceof Error && error.name === name;
}
