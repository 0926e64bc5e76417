import type { AcceptedPush, LostPush, PushStorage } from '../push.js';

/**
 * Keeps pushes in their order: of those with the same storage key only the newest, and at most so many in all, the oldest going
 * first. 0 is no limit.
 */
export class OrderedStorage implements PushStorage {
  #pushes: AcceptedPush[] = [];

  constructor(private readonly most: () => number = () => 0) {}

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
