import type { AcceptedPush, LostPush, PushStorage } from '../../push.js';

/** Keeps every message for its hours. */
export class MeizuStorage implements PushStorage {
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
