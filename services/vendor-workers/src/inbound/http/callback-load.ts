import { UnavailableError } from '@reveille/contracts/errors';
import type { Instant } from '@reveille/contracts/ids';

const mostAtOnce = 32;
/** Callbacks per second of one app and vendor; each may hold many receipts. */
const perSecond = 500;

/** What one vendor's callbacks for one app may take of this process. */
export class CallbackLoad {
  #atHand = 0;
  #left = perSecond;
  #refilledAt = 0;

  /** The result ends it. @throws UnavailableError above the limits: the vendor says it again. */
  begin(now: Instant): () => void {
    if (now - this.#refilledAt >= 1_000) {
      this.#refilledAt = now;
      this.#left = perSecond;
    }
    if (this.#atHand >= mostAtOnce || this.#left <= 0)
      throw new UnavailableError('no more callbacks are taken at this moment');
    this.#left -= 1;
    this.#atHand += 1;
    return () => {
      this.#atHand -= 1;
    };
  }
}
