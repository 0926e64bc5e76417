import type { AcceptedPush, LostPush, PushStorage } from '../../push.js';

/** RFC 8030, 5.4: messages wait beside each other; one with the topic of another takes its place. */
export class WebpushStorage implements PushStorage {
  #waiting: AcceptedPush[] = [];

  get count(): number {
    return this.#waiting.length;
  }

  store(push: AcceptedPush): LostPush[] {
    const isReplaced = (waiting: AcceptedPush): boolean =>
      push.storageKey !== null && waiting.storageKey === push.storageKey;
    const lost = this.#waiting
      .filter(isReplaced)
      .map((each): LostPush => ({ push: each, because: 'superseded' }));
    this.#waiting = [...this.#waiting.filter((waiting) => !isReplaced(waiting)), push];
    return lost;
  }

  takeAll(): { pushes: AcceptedPush[]; hasOverflowed: boolean } {
    const pushes = this.#waiting;
    this.#waiting = [];
    return { pushes, hasOverflowed: false };
  }
}
