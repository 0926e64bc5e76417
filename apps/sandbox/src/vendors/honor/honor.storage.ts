import type { AcceptedPush, LostPush, PushStorage } from '../../push.js';

/** There is no collapse key: everything waits, in its order. How much Honor keeps is not documented. */
export class HonorStorage implements PushStorage {
  #waiting: AcceptedPush[] = [];

  get count(): number {
    return this.#waiting.length;
  }

  store(push: AcceptedPush): LostPush[] {
    this.#waiting.push(push);
    return [];
  }

  takeAll(): { pushes: AcceptedPush[]; hasOverflowed: boolean } {
    const pushes = this.#waiting;
    this.#waiting = [];
    return { pushes, hasOverflowed: false };
  }
}
