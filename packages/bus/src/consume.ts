import type { Msg } from '@nats-io/nats-core';
import type { Envelope } from '@reveille/contracts/envelope';
import { isErrorNamed, isRetryable } from '@reveille/contracts/errors';
import { header } from '@reveille/contracts/headers';
import { type DeliveryPlace, parseAckSubject } from './ack-subject.js';
import { decodeFact, type StoredMessage } from './codec.js';
import type { Bus, BusLogger } from './connect.js';
import { writeDeadLetter } from './dead-letter.js';
import { type Disposition, park } from './disposition.js';
import type { OutgoingMessage } from './outgoing.js';
import { PullSource } from './pull-source.js';
import { headersOf } from './wire-headers.js';

/** One message at the hands of a handler. Times are epoch milliseconds. */
export interface Delivery {
  readonly stream: string;
  readonly consumer: string;
  readonly subject: string;
  readonly sequence: number;
  readonly deliveryCount: number;
  readonly storedAt: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly envelope: Envelope<unknown>;
  /**
   * It may have been handled before: it was delivered before, or it is older than half the deduplication window, or it
   * was in the stream already when the present connection was made (a killed server forgets its last acks and then
   * delivers with count 1), or its publisher sent it again (a killed server forgets the ids of a work queue's removed messages).
   */
  readonly isRepeat: boolean;
  /** Tells the server that it is still being worked on: its ack wait begins anew. */
  working(): void;
  /**
   * Tells the loop that nothing is done about it for now, as when it waits for somebody's answer: another message is
   * taken in its place, as long as not more than `maxWaiting` wait like this.
   */
  waiting(): void;
}

export interface ConsumerOptions {
  readonly stream: string;
  readonly consumer: string;
  readonly maxInFlight: number;
  /** Messages that only wait (`Delivery.waiting`) and are held beside those in flight. Default 0. */
  readonly maxWaiting?: number;
  /** Lifts and checks the envelope; what it throws parks the message at once. */
  readonly decode?: (envelope: Envelope<unknown>) => Envelope<unknown>;
  readonly handle: (delivery: Delivery) => Promise<Disposition>;
  /** The schedule that `later` publishes before the message is acknowledged. */
  readonly reschedule?: (delivery: Delivery, afterMs: number) => OutgoingMessage;
  /** A fault that is neither a passing one nor a contract's parks after this many deliveries. */
  readonly parkAfter?: number;
  /** The consumer's ack wait: known, what a missing dependency left lying is taken up as soon as it is back. */
  readonly ackWaitMs?: number;
  readonly logger?: BusLogger;
}

export interface ConsumerHandle {
  /** Takes no more messages; what is at hand is finished, what still arrives is handed back. */
  pause(): void;
  resume(): void;
  /** Takes no more and resolves when what is at hand is finished. */
  stop(): Promise<void>;
  inFlight(): number;
  /** The dependency that a handler missed is being waited for. */
  isWaiting(): boolean;
}

/** A message's place in the window; free once its message only waits. */
interface Slot {
  /** The outage in which it was taken, to find out whether that is over; null outside one. */
  readonly probes: number | null;
  isFree: boolean;
  isDone: boolean;
}

const ack = Buffer.from('+ACK');
const nak = Buffer.from('-NAK');
const inProgress = Buffer.from('+WPI');
const firstProbeMs = 250;
const longestProbeMs = 2_000;
const usualAckWaitMs = 30_000;

/**
 * Runs a handler on every message of a consumer, up to `maxInFlight` at once, over reconnects and restarts of the server.
 *
 * running ⇄ paused by its owner.
 * running → waiting: a handler met a passing fault (unavailable, timeout). The message stays unacknowledged, pulling
 * stops; after a growing pause one message is tried alone, and when it is handled, or only waits for somebody's answer,
 * everything runs again. A dependency may also hang: a message that has not ended within the ack wait is not ours any more, and
 * another one is tried beside it. A passing fault
 * never parks a message; a ContractError parks at once; any other fault after `parkAfter` deliveries.
 */
export function runConsumer(bus: Bus, options: ConsumerOptions): ConsumerHandle {
  return new ConsumerLoop(bus, options);
}

class ConsumerLoop implements ConsumerHandle {
  readonly #source: PullSource;
  readonly #logger: BusLogger;
  readonly #parkAfter: number;
  readonly #running = new Set<Promise<void>>();
  #waitingCount = 0;
  #tailAtConnect = 0;
  #isPaused = false;
  #isStopped = false;
  #isWaiting = false;
  #outages = 0;
  #probeMs = firstProbeMs;
  #probe: NodeJS.Timeout | null = null;
  #trial: NodeJS.Timeout | null = null;
  /** How many are tried at once: those that hang, and one more. */
  #trialWindow = 1;
  /** Messages that a missing dependency left unacknowledged, with the moment when they arrived. */
  #left: { msg: Msg; at: number }[] = [];
  /** Answers that had no connection to go out on. */
  #unsent: { msg: Msg; answer: Uint8Array }[] = [];
  readonly #unlisten: () => void;

  constructor(
    private readonly bus: Bus,
    private readonly options: ConsumerOptions,
  ) {
    this.#logger = options.logger ?? bus.logger;
    this.#parkAfter = options.parkAfter ?? 5;
    this.#source = new PullSource(bus, {
      stream: options.stream,
      consumer: options.consumer,
      window: options.maxInFlight,
      prepare: async () => {
        this.#tailAtConnect = await bus.streamTailAtConnect(options.stream);
      },
      onMessage: (msg) => this.#take(msg),
      onStray: (msg) => this.#answer(msg, nak),
    });
    this.#unlisten = bus.listen({ connected: () => this.#sendUnsent() });
    this.#source.open();
  }

  pause(): void {
    this.#isPaused = true;
    void this.#source.close();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#isStopped || this.#probe !== null) return;
    if (this.#isWaiting) this.#try();
    else this.#source.open(this.options.maxInFlight);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#clearTimers();
    await this.#source.dispose();
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#unlisten();
  }

  inFlight(): number {
    return this.#running.size;
  }

  isWaiting(): boolean {
    return this.#isWaiting;
  }

  #take(msg: Msg): void {
    const slot: Slot = { probes: this.#isWaiting ? this.#outages : null, isFree: false, isDone: false };
    const run = this.#run(msg, slot).finally(() => {
      this.#running.delete(run);
      slot.isDone = true;
      if (slot.isFree) this.#waitingCount -= 1;
      else this.#source.release();
    });
    this.#running.add(run);
  }

  async #run(msg: Msg, slot: Slot): Promise<void> {
    const place = parseAckSubject(msg.reply ?? '');
    if (place === null) return;
    const arrivedAt = performance.now();
    const stored = storedOf(msg, place);
    try {
      await this.#settle(msg, stored, place, await this.#handle(msg, stored, place, slot));
    } catch (error) {
      // What could not be recorded is not acknowledged either: the message comes again.
      this.#onFault(msg, stored, place, error, arrivedAt);
    }
  }

  async #handle(msg: Msg, stored: StoredMessage, place: DeliveryPlace, slot: Slot): Promise<Disposition> {
    try {
      const delivery = this.#deliveryOf(msg, stored, place, slot);
      const disposition = await this.options.handle(delivery);
      this.#onProbed(slot);
      if (disposition.kind === 'later') return await this.#reschedule(delivery, disposition.afterMs);
      return disposition;
    } catch (error) {
      if (isErrorNamed(error, 'ContractError')) return park(error.message);
      if (isRetryable(error) || place.deliveryCount < this.#parkAfter) throw error;
      return park(
        `failed ${place.deliveryCount} times: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  #deliveryOf(msg: Msg, stored: StoredMessage, place: DeliveryPlace, slot: Slot): Delivery {
    const envelope = decodeFact(stored);
    const { sequence, storedAt, deliveryCount } = place;
    return {
      stream: place.stream,
      consumer: place.consumer,
      subject: stored.subject,
      sequence,
      deliveryCount,
      storedAt,
      headers: stored.headers,
      envelope: this.options.decode === undefined ? envelope : this.options.decode(envelope),
      isRepeat:
        deliveryCount > 1 ||
        header.sentAgain in stored.headers ||
        sequence <= this.#tailAtConnect ||
        this.bus.clock.now() - storedAt > this.bus.duplicateWindowMs / 2,
      working: () => this.#answer(msg, inProgress),
      waiting: () => {
        this.#onProbed(slot);
        this.#free(slot);
      },
    };
  }

  #free(slot: Slot): void {
    if (slot.isFree || slot.isDone || this.#waitingCount >= (this.options.maxWaiting ?? 0)) return;
    slot.isFree = true;
    this.#waitingCount += 1;
    this.#source.release();
  }

  async #reschedule(delivery: Delivery, afterMs: number): Promise<Disposition> {
    if (this.options.reschedule === undefined) {
      throw new Error(`${this.options.consumer} asks for later and has no schedule`);
    }
    await this.bus.publisher.publish(this.options.reschedule(delivery, afterMs));
    return { kind: 'done' };
  }

  async #settle(
    msg: Msg,
    stored: StoredMessage,
    place: DeliveryPlace,
    disposition: Disposition,
  ): Promise<void> {
    switch (disposition.kind) {
      case 'done':
        return this.#answer(msg, ack);
      case 'handBack':
        return this.#answer(msg, nak);
      case 'park': {
        const { deliveryCount, consumer } = place;
        await writeDeadLetter(this.bus, {
          ...stored,
          consumer,
          attempts: deliveryCount,
          reason: disposition.because,
        });
        this.#logger.warn('a message was parked', { ...about(place), because: disposition.because });
        return this.#answer(
          msg,
          Buffer.from(`+TERM ${disposition.because.replaceAll(/\s+/g, ' ').slice(0, 200)}`),
        );
      }
      case 'leave':
      case 'later':
        this.#logger.debug('a message was left', { ...about(place), because: disposition.because });
    }
  }

  #onFault(msg: Msg, stored: StoredMessage, place: DeliveryPlace, error: unknown, arrivedAt: number): void {
    if (isRetryable(error)) {
      // Everything in flight misses it: once is enough for who reads along.
      const level = this.#isWaiting ? 'debug' : 'warn';
      this.#logger[level]('a dependency is missing, waiting for it', { ...about(place), error });
      this.#left.push({ msg, at: arrivedAt });
      this.#wait();
      return;
    }
    this.#logger.error('a handler failed', { ...about(place), subject: stored.subject, error });
    const delayMs = 100 * 4 ** Math.min(place.deliveryCount - 1, 4);
    this.#answer(msg, Buffer.from(`-NAK {"delay":${delayMs * 1_000_000}}`));
  }

  #wait(): void {
    if (this.#isStopped) return;
    if (!this.#isWaiting) this.#outages += 1;
    this.#isWaiting = true;
    if (this.#trial !== null) clearTimeout(this.#trial);
    this.#trial = null;
    if (this.#probe !== null) return;
    void this.#source.close();
    this.#probe = setTimeout(() => {
      this.#probe = null;
      if (!this.#isPaused && !this.#isStopped) this.#try();
    }, this.#probeMs);
    this.#probeMs = Math.min(this.#probeMs * 2, longestProbeMs);
  }

  #try(): void {
    this.#source.open(this.#trialWindow);
    if (this.#trial !== null) clearTimeout(this.#trial);
    this.#trial = setTimeout(() => {
      this.#trial = null;
      if (!this.#isWaiting || this.#isPaused) return;
      this.#trialWindow = Math.min(this.#trialWindow + 1, this.options.maxInFlight);
      this.#try();
    }, this.options.ackWaitMs ?? usualAckWaitMs);
  }

  /** A message that was taken before the outage says nothing about its end. */
  #onProbed(slot: Slot): void {
    if (this.#isWaiting && slot.probes === this.#outages) this.#onRecovery();
  }

  #onRecovery(): void {
    this.#isWaiting = false;
    this.#logger.info('the dependency is back', this.#name());
    this.#probeMs = firstProbeMs;
    this.#trialWindow = 1;
    this.#clearTimers();
    // Given back while the server still counts them as ours; the older ones it has given to others by now.
    const youngest = performance.now() - (this.options.ackWaitMs ?? 0) + 1_000;
    for (const { msg, at } of this.#left.splice(0)) if (at > youngest) this.#answer(msg, nak);
    if (!this.#isPaused && !this.#isStopped) this.#source.open(this.options.maxInFlight);
  }

  #name(): { stream: string; consumer: string } {
    return { stream: this.options.stream, consumer: this.options.consumer };
  }

  #clearTimers(): void {
    if (this.#probe !== null) clearTimeout(this.#probe);
    if (this.#trial !== null) clearTimeout(this.#trial);
    this.#probe = null;
    this.#trial = null;
  }

  #answer(msg: Msg, answer: Uint8Array): void {
    if (!msg.reply || this.bus.nc.isClosed()) return;
    if (this.bus.isConnected()) this.bus.nc.publish(msg.reply, answer);
    else this.#unsent.push({ msg, answer });
  }

  #sendUnsent(): void {
    for (const { msg, answer } of this.#unsent.splice(0)) this.#answer(msg, answer);
  }
}

function storedOf(msg: Msg, place: DeliveryPlace): StoredMessage {
  return {
    stream: place.stream,
    sequence: place.sequence,
    subject: msg.subject,
    storedAt: place.storedAt,
    headers: headersOf(msg),
    data: msg.data,
  };
}

function about(place: DeliveryPlace): Record<string, unknown> {
  const { stream, consumer, sequence, deliveryCount } = place;
  return { stream, consumer, sequence, deliveryCount };
}
