import type { LiveAnswerInput } from '@reveille/contracts/ask/live';
import type { AppId, DeviceId, Instant, MessageId } from '@reveille/contracts/ids';
import type { Clock } from '../ports.js';

type Answer = (reply: LiveAnswerInput) => void;
interface Pending {
  readonly expiresAt: Instant;
  readonly answers: Answer[];
}

/** Live asks that wait for a client, until nobody listens to the answer any more. */
export class PendingAsks {
  /** In the order in which they came, which is the order in which they expire. */
  readonly #pending = new Map<string, Pending>();

  constructor(private readonly clock: Clock) {}

  add(app: AppId, messageId: MessageId, deviceId: DeviceId, expiresAt: Instant, answer: Answer): void {
    const key = keyOf(app, messageId, deviceId);
    // The router asks again when it thought that nobody was here: both questions get the answer.
    const answers = this.#pending.get(key)?.answers ?? [];
    answers.push(answer);
    this.#pending.delete(key);
    this.#pending.set(key, { expiresAt, answers });
  }

  take(app: AppId, messageId: MessageId, deviceId: DeviceId): readonly Answer[] {
    const key = keyOf(app, messageId, deviceId);
    const waiting = this.#pending.get(key);
    this.#pending.delete(key);
    return waiting === undefined || waiting.expiresAt <= this.clock.now() ? [] : waiting.answers;
  }

  /** Forgets what nobody waits for. */
  sweep(): void {
    const now = this.clock.now();
    for (const [key, { expiresAt }] of this.#pending) {
      if (expiresAt > now) return;
      this.#pending.delete(key);
    }
  }

  /** The right to answer goes with the connection to NATS: what comes in after it is told without an ask. */
  clear(): void {
    this.#pending.clear();
  }

  get size(): number {
    return this.#pending.size;
  }
}

const keyOf = (app: AppId, messageId: MessageId, deviceId: DeviceId): string =>
  `${app} ${messageId} ${deviceId}`;
