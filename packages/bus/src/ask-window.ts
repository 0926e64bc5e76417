import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { ContractError, ForbiddenError, TimeoutError, UnavailableError } from '@reveille/contracts/errors';
import { header } from '@reveille/contracts/headers';
import type { ConnectionEvents } from './connection-events.js';
import { decodeError } from './error-reply.js';
import { statusOf } from './jetstream-errors.js';
import { TimerWheel } from './timer-wheel.js';
import { encodeHeaders, type WireHeaders } from './wire-headers.js';

export interface AskOptions<T> {
  /** Default 5,000. */
  readonly timeoutMs?: number;
  /** Reads the answer; what it throws becomes a ContractError. A zod schema fits. */
  readonly schema?: { parse(value: unknown): T };
  readonly traceparent?: string | null;
}

export interface OpenAsk {
  /** No more answers are wanted. */
  close(): void;
}

/**
 * Questions and their answers over one wildcard inbox. Nobody there, or the connection lost meanwhile, is an
 * UnavailableError at once; silence a TimeoutError; a subject that this identity may not ask a ForbiddenError. An
 * answerer's own fault or refusal is thrown here as the class that it was there.
 */
export interface AskWindow {
  /** One question, one answer, both JSON. */
  ask<T = unknown>(subject: string, body: unknown, options?: AskOptions<T>): Promise<T>;
  /**
   * One question, any number of answers, until it is closed; it has no deadline of its own. A new connection asks it again: the
   * answers of those who heard it before are lost with the old one.
   */
  askMany(
    subject: string,
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
    onReply: (data: Uint8Array) => void,
    onNoResponders: () => void,
  ): OpenAsk;
  pending(): number;
}

interface SingleAsk {
  readonly many: false;
  readonly subject: string;
  readonly deadlineAt: number;
  readonly resolve: (msg: Msg) => void;
  readonly reject: (error: Error) => void;
}

interface ManyAsk {
  readonly many: true;
  readonly subject: string;
  readonly body: Uint8Array;
  readonly headers: WireHeaders;
  readonly onReply: (data: Uint8Array) => void;
  readonly onNoResponders: () => void;
}

const defaultTimeoutMs = 5_000;

export class MuxAskWindow implements AskWindow {
  readonly #asks = new Map<number, SingleAsk | ManyAsk>();
  readonly #wheel = new TimerWheel((token) => this.#due(token));
  readonly #inbox: string;
  readonly #subscription: Subscription;
  #nextToken = 1;
  #isConnected = true;

  constructor(
    private readonly nc: NatsConnection,
    events: ConnectionEvents,
    inboxPrefix: string,
  ) {
    this.#inbox = `${inboxPrefix}.ask.`;
    this.#subscription = nc.subscribe(`${this.#inbox}*`, {
      callback: (error, msg) => this.#onReply(error, msg),
    });
    events.add({
      disconnected: () => {
        this.#isConnected = false;
        this.#failSingles('the connection to NATS was lost');
      },
      connected: () => {
        this.#isConnected = true;
        this.#askManyAgain();
      },
      refused: (operation, subject, text) => this.#onRefused(operation, subject, text),
    });
  }

  async ask<T = unknown>(subject: string, body: unknown, options: AskOptions<T> = {}): Promise<T> {
    if (!this.#isConnected) throw new UnavailableError(`${subject}: there is no connection to NATS`);
    const headers = options.traceparent ? encodeHeaders({ [header.traceparent]: options.traceparent }) : null;
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const reply = await new Promise<Msg>((resolve, reject) => {
      const token = this.#nextToken++;
      const deadlineAt = performance.now() + timeoutMs;
      this.#asks.set(token, { many: false, subject, deadlineAt, resolve, reject });
      this.#wheel.add(token, timeoutMs);
      this.#send(token, subject, Buffer.from(JSON.stringify(body ?? null)), headers);
    });
    return readAnswer(subject, reply, options.schema);
  }

  askMany(
    subject: string,
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
    onReply: (data: Uint8Array) => void,
    onNoResponders: () => void,
  ): OpenAsk {
    const token = this.#nextToken++;
    const ask: ManyAsk = {
      many: true,
      subject,
      body,
      headers: encodeHeaders(headers),
      onReply,
      onNoResponders,
    };
    this.#asks.set(token, ask);
    // Without a connection it is asked when there is one.
    if (this.#isConnected) this.#send(token, subject, body, ask.headers);
    return { close: () => this.#asks.delete(token) };
  }

  pending(): number {
    return this.#asks.size;
  }

  close(): void {
    this.#subscription.unsubscribe();
    this.#wheel.stop();
    this.#failSingles('the connection to NATS is closed');
    this.#asks.clear();
  }

  #send(token: number, subject: string, body: Uint8Array, headers: WireHeaders | null): void {
    const reply = this.#inbox + token;
    try {
      this.nc.publish(subject, body, headers === null ? { reply } : { reply, headers: headers.asMsgHdrs() });
    } catch (cause) {
      const text = `${subject} cannot be asked: ${(cause as Error).message}`;
      const error = this.nc.isClosed()
        ? new UnavailableError(text, { cause })
        : new ContractError(text, { cause });
      this.#fail(token, error);
    }
  }

  #onReply(error: Error | null, msg: Msg): void {
    if (error !== null) return;
    const token = Number(msg.subject.slice(this.#inbox.length));
    const ask = this.#asks.get(token);
    // Late: its asker has given up or has had enough.
    if (ask === undefined) return;
    if (msg.data.length === 0 && statusOf(msg) === 503) {
      this.#asks.delete(token);
      if (ask.many) ask.onNoResponders();
      else ask.reject(new UnavailableError(`nobody answers ${ask.subject}`));
      return;
    }
    if (ask.many) return ask.onReply(msg.data);
    this.#asks.delete(token);
    ask.resolve(msg);
  }

  #due(token: number): number {
    const ask = this.#asks.get(token);
    if (ask === undefined || ask.many) return 0;
    const left = ask.deadlineAt - performance.now();
    if (left > 0) return left;
    this.#fail(token, new TimeoutError(`no answer to ${ask.subject} in time`));
    return 0;
  }

  #fail(token: number, error: Error): void {
    const ask = this.#asks.get(token);
    if (ask === undefined) return;
    this.#asks.delete(token);
    // An ask with many answers has no way to be told of a fault but that nobody will answer.
    if (ask.many) queueMicrotask(ask.onNoResponders);
    else ask.reject(error);
  }

  #failSingles(text: string): void {
    for (const [token, ask] of [...this.#asks]) {
      if (!ask.many) this.#fail(token, new UnavailableError(`${ask.subject}: ${text}`));
    }
  }

  #askManyAgain(): void {
    for (const [token, ask] of [...this.#asks]) {
      if (ask.many) this.#send(token, ask.subject, ask.body, ask.headers);
    }
  }

  #onRefused(operation: 'publish' | 'subscription', subject: string, text: string): void {
    if (operation !== 'publish') return;
    for (const [token, ask] of [...this.#asks]) {
      if (ask.subject === subject) this.#fail(token, new ForbiddenError(text));
    }
  }
}

function readAnswer<T>(subject: string, msg: Msg, schema: AskOptions<T>['schema']): T {
  const kind = msg.headers?.get(header.error) ?? '';
  if (kind !== '') throw decodeError(kind, msg.data);
  try {
    const value: unknown = JSON.parse(msg.string());
    return schema === undefined ? (value as T) : schema.parse(value);
  } catch (cause) {
    throw new ContractError(`the answer to ${subject} is not what the contracts say`, { cause });
  }
}
