import type { AcceptedPush, LostPush, PushStorage } from '../../push.js';

/** OPPO's documents name no number of stored pushes: all wait until they arrive or expire. */
export class OppoStorage implements PushStorage {
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
