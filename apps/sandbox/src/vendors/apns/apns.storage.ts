import type { AcceptedPush, LostPush, PushStorage } from '../../push.js';

/** APNs stores one push per device and topic: the latest. */
export class ApnsStorage implements PushStorage {
  readonly #byTopic = new Map<string, AcceptedPush>();

  get count(): number {
    return this.#byTopic.size;
  }

  store(push: AcceptedPush): LostPush[] {
    const topic = push.storageKey ?? '';
    const earlier = this.#byTopic.get(topic);
    this.#byTopic.set(topic, push);
    return earlier === undefined ? [] : [{ push: earlier, because: 'superseded' }];
  }

  takeAll(): { pushes: AcceptedPush[]; hasOverflowed: boolean } {
    const pushes = [...this.#byTopic.values()];
    this.#byTopic.clear();
    return { pushes, hasOverflowed: false };
  }
}
