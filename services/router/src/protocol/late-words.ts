import type { Verdict } from '@reveille/contracts/delivery/verdict';
import { isRetryable } from '@reveille/contracts/errors';
import type { AppId, DeviceId, Instant, MessageId, UserId } from '@reveille/contracts/ids';
import type { Time } from './reach-recipient.js';

/** A device's word that it has a message, which no ask waits for. */
export interface LateWord {
  readonly app: AppId;
  readonly messageId: MessageId;
  readonly user: UserId;
  readonly deviceId: DeviceId;
  readonly acknowledgedAt: Instant;
  readonly traceparent: string;
}

/** What was settled of a user; the verdict is null for a device that has none. */
export interface KnownVerdict {
  readonly verdict: Verdict | null;
  readonly partition: number;
}

export interface LateVerdicts {
  /** Null while the message is not settled for that user. What is asked at the same time is one question to the view. */
  verdictOf(app: AppId, messageId: MessageId, user: UserId, deviceId: DeviceId): Promise<KnownVerdict | null>;
}

export interface LateWordPorts {
  readonly time: Time;
  readonly verdicts: LateVerdicts;
  /** The verdict is there. A fault that may pass brings the word back. */
  readonly found: (word: LateWord, known: KnownVerdict) => Promise<void>;
  /** So many words will not be looked at any more. */
  readonly onLost: (error: unknown, count: number) => void;
}

interface Waiting {
  readonly word: LateWord;
  readonly since: Instant;
  /** Infinite while it is being looked at. */
  lookAt: number;
}

export interface LateWordLimits {
  readonly most: number;
  /** More than a user acknowledges of messages that are still waited for. */
  readonly mostOfUser: number;
}

const limits: LateWordLimits = { most: 50_000, mostOfUser: 2_000 };
const tickMs = 100;
/** Longer than a message can be held, and than a router that died leaves it lying. */
const giveUpMs = 60_000;
/** What one tick looks at, shared evenly by the apps that wait. */
const looksAtOnce = 2_000;

/**
 * Words that wait until the verdict on their device is in the view. Nobody can make the others wait: a user has a bound of
 * their own, when it is full the app with the most words loses its oldest, one question at a time goes to the view, and what
 * is not there is looked for less and less often (again after half of the time that it has waited).
 */
export class LateWords {
  readonly #apps = new Map<AppId, Map<string, Waiting>>();
  readonly #ofUser = new Map<string, number>();
  #size = 0;
  #overflown = 0;
  #isTicking = false;

  constructor(
    private readonly ports: LateWordPorts,
    private readonly limit: LateWordLimits = limits,
  ) {}

  get size(): number {
    return this.#size;
  }

  /** A word that waits already is not added again: the first one says when. */
  add(word: LateWord): void {
    const key = keyOf(word);
    if (this.#apps.get(word.app)?.has(key)) return;
    const isFull = (this.#ofUser.get(userKeyOf(word)) ?? 0) >= this.limit.mostOfUser;
    if (isFull || (this.#size >= this.limit.most && !this.#makeRoom(word.app))) {
      this.#overflown += 1;
    } else {
      const now = this.ports.time.now();
      this.#put(key, { word, since: now, lookAt: now });
    }
    this.#tickSoon();
  }

  /** False when this app itself has the most: then its newest word is the one that goes. */
  #makeRoom(app: AppId): boolean {
    let [largest, its] = [app, this.#apps.get(app)?.size ?? 0];
    for (const [other, { size }] of this.#apps) if (size > its) [largest, its] = [other, size];
    const [oldest] = largest === app ? [] : (this.#apps.get(largest)?.values() ?? []);
    if (oldest === undefined) return false;
    this.#remove(oldest);
    this.#overflown += 1;
    return true;
  }

  #put(key: string, waiting: Waiting): void {
    const { word } = waiting;
    const words = this.#apps.get(word.app) ?? new Map<string, Waiting>();
    this.#apps.set(word.app, words.set(key, waiting));
    const user = userKeyOf(word);
    this.#ofUser.set(user, (this.#ofUser.get(user) ?? 0) + 1);
    this.#size += 1;
  }

  #remove({ word }: Waiting): void {
    const words = this.#apps.get(word.app);
    if (words?.delete(keyOf(word)) !== true) return;
    if (words.size === 0) this.#apps.delete(word.app);
    const user = userKeyOf(word);
    const left = (this.#ofUser.get(user) ?? 1) - 1;
    if (left > 0) this.#ofUser.set(user, left);
    else this.#ofUser.delete(user);
    this.#size -= 1;
  }

  /** One tick at a time; none while nothing waits. */
  #tickSoon(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    this.ports.time.after(tickMs, () => {
      void this.#tick().finally(() => {
        this.#isTicking = false;
        if (this.#size > 0) this.#tickSoon();
      });
    });
  }

  async #tick(): Promise<void> {
    if (this.#overflown > 0) {
      const error = new Error('too many late acknowledgements wait for their verdict');
      this.ports.onLost(error, this.#overflown);
      this.#overflown = 0;
    }
    await Promise.all(this.#due().map((waiting) => this.#look(waiting)));
  }

  #due(): Waiting[] {
    const now = this.ports.time.now();
    const share = Math.ceil(looksAtOnce / Math.max(this.#apps.size, 1));
    const due: Waiting[] = [];
    for (const words of this.#apps.values()) {
      let left = share;
      for (const waiting of words.values()) {
        if (left === 0) break;
        if (waiting.lookAt > now) continue;
        left -= 1;
        waiting.lookAt = Number.POSITIVE_INFINITY;
        due.push(waiting);
      }
    }
    return due;
  }

  async #look(waiting: Waiting): Promise<void> {
    const { app, messageId, user, deviceId } = waiting.word;
    try {
      const known = await this.ports.verdicts.verdictOf(app, messageId, user, deviceId);
      // Whoever writes it down may take long; the next tick does not wait for that.
      if (known !== null) void this.#found(waiting, known);
      else if (!this.#lookLater(waiting)) this.#remove(waiting);
    } catch (error) {
      this.#failed(waiting, error);
    }
  }

  async #found(waiting: Waiting, known: KnownVerdict): Promise<void> {
    try {
      await this.ports.found(waiting.word, known);
      this.#remove(waiting);
    } catch (error) {
      this.#failed(waiting, error);
    }
  }

  /** A store or a log that is away for the moment is waited for like a verdict that is not there yet. */
  #failed(waiting: Waiting, error: unknown): void {
    if (isRetryable(error) && this.#lookLater(waiting)) return;
    this.#remove(waiting);
    this.ports.onLost(error, 1);
  }

  #lookLater(waiting: Waiting): boolean {
    const now = this.ports.time.now();
    const age = now - waiting.since;
    waiting.lookAt = now + Math.max(tickMs, age / 2);
    return age < giveUpMs;
  }
}

const keyOf = ({ messageId, user, deviceId }: LateWord): string => `${messageId} ${deviceId} ${user}`;
const userKeyOf = ({ app, user }: LateWord): string => `${app} ${user}`;
