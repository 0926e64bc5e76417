import type { JetStreamManager, StoredMsg } from '@nats-io/jetstream';
import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { createInbox } from '@nats-io/nats-core';
import { TimeoutError, UnavailableError } from '@reveille/contracts/errors';
import type { StoredMessage } from './codec.js';
import { apiCode, apiCodeOf, faultOfClient, statusOf } from './jetstream-errors.js';
import { headerRecord, headersOf } from './wire-headers.js';

export interface ScanRange {
  /** The first sequence that is wanted; or the first stream time (epoch ms); by default the stream's beginning. */
  readonly startSequence?: number;
  readonly startTime?: number;
  /** Patterns that do not overlap; none: every subject of the stream. */
  readonly subjects: readonly string[];
  /** The last sequence that is wanted: as a rule what `streamTail` said. */
  readonly untilSequence: number;
}

/** The newest message of each subject. */
export interface NewestMessages {
  /** In the order of the stream. */
  readonly messages: readonly StoredMessage[];
  /** Whatever is stored after this position is not among them. */
  readonly upTo: number;
}

type DirectQuery =
  | {
      readonly seq?: number;
      readonly start_time?: string;
      readonly next_by_subj: string;
      readonly batch: number;
      readonly max_bytes: number;
    }
  | { readonly multi_last: readonly string[] };

interface DirectBatch {
  readonly messages: StoredMessage[];
  /** How many more the answering replica has. */
  readonly left: number;
  /** It has more subjects than it gives at once. */
  readonly isTooMany: boolean;
}

const batchSize = 512;
const batchBytes = 4 * 1024 * 1024;
const answerTimeoutMs = 5_000;
const everySubject = '>';

/** Reads of stored messages without a consumer. */
export class StreamReader {
  readonly #tails = new Map<string, { running: Promise<number>; next: Promise<number> | null }>();

  constructor(
    private readonly nc: NatsConnection,
    private readonly jsm: JetStreamManager,
  ) {}

  /**
   * The last sequence that the stream has given out. Callers that come while a question is on its way share the next one,
   * not the present one: that may have been answered before what the caller has just seen.
   */
  streamTail(stream: string): Promise<number> {
    const flight = this.#tails.get(stream);
    if (flight === undefined) return this.#launch(stream);
    flight.next ??= flight.running.then(
      () => this.#launch(stream),
      () => this.#launch(stream),
    );
    return flight.next;
  }

  #launch(stream: string): Promise<number> {
    const running = this.#askTail(stream);
    const flight = { running, next: null };
    this.#tails.set(stream, flight);
    const land = () => {
      if (this.#tails.get(stream) === flight && flight.next === null) this.#tails.delete(stream);
    };
    running.then(land, land);
    return running;
  }

  async #askTail(stream: string): Promise<number> {
    const last = await this.getLastMessage(stream, everySubject);
    if (last !== null) return last.sequence;
    // The server also says "none" when the very last message was deleted; the stream's own state knows better.
    try {
      return (await this.jsm.streams.info(stream)).state.last_seq;
    } catch (cause) {
      throw faultOfClient(cause, `reading ${stream}`);
    }
  }

  getMessage(stream: string, sequence: number): Promise<StoredMessage | null> {
    return this.#leaderGet(stream, { seq: sequence });
  }

  getLastMessage(stream: string, subject: string): Promise<StoredMessage | null> {
    return this.#leaderGet(stream, { last_by_subj: subject });
  }

  getNextMessage(stream: string, fromSequence: number, subject: string): Promise<StoredMessage | null> {
    return this.#leaderGet(stream, { seq: fromSequence, next_by_subj: subject });
  }

  /** How many messages there are on these subjects from that time (epoch ms) on; a replica that lags may miss the last ones. */
  async count(
    stream: string,
    { startTime, subjects }: Required<Pick<ScanRange, 'startTime' | 'subjects'>>,
  ): Promise<number> {
    const counts = await Promise.all(
      subjects.map(async (pattern) => {
        const start_time = new Date(startTime).toISOString();
        const query = { start_time, next_by_subj: pattern, batch: 1, max_bytes: batchBytes };
        const { messages, left } = await this.#batch(stream, query);
        return messages.length + left;
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async *scan(stream: string, range: ScanRange): AsyncGenerator<StoredMessage> {
    const patterns = range.subjects.length === 0 ? [everySubject] : range.subjects;
    if (patterns.length === 1) yield* this.#scanOne(stream, range, patterns[0] as string);
    else yield* mergeBySequence(patterns.map((pattern) => this.#scanOne(stream, range, pattern)));
  }

  async *#scanOne(stream: string, range: ScanRange, pattern: string): AsyncGenerator<StoredMessage> {
    let next = range.startSequence ?? 1;
    let startTime = range.startSequence === undefined ? range.startTime : undefined;
    for (;;) {
      const from =
        startTime === undefined ? { seq: next } : { start_time: new Date(startTime).toISOString() };
      const { messages, left } = await this.#batch(stream, {
        ...from,
        next_by_subj: pattern,
        batch: batchSize,
        max_bytes: batchBytes,
      });
      for (const message of messages) {
        if (message.sequence > range.untilSequence) return;
        next = message.sequence + 1;
        startTime = undefined;
        yield message;
      }
      // A message that is larger than a batch may be comes alone, from the leader.
      if (left === 0 || messages.length === 0 || next > range.untilSequence) break;
    }
    // A replica that lags may have said "no more" too early. The leader has the last word.
    if (startTime !== undefined)
      return yield* this.#leaderFrom(stream, pattern, range.untilSequence, startTime);
    yield* this.#leaderTail(stream, pattern, next, range.untilSequence);
  }

  async *#leaderTail(
    stream: string,
    pattern: string,
    from: number,
    until: number,
  ): AsyncGenerator<StoredMessage> {
    let next = from;
    while (next <= until) {
      const message = await this.getNextMessage(stream, next, pattern);
      if (message === null || message.sequence > until) return;
      next = message.sequence + 1;
      yield message;
    }
  }

  /**
   * One message per subject instead of the whole stream; null where there are more subjects than a server gives at once (1,024):
   * then the stream is to be read.
   */
  async newest(stream: string, subject: string): Promise<NewestMessages | null> {
    const { messages, isTooMany } = await this.#batch(stream, { multi_last: [subject] });
    if (isTooMany) return null;
    messages.sort((a, b) => a.sequence - b.sequence);
    // A replica that lags knows less than the leader: its last word is where reading on begins.
    return { messages, upTo: messages.at(-1)?.sequence ?? 0 };
  }

  /** Nothing was found from that time on; what the leader has at the very end may still be younger. */
  async *#leaderFrom(
    stream: string,
    pattern: string,
    until: number,
    startTime: number,
  ): AsyncGenerator<StoredMessage> {
    const last = await this.getLastMessage(stream, pattern);
    if (last === null || last.sequence > until || last.storedAt < startTime) return;
    yield last;
  }

  async #leaderGet(
    stream: string,
    query: { seq: number } | { last_by_subj: string } | { seq: number; next_by_subj: string },
  ): Promise<StoredMessage | null> {
    try {
      const found = await this.jsm.streams.getMessage(stream, query);
      return found === null ? null : ofLeader(stream, found);
    } catch (cause) {
      if (apiCodeOf(cause) === apiCode.messageNotFound) return null;
      throw faultOfClient(cause, `reading ${stream}`);
    }
  }

  /** One batched direct get. */
  #batch(stream: string, query: DirectQuery): Promise<DirectBatch> {
    return new Promise((resolve, reject) => {
      const messages: StoredMessage[] = [];
      const finish = (outcome: Error | number, isTooMany = false) => {
        clearTimeout(timer);
        subscription.unsubscribe();
        if (outcome instanceof Error) reject(outcome);
        else resolve({ messages, left: outcome, isTooMany });
      };
      const inbox = createInbox(this.#inboxPrefix());
      const subscription = this.nc.subscribe(inbox, {
        callback: (error, msg) => {
          if (error !== null) return finish(faultOfClient(error, `reading ${stream}`));
          timer.refresh();
          const status = statusOf(msg);
          if (status === 0) messages.push(ofDirect(stream, msg));
          else if (status === 204) finish(Number(msg.headers?.get('Nats-Num-Pending') ?? '0'));
          else if (status === 404) finish(0);
          else if (status === 413) finish(0, true);
          else finish(new UnavailableError(`reading ${stream}: ${msg.headers?.description ?? status}`));
        },
      });
      // Not before: a connection that is closed refuses the subscription, and then nothing may come later.
      const timer = setTimeout(
        () => finish(new TimeoutError(`reading ${stream}: no answer`)),
        answerTimeoutMs,
      );
      this.nc.publish(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(query), { reply: inbox });
    });
  }

  #inboxPrefix(): string {
    return (this.nc as unknown as { options: { inboxPrefix: string } }).options.inboxPrefix;
  }
}

const bookkeeping = new Set([
  'Nats-Stream',
  'Nats-Sequence',
  'Nats-Subject',
  'Nats-Time-Stamp',
  'Nats-Num-Pending',
  'Nats-Last-Sequence',
]);

function ofDirect(stream: string, msg: Msg): StoredMessage {
  const all = headersOf(msg);
  const headers: Record<string, string> = {};
  for (const name in all) if (!bookkeeping.has(name)) headers[name] = all[name] ?? '';
  return {
    stream,
    sequence: Number(all['Nats-Sequence']),
    subject: all['Nats-Subject'] ?? '',
    storedAt: Date.parse(all['Nats-Time-Stamp'] ?? ''),
    headers,
    data: msg.data,
  };
}

function ofLeader(stream: string, found: StoredMsg): StoredMessage {
  return {
    stream,
    sequence: found.seq,
    subject: found.subject,
    storedAt: found.time.getTime(),
    headers: headerRecord(found.header),
    data: found.data,
  };
}

async function* mergeBySequence(sources: AsyncGenerator<StoredMessage>[]): AsyncGenerator<StoredMessage> {
  const heads = await Promise.all(sources.map((source) => source.next()));
  for (;;) {
    let first = -1;
    for (const [index, head] of heads.entries()) {
      const best = first === -1 ? null : heads[first];
      if (
        head.done !== true &&
        (best == null || best.done === true || head.value.sequence < best.value.sequence)
      ) {
        first = index;
      }
    }
    const chosen = heads[first];
    const source = sources[first];
    if (chosen === undefined || chosen.done === true || source === undefined) return;
    yield chosen.value;
    heads[first] = await source.next();
  }
}
