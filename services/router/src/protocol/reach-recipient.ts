import type { InboxItem, LiveAnswer } from '@reveille/contracts/ask/live';
import type { DeviceDescription, PushBinding } from '@reveille/contracts/ask/presence';
import type { AppId, DeviceId, Instant, UserId } from '@reveille/contracts/ids';
import type { DeviceFacts } from '../domain/delivery/decide-delivery.js';
import type { StrategyChoices } from '../domain/delivery/strategy-of.js';
import { Reach, type ReachPolicy } from '../domain/delivery/reach.js';

/** Asks whoever holds the user, any number of answers until it is closed. */
export interface LiveAsks {
  ask(
    question: { readonly app: AppId; readonly item: InboxItem; readonly traceparent: string },
    onAnswer: (answer: LiveAnswer) => void,
    onNobody: () => void,
  ): { close(): void };
}

export interface DeviceLookup {
  /** Throws UnavailableError when presence does not answer. */
  describe(app: AppId, user: UserId): Promise<readonly DeviceDescription[]>;
}

export interface Time {
  now(): Instant;
  after(ms: number, action: () => void): { cancel(): void };
}

export interface ReachPorts {
  readonly live: LiveAsks;
  readonly devices: DeviceLookup;
  readonly time: Time;
}

export interface ReachQuestion {
  readonly app: AppId;
  readonly item: InboxItem;
  readonly traceparent: string;
  readonly policy: ReachPolicy;
  /** A device that acknowledged after the decision. */
  readonly onLate: (deviceId: DeviceId, at: Instant) => void;
  /** From here on only an acknowledgement or a deadline is waited for. */
  readonly onWaiting: () => void;
}

/** How long after the ask answers are still heard, decided or not: as long as an answerer may give them. */
const listenMs = 20_000;

export type ReachEnd = 'decided' | 'stopped';

/**
 * Asks one recipient's clients and presence at once and waits, by the rules of `Reach`, until the verdict can be taken.
 * `ended` rejects when presence cannot be asked.
 */
export class RecipientReach {
  readonly ended: Promise<ReachEnd>;
  /** Resolves when it has ended or only an acknowledgement or a deadline can end it. */
  readonly pending: Promise<void>;
  readonly askedAt: Instant;
  readonly #state: Reach;
  #end!: (end: ReachEnd) => void;
  #fail!: (error: Error) => void;
  #isKnown!: () => void;
  #open: { close(): void } | null = null;
  /** Who hears the answers. What is heard late must not keep everything alive that was there before. */
  readonly #ear: Ear = {
    answer: (answer) => this.#onAnswer(answer),
    nobody: () => {
      this.#state.nobody();
      this.#step();
    },
  };
  #timer: { cancel(): void } | null = null;
  #timerAt = 0;
  #isOver = false;
  #isWaitKnown = false;

  constructor(
    private readonly ports: ReachPorts,
    private readonly question: ReachQuestion,
  ) {
    this.askedAt = ports.time.now();
    this.#state = new Reach(question.policy, this.askedAt);
    this.ended = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    this.pending = new Promise((resolve) => {
      this.#isKnown = resolve;
    });
    // Whoever waits for all of a chunk hears of the first failure alone.
    this.ended.catch(() => undefined);
    if (question.policy.live !== 'none') this.#ask();
    ports.devices.describe(question.app, question.item.recipient).then(
      (devices) => {
        this.#state.described(devices);
        this.#step();
      },
      (error: Error) => {
        this.#stopListening();
        this.#isOver = true;
        this.#isKnown();
        this.#fail(error);
      },
    );
  }

  get user(): UserId {
    return this.question.item.recipient;
  }

  get isDecided(): boolean {
    return this.#isOver;
  }

  facts(choices: StrategyChoices, isOwnDevice: boolean): DeviceFacts[] {
    return this.#state.facts(choices, isOwnDevice);
  }

  bindingOf(deviceId: DeviceId, choices: StrategyChoices): PushBinding | null {
    return this.#state.bindingOf(deviceId, choices);
  }

  /** An acknowledgement that came without an ask. */
  acknowledge(deviceId: DeviceId): void {
    this.#onAcknowledged([deviceId], false);
  }

  /** Gives up waiting; nothing was decided. */
  stop(): void {
    if (!this.#isOver) this.#finish('stopped');
    this.#stopListening();
  }

  #ask(): void {
    const { app, item, traceparent } = this.question;
    this.#open?.close();
    this.#open = openAsk(this.ports, { app, item, traceparent }, this.#ear);
  }

  #onAnswer(answer: LiveAnswer): void {
    if (answer.type === 'acknowledged') return this.#onAcknowledged(answer.devices, answer.all);
    if (this.#isOver) return;
    this.#state.holding(answer.devices);
    this.#step();
  }

  #onAcknowledged(devices: readonly DeviceId[], all: boolean): void {
    const now = this.ports.time.now();
    if (this.#isOver) {
      for (const deviceId of devices) this.question.onLate(deviceId, now);
      return;
    }
    this.#state.acknowledged(devices, now);
    if (all) this.#state.allAcknowledged(now);
    this.#step();
  }

  #step(): void {
    if (this.#isOver) return;
    const now = this.ports.time.now();
    const next = this.#state.next(now);
    if (next.kind === 'decided') return this.#finish('decided');
    if (!this.#isWaitKnown && this.#state.isKnownToWait(now)) {
      this.#isWaitKnown = true;
      this.#isKnown();
      this.question.onWaiting();
    }
    if (next.kind === 'ask-again') this.#wake(next.at, now);
    else if (next.until !== null) this.#wake(next.until, now);
  }

  #wake(at: Instant, now: Instant): void {
    if (this.#timer !== null && this.#timerAt === at) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.ports.time.after(Math.max(at - now, 0), () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timer = null;
    if (this.#isOver) return;
    const now = this.ports.time.now();
    const next = this.#state.next(now);
    if (next.kind === 'ask-again' && next.at <= now) {
      this.#state.askedAgain(now);
      this.#ask();
    }
    this.#step();
  }

  #finish(end: ReachEnd): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#timer = null;
    const silent = end === 'decided' ? this.#state.silentDevices() : [];
    if (silent.length > 0 && this.#open !== null) {
      listenLate(this.ports.time, this.#open, this.#ear, {
        silent,
        onLate: this.question.onLate,
        until: this.askedAt + listenMs,
      });
      this.#open = null;
    } else this.#stopListening();
    this.#isKnown();
    this.#end(end);
    // Too late for this verdict although it is only taken now: a timer, or presence, was later still.
    if (end === 'decided')
      for (const { deviceId, at } of this.#state.lateDevices()) this.question.onLate(deviceId, at);
  }

  #stopListening(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#open?.close();
    this.#open = null;
  }
}

interface Ear {
  answer: (answer: LiveAnswer) => void;
  nobody: () => void;
}

/** Apart from the class, so that the open ask holds on to the ear alone. */
function openAsk(
  { live }: ReachPorts,
  question: Parameters<LiveAsks['ask']>[0],
  ear: Ear,
): { close(): void } {
  return live.ask(
    question,
    (answer) => ear.answer(answer),
    () => ear.nobody(),
  );
}

interface LateListening {
  readonly silent: readonly DeviceId[];
  readonly onLate: ReachQuestion['onLate'];
  readonly until: Instant;
}

/** From now on the ear hears only who acknowledges too late, for as long as somebody may. */
function listenLate(
  time: Time,
  open: { close(): void },
  ear: Ear,
  { silent, onLate, until }: LateListening,
): void {
  ear.nobody = () => undefined;
  ear.answer = (answer) => {
    if (answer.type !== 'acknowledged') return;
    for (const deviceId of answer.all ? silent : answer.devices) onLate(deviceId, time.now());
  };
  time.after(until - time.now(), () => open.close());
}
