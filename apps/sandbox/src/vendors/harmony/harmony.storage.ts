import type { AcceptedPush, LostPush, PushStorage } from '../../push.js';

/**
 * What waits for a phone that is away: at most so many pushes of an app, the oldest going first; of pushes with the same
 * collapse key only the newest.
 */
export class HarmonyStorage implements PushStorage {
  #pushes: AcceptedPush[] = [];

  constructor(private readonly most: () => number) {}

  get count(): number {
    return this.#pushes.length;
  }

  store(push: AcceptedPush): LostPush[] {
    const lost: LostPush[] = [];
    const { storageKey } = push;
    if (storageKey !== null) {
      for (const earlier of this.#pushes)
        if (earlier.storageKey === storageKey) lost.push({ push: earlier, because: 'superseded' });
      this.#pushes = this.#pushes.filter((earlier) => earlier.storageKey !== storageKey);
    }
    this.#pushes.push(push);
    const limit = this.most();
    while (limit > 0 && this.#pushes.length > limit) {
      const oldest = this.#pushes.shift();
      if (oldest !== undefined) lost.push({ push: oldest, because: 'too-many-stored' });
    }
    return lost;
  }

  /** Takes back what has not been delivered. */
  revoke(tag: string): void {
    this.#pushes = this.#pushes.filter((push) => push.tag !== tag);
  }

  takeAll(): { pushes: AcceptedPush[]; hasOverflowed: boolean } {
    const pushes = this.#pushes;
    this.#pushes = [];
    return { pushes, hasOverflowed: false };
  }
}
