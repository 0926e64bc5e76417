import type { AppId, DeviceId, MessageId, UserId } from '@reveille/contracts/ids';

/** A message that waits in this process. */
export interface HeldMessage {
  acknowledge(user: UserId, deviceId: DeviceId): void;
  /** Gives up waiting. */
  stop(): void;
}

/** The messages that this process holds, so that an acknowledgement without an ask finds the one that it is for. */
export class HeldMessages {
  readonly #held = new Map<string, HeldMessage>();
  #isStopped = false;

  get size(): number {
    return this.#held.size;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Gives the function that lets it go. A message that comes again while it is held takes the first one's place. */
  hold(app: AppId, messageId: MessageId, message: HeldMessage): () => void {
    const key = keyOf(app, messageId);
    this.#held.set(key, message);
    return () => {
      if (this.#held.get(key) === message) this.#held.delete(key);
    };
  }

  acknowledge(app: AppId, messageId: MessageId, user: UserId, deviceId: DeviceId): void {
    this.#held.get(keyOf(app, messageId))?.acknowledge(user, deviceId);
  }

  /** Nothing waits any longer: the process ends, another one asks again. */
  stopWaiting(): void {
    this.#isStopped = true;
    for (const message of [...this.#held.values()]) message.stop();
  }
}

const keyOf = (app: AppId, messageId: MessageId): string => `${app}:${messageId}`;
