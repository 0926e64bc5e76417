import { seededRandom, until } from '../harness/scenario.js';
import { SteadySender } from '../harness/steady-sender.js';
import type { Town } from '../harness/town.js';
import type { Departures } from './departures.js';
import type { Recipient } from './recipients.js';

export interface Sent {
  readonly messageId: string;
  readonly recipient: Recipient;
  /** Before it was sent its recipient's logout had been answered. */
  readonly isAfterLogout: boolean;
}

const atOnce = 40;
const everyMs = 6;
/** One message of so many is sent over a WebSocket, the others over HTTP. */
const perWebSocket = 5;
const webSocketSenders = 10;
const answerWithinMs = 150_000;

/**
 * Messages to seeded recipients, sent as far as `release` allows. A sender tries until it is answered, always with the same id:
 * what it was told is what must be there.
 */
export class MessageFlow {
  readonly answered: Sent[] = [];
  started = 0;
  #released = 0;
  readonly #unanswered = new Set<Promise<void>>();
  readonly #random: () => number;
  readonly #senders: readonly SteadySender[];

  constructor(
    private readonly town: Town,
    private readonly recipients: readonly Recipient[],
    private readonly departures: Departures,
    private readonly count: number,
    seed: number,
  ) {
    this.#random = seededRandom(seed);
    this.#senders = Array.from(
      { length: webSocketSenders },
      (_, index) => new SteadySender(town, `sender-${index}`),
    );
  }

  get unanswered(): number {
    return this.#unanswered.size;
  }

  /** Lets the first `count` messages go. */
  release(count: number): void {
    this.#released = Math.min(this.count, Math.ceil(count));
  }

  /** Resolves when the sender of each message was answered. */
  async run(): Promise<void> {
    while (this.started < this.count) {
      await pause(everyMs);
      if (this.started >= this.#released) continue;
      if (this.#unanswered.size >= atOnce) await Promise.race(this.#unanswered);
      const sent = this.#send(this.started).finally(() => this.#unanswered.delete(sent));
      this.#unanswered.add(sent);
      this.started += 1;
    }
    await Promise.all(this.#unanswered);
    await Promise.all(this.#senders.map((sender) => sender.close()));
  }

  async #send(index: number): Promise<void> {
    const recipient = this.recipients[Math.floor(this.#random() * this.recipients.length)] as Recipient;
    const isAfterLogout = this.departures.hasLeft(recipient.user);
    const id = `s${index}`;
    const sender =
      index % perWebSocket === 0 ? this.#senders[(index / perWebSocket) % webSocketSenders] : null;
    const messageId =
      sender == null ? await this.#sendOverHttp(recipient, id) : await sender.send(recipient.user, id, id);
    this.answered.push({ messageId, recipient, isAfterLogout });
  }

  async #sendOverHttp({ user }: Recipient, id: string): Promise<string> {
    const message = { sender: 'ana', recipients: [user], text: id, clientMessageId: id };
    const answer = await until(`${id} is accepted`, () => this.town.send(message).catch(() => null), {
      withinMs: answerWithinMs,
      everyMs: 200,
    });
    return answer.messageId;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
