import type { AcceptedPush, LostPush, PushStorage } from '../../push.js';

const nonCollapsibleLimit = 100;
const collapseKeyLimit = 4;

/**
 * FCM stores 100 non-collapsible messages per device, then throws all of them away and tells the app; and one message
 * for each of four collapse keys. Which key goes when a fifth comes is not documented: here it is the oldest.
 */
export class FcmStorage implements PushStorage {
  #plain: AcceptedPush[] = [];
  #hasOverflowed = false;
  readonly #byKey = new Map<string, AcceptedPush>();

  get count(): number {
    return this.#plain.length + this.#byKey.size;
  }

  store(push: AcceptedPush): LostPush[] {
    return push.storageKey === null ? this.#storePlain(push) : this.#storeUnder(push.storageKey, push);
  }

  takeAll(): { pushes: AcceptedPush[]; hasOverflowed: boolean } {
    const taken = { pushes: [...this.#plain, ...this.#byKey.values()], hasOverflowed: this.#hasOverflowed };
    this.#plain = [];
    this.#hasOverflowed = false;
    this.#byKey.clear();
    return taken;
  }

  #storePlain(push: AcceptedPush): LostPush[] {
    if (this.#plain.length < nonCollapsibleLimit) {
      this.#plain.push(push);
      return [];
    }
    const lost = [...this.#plain, push].map((each): LostPush => ({ push: each, because: 'too-many-stored' }));
    this.#plain = [];
    this.#hasOverflowed = true;
    return lost;
  }

  #storeUnder(key: string, push: AcceptedPush): LostPush[] {
    const lost: LostPush[] = [];
    const earlier = this.#byKey.get(key);
    if (earlier !== undefined) lost.push({ push: earlier, because: 'superseded' });
    this.#byKey.delete(key);
    this.#byKey.set(key, push);
    const [oldest] = this.#byKey;
    if (this.#byKey.size > collapseKeyLimit && oldest !== undefined) {
      this.#byKey.delete(oldest[0]);
      lost.push({ push: oldest[1], because: 'too-many-collapse-keys' });
    }
    return lost;
  }
}
