import type { AcceptedPush, LostPush, PushStorage } from '../push.js';

/** Keeps one push for each storage key: the latest. */
export class LatestStorage implements PushStorage {
  readonly #byKey = new Map<string, AcceptedPush>();

  get count(): number {
    return this.#byKey.size;
  }

  store(push: AcceptedPush): LostPush[] {
    const key = push.storageKey ?? '';
    const earlier = this.#byKey.get(key);
    this.#byKey.set(key, push);
    return earlier === undefined ? [] : [{ push: earlier, because: 'superseded' }];
  }

  takeAll(): { pushes: AcceptedPush[]; hasOverflowed: boolean } {
    const pushes = [...this.#byKey.values()];
    this.#byKey.clear();
    return { pushes, hasOverflowed: false };
  }
}
