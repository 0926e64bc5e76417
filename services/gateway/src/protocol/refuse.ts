import type { RefusalCode } from '@reveille/contracts/ask/refusal';
import { RefusedError } from '@reveille/contracts/errors';

/** A no that says when it may become a yes. */
export class WaitRefusedError extends RefusedError {
  constructor(
    code: RefusalCode,
    message: string,
    readonly retryAfterMs: number,
  ) {
    super(code, message);
  }
}

export function refuse(code: RefusalCode, message: string): RefusedError {
  return new RefusedError(code, message);
}
