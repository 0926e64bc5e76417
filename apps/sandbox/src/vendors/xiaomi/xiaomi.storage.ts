import type { AcceptedPush, LostPush, PushStorage } from '../../push.js';

/** Keeps everything for its time to live; what has the same notify id meets on the screen. */
export class XiaomiStorage implements PushStorage {
  #pushes: AcceptedPush[] = [];

  get count(): number {
    return this.#pushes.length;
  }

  store(push: AcceptedPush): LostPush[] {
    this.#pushes.push(push);
    return [];
  }

  takeAll(): { pushes: AcceptedPush[]; hasOverflowed: boolean } {
    const pushes = this.#pushes;
    this.#pushes = [];
    return { pushes, hasOverflowed: false };
  }
}
