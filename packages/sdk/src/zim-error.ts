import type { RefusalCode } from '@reveille/contracts/ask/refusal';

/** What the SDK rejects with. `code` is what a program decides by. */
export type ZIMErrorCode =
  | RefusalCode
  | 'not-connected'
  | 'network'
  | 'logged-out'
  | 'kicked'
  | 'no-token-source'
  | 'push-unsupported';

export class ZIMError extends Error {
  override readonly name = 'ZIMError';
  constructor(
    readonly code: ZIMErrorCode,
    message: string,
    /** When the same call may succeed, in milliseconds; null where waiting does not help. */
    readonly retryAfterMs: number | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
