import { WaitRefusedError } from './refuse.js';

/** What a user's clients may change in a second (a token, a binding, a session's state): each change is stored for good. */
export const changesPerSecond = 10;

/** @throws WaitRefusedError `rate-limited` when there was no room. */
export function requireRoom(wait: { readonly retryAfterMs: number } | null, limit: string): void {
  if (wait === null) return;
  const { retryAfterMs } = wait;
  const words = `at most ${limit} a second: try again in ${retryAfterMs} ms`;
  throw new WaitRefusedError('rate-limited', words, retryAfterMs);
}
