import type { Logger } from '@reveille/chassis/logger';
import type { CloseSessionAsk } from '@reveille/contracts/ask/presence';
import { isRetryable } from '@reveille/contracts/errors';
import type { Instant } from '@reveille/contracts/ids';
import type { SessionIdentity } from '../../ports.js';

export type Ending = CloseSessionAsk['reason'];
type Close = (session: SessionIdentity, reason: Ending) => Promise<void>;

const atOnce = 64;
const firstWaitMs = 500;
const longestWaitMs = 10_000;

/**
 * Sessions whose end presence has not heard of yet. A few are told at a time, and while presence does not answer all wait
 * together, longer after every failure: fifty thousand connections that end at once do not become a storm of questions.
 */
export class SessionEndings {
  readonly #waiting: { readonly session: SessionIdentity; readonly reason: Ending }[] = [];
  #atHand = 0;
  #waitMs = 0;
  #notBefore: Instant = 0;

  constructor(
    private readonly close: Close,
    private readonly clock: { now(): Instant },
    private readonly logger: Logger,
  ) {}

  get size(): number {
    return this.#waiting.length + this.#atHand;
  }

  add(session: SessionIdentity, reason: Ending): void {
    this.#waiting.push({ session, reason });
    this.tell();
  }

  /** Tells what may be told now; to be called now and then. */
  tell(): void {
    while (this.#atHand < atOnce && this.clock.now() >= this.#notBefore) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#atHand += 1;
      void this.#tell(next).finally(() => {
        this.#atHand -= 1;
        this.tell();
      });
    }
  }

  async #tell(ending: { readonly session: SessionIdentity; readonly reason: Ending }): Promise<void> {
    try {
      await this.close(ending.session, ending.reason);
      this.#waitMs = 0;
    } catch (error) {
      if (!isRetryable(error)) {
        this.logger.warn('presence would not end a session', { error });
        return;
      }
      this.#waiting.push(ending);
      const now = this.clock.now();
      // Those that were asked together fail together: that is one failure.
      if (now < this.#notBefore) return;
      this.#waitMs = Math.min(longestWaitMs, Math.max(firstWaitMs, this.#waitMs * 2));
      this.#notBefore = now + this.#waitMs;
    }
  }
}
