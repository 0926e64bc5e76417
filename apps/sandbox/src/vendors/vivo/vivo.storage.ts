import type { AcceptedPush, LostPush, PushStorage } from '../../push.js';

/** vivo names no number of stored pushes; a later one with the same notifyId takes the place of the waiting one. */
export class VivoStorage implements PushStorage {
  #waiting: AcceptedPush[] = [];

  get count(): number {
    return this.#waiting.length;
  }

  store(push: AcceptedPush): LostPush[] {
    const earlier = push.tag === null ? undefined : this.#waiting.find(({ tag }) => tag === push.tag);
    this.#waiting = [...this.#waiting.filter((each) => each !== earlier), push];
    return earlier === undefined ? [] : [{ push: earlier, because: 'superseded' }];
  }

  takeAll(): { pushes: AcceptedPush[]; hasOverflowed: boolean } {
    const pushes = this.#waiting;
    this.#waiting = [];
    return { pushes, hasOverflowed: false };
  }
}
