import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { ContractError, ForbiddenError, UnavailableError } from '@reveille/contracts/errors';
import { header } from '@reveille/contracts/headers';
import { encodeFact } from './codec.js';
import type { ConnectionEvents } from './connection-events.js';
import { type ApiError, faultOfJetStream, isPassing, statusOf } from './jetstream-errors.js';
import type { OutgoingFact, OutgoingMessage, PubAck } from './outgoing.js';
import { scheduleHeaders } from './schedule.js';
import { headerLine, WireHeaders } from './wire-headers.js';

/**
 * Durable publishing: a promise is kept with the PubAck of the stream. What has no PubAck is sent again under
 * the same id after a reconnect or 5 s of silence, while it is younger than half the deduplication window; then it
 * fails with UnavailableError, and so it does when the stream is full (StreamFullError). A wrong expectation is a
 * ConflictError, a subject that this identity may not publish a ForbiddenError, anything else a ContractError.
 */
export interface PublishWindow {
  publish(message: OutgoingMessage): Promise<PubAck>;
  publishFact(fact: OutgoingFact): Promise<PubAck>;
  /** Resolves when nothing is waiting for a PubAck any more. */
  flush(): Promise<void>;
  pending(): number;
  /** From now on the streams that are published to remember an id for so long. */
  useDuplicateWindow(ms: number): void;
}

export interface PublishWindowOptions {
  /** Messages in flight without a PubAck; more wait their turn in order. */
  readonly limit: number;
  readonly silenceMs: number;
  /** Half the deduplication window: later, a repeat could be stored twice. */
  readonly giveUpMs: number;
  /** How long a stream may be absent or busy before its publishers are told. */
  readonly absenceMs: number;
}

export const publishWindowDefaults: PublishWindowOptions = {
  limit: 200,
  silenceMs: 5_000,
  giveUpMs: 60_000,
  // An election of a cluster takes up to 9 s.
  absenceMs: 15_000,
};

const retryMs = 250;

interface Entry {
  readonly token: number;
  readonly subject: string;
  readonly messageId: string;
  readonly headers: string;
  readonly data: Uint8Array;
  readonly bornAt: number;
  readonly resolve: (ack: PubAck) => void;
  readonly reject: (error: Error) => void;
  dueAt: number;
  sends: number;
}

/** The id of the last message under a subject of a stream, or null: how an ambiguous conflict is told from a real one. */
export type LastMessageOf = (
  stream: string,
  subject: string,
) => Promise<{ messageId: string; sequence: number } | null>;

export class CountedPublishWindow implements PublishWindow {
  readonly #inFlight = new Map<number, Entry>();
  #waiting: (Entry | undefined)[] = [];
  #waitingFrom = 0;
  #nextToken = 1;
  #isConnected = true;
  #ticker: NodeJS.Timeout | null = null;
  #flushed: (() => void)[] = [];
  readonly #inbox: string;
  readonly #subscription: Subscription;
  #giveUpMs: number;

  constructor(
    private readonly nc: NatsConnection,
    events: ConnectionEvents,
    inboxPrefix: string,
    private readonly lastMessageOf: LastMessageOf,
    private readonly options: PublishWindowOptions = publishWindowDefaults,
  ) {
    this.#giveUpMs = options.giveUpMs;
    this.#inbox = `${inboxPrefix}.publish.`;
    this.#subscription = nc.subscribe(`${this.#inbox}*`, {
      callback: (error, msg) => this.#onReply(error, msg),
    });
    events.add({
      disconnected: () => {
        this.#isConnected = false;
      },
      connected: () => this.#sendAllAgain(),
      refused: (operation, subject, text) => this.#onRefused(operation, subject, text),
    });
  }

  publishFact(fact: OutgoingFact): Promise<PubAck> {
    const { headers, data } = encodeFact(fact.envelope);
    return this.publish({ ...fact, headers, data });
  }

  publish(message: OutgoingMessage): Promise<PubAck> {
    return new Promise((resolve, reject) => {
      const token = this.#nextToken++;
      const now = performance.now();
      const entry: Entry = {
        token,
        subject: message.subject,
        messageId: message.messageId,
        headers: messageHeaders(message),
        data: message.data,
        bornAt: now,
        resolve,
        reject,
        dueAt: now,
        sends: 0,
      };
      if (this.#inFlight.size < this.options.limit) this.#take(entry);
      else this.#waiting.push(entry);
    });
  }

  flush(): Promise<void> {
    if (this.#inFlight.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#flushed.push(resolve));
  }

  useDuplicateWindow(ms: number): void {
    this.#giveUpMs = Math.min(this.options.giveUpMs, ms / 2);
  }

  pending(): number {
    return this.#inFlight.size + this.#waiting.length - this.#waitingFrom;
  }

  #take(entry: Entry): void {
    this.#inFlight.set(entry.token, entry);
    if (this.#isConnected) this.#send(entry);
    if (this.#ticker === null) {
      this.#ticker = setInterval(() => this.#tick(), retryMs);
      this.#ticker.unref();
    }
  }

  #send(entry: Entry): void {
    if (entry.sends > 0 && this.#isTooOld(entry, performance.now())) return this.#giveUp(entry);
    entry.sends += 1;
    entry.dueAt = performance.now() + this.options.silenceMs;
    // A work queue forgets the ids of what was removed when its server is killed: who takes it has to know.
    const again = entry.sends > 1 ? headerLine(header.sentAgain, 'true') : '';
    const headers = new WireHeaders(entry.headers + again).asMsgHdrs();
    try {
      this.nc.publish(entry.subject, entry.data, { headers, reply: this.#inbox + entry.token });
    } catch (cause) {
      const text = `${entry.subject} cannot be published: ${(cause as Error).message}`;
      const error = this.nc.isClosed()
        ? new UnavailableError(text, { cause })
        : new ContractError(text, { cause });
      this.#settle(entry, () => entry.reject(error));
    }
  }

  #onReply(error: Error | null, msg: Msg): void {
    // A refused inbox is told through `refused`; there is no message then.
    if (error !== null) return;
    const entry = this.#inFlight.get(Number(msg.subject.slice(this.#inbox.length)));
    // A second PubAck of a message that was sent twice.
    if (entry === undefined) return;
    if (msg.data.length === 0) {
      if (statusOf(msg) === 503) this.#onAbsence(entry, `no stream takes ${entry.subject}`);
      return;
    }
    const reply = JSON.parse(Buffer.from(msg.data).toString()) as {
      stream: string;
      seq: number;
      duplicate?: boolean;
      error?: ApiError;
    };
    if (reply.error !== undefined) return this.#onRefusal(entry, reply.stream, reply.error);
    const ack = { stream: reply.stream, sequence: reply.seq, isDuplicate: reply.duplicate === true };
    this.#settle(entry, () => entry.resolve(ack));
  }

  #onRefusal(entry: Entry, stream: string, error: ApiError): void {
    if (isPassing(error)) return this.#onAbsence(entry, error.description);
    const fault = faultOfJetStream(error, entry.subject);
    // With one replica the server compares sequences before it looks for duplicates. A message that was sent twice may
    // have been stored the first time, and then its own first copy is what it conflicts with.
    if (fault.name === 'ConflictError' && entry.sends > 1) void this.#resolveConflict(entry, stream, fault);
    else this.#settle(entry, () => entry.reject(fault));
  }

  async #resolveConflict(entry: Entry, stream: string, fault: Error): Promise<void> {
    try {
      const last = await this.lastMessageOf(stream, entry.subject);
      if (last?.messageId === entry.messageId) {
        const ack = { stream, sequence: last.sequence, isDuplicate: true };
        this.#settle(entry, () => entry.resolve(ack));
      } else {
        this.#settle(entry, () => entry.reject(fault));
      }
    } catch (cause) {
      const error = new UnavailableError(`it is not known whether ${entry.subject} was stored`, { cause });
      this.#settle(entry, () => entry.reject(error));
    }
  }

  /** Nobody takes the subject now: a stream that is being elected or restored comes back soon, a wrong subject never. */
  #onAbsence(entry: Entry, text: string): void {
    const now = performance.now();
    if (now - entry.bornAt < this.options.absenceMs) entry.dueAt = now + retryMs;
    else this.#settle(entry, () => entry.reject(new UnavailableError(text)));
  }

  #onRefused(operation: 'publish' | 'subscription', subject: string, text: string): void {
    if (operation !== 'publish') return;
    for (const entry of [...this.#inFlight.values()]) {
      if (entry.subject === subject) this.#settle(entry, () => entry.reject(new ForbiddenError(text)));
    }
  }

  #sendAllAgain(): void {
    this.#isConnected = true;
    for (const entry of [...this.#inFlight.values()]) this.#send(entry);
  }

  #tick(): void {
    const now = performance.now();
    for (const entry of [...this.#inFlight.values()]) {
      if (this.#isTooOld(entry, now)) this.#giveUp(entry);
      else if (this.#isConnected && entry.dueAt <= now) this.#send(entry);
    }
    // Those that wait for a place grow old too.
    while (this.#waitingFrom < this.#waiting.length) {
      const entry = this.#waiting[this.#waitingFrom];
      if (entry === undefined || !this.#isTooOld(entry, now)) break;
      this.#waitingFrom += 1;
      entry.reject(noAnswer(entry));
    }
  }

  /** Its first copy may be forgotten before another one arrives. */
  #isTooOld(entry: Entry, now: number): boolean {
    return now - entry.bornAt > this.#giveUpMs;
  }

  #giveUp(entry: Entry): void {
    this.#settle(entry, () => entry.reject(noAnswer(entry)));
  }

  #settle(entry: Entry, tell: () => void): void {
    if (!this.#inFlight.delete(entry.token)) return;
    tell();
    const next = this.#waiting[this.#waitingFrom];
    if (next !== undefined) {
      // Its place stays until the array is cut: it must not keep the message.
      this.#waiting[this.#waitingFrom] = undefined;
      this.#waitingFrom += 1;
      // An array that is cut at its head for every message costs more than the message.
      if (this.#waitingFrom === this.#waiting.length || this.#waitingFrom > 4096) {
        this.#waiting = this.#waiting.slice(this.#waitingFrom);
        this.#waitingFrom = 0;
      }
      this.#take(next);
    }
    if (this.#inFlight.size > 0) return;
    if (this.#ticker !== null) clearInterval(this.#ticker);
    this.#ticker = null;
    for (const resolve of this.#flushed.splice(0)) resolve();
  }

  /** Everything that still waits fails: the connection is gone for good. */
  close(): void {
    this.#subscription.unsubscribe();
    const left = [...this.#inFlight.values(), ...this.#waiting.slice(this.#waitingFrom)].filter(
      (entry) => entry !== undefined,
    );
    this.#waiting = [];
    this.#waitingFrom = 0;
    for (const entry of left) {
      entry.reject(new UnavailableError('the connection to NATS is closed'));
      this.#settle(entry, () => undefined);
    }
  }
}

function noAnswer(entry: Entry): UnavailableError {
  return new UnavailableError(`no PubAck for ${entry.subject}`);
}

function messageHeaders(message: OutgoingMessage): string {
  let text = headerLine(header.messageId, message.messageId);
  for (const name in message.headers) text += headerLine(name, message.headers[name] ?? '');
  if (message.expectedLastSubjectSequence !== undefined) {
    text += headerLine(header.expectedLastSubjectSequence, String(message.expectedLastSubjectSequence));
  }
  if (message.schedule !== undefined) text += scheduleHeaders(message.schedule);
  return text;
}
