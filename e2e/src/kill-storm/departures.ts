import { until } from '../harness/scenario.js';
import type { Town } from '../harness/town.js';
import type { Recipient } from './recipients.js';

/** People who log out one by one while the storm goes on, each at a kill. */
export class Departures {
  readonly #left = new Set<string>();
  readonly #waiting: Recipient[];
  readonly #leaving: Promise<void>[] = [];

  constructor(
    private readonly town: Town,
    recipients: readonly Recipient[],
  ) {
    this.#waiting = recipients.filter(({ kind }) => kind === 'leaving');
  }

  /** Their logout was answered: from here on nothing may be sent to them. */
  hasLeft(user: string): boolean {
    return this.#left.has(user);
  }

  /** The next one logs out, trying until that is answered. */
  begin(): void {
    const next = this.#waiting.pop();
    if (next !== undefined) this.#leaving.push(this.#leave(next.user));
  }

  /** Resolves with how many have left. */
  async ended(): Promise<number> {
    await Promise.all(this.#leaving);
    return this.#left.size;
  }

  async #leave(user: string): Promise<void> {
    const logOut = () =>
      this.town.http('DELETE', `/v1/devices/${user}-d/binding`, { body: { user } }).then(
        () => true,
        () => false,
      );
    await until(`${user} is logged out`, logOut, { withinMs: 120_000, everyMs: 200 });
    this.#left.add(user);
  }
}
