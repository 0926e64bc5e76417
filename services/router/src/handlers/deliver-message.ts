import type { AppSettings } from '@reveille/contracts/app/events';
import type { InboxItem } from '@reveille/contracts/ask/live';
import type { DeliverySettled } from '@reveille/contracts/delivery/events';
import type { WithheldReason } from '@reveille/contracts/delivery/withheld-reason';
import type { DeviceId, UserId } from '@reveille/contracts/ids';
import type { TargetAddress } from '../domain/delivery/build-jobs.js';
import { cutRecipients } from '../domain/delivery/cut-recipients.js';
import { decideDelivery, withheldAsAWhole } from '../domain/delivery/decide-delivery.js';
import { type MessagePolicy, policyOf, settingsOfUnknownApp } from '../domain/delivery/policy-of.js';
import type { DeliverMessagePorts, MessageRounds, StoredRound } from '../ports.js';
import type { HeldMessage, HeldMessages } from '../protocol/held-messages.js';
import type { DeliveryEnd, MessageAtHand } from '../protocol/message-at-hand.js';
import { RecipientReach } from '../protocol/reach-recipient.js';

export type DeliverMessage = (message: MessageAtHand) => Promise<DeliveryEnd>;

type Recipient = DeliverySettled['recipients'][number];

/** Up to 500 recipients of a message and what was settled of them before. */
interface Chunk {
  readonly index: number;
  readonly users: readonly UserId[];
  readonly stored: readonly StoredRound[];
}

/** A message that was taken within this time cannot have been revoked before anybody asked for it. */
const freshMs = 1_000;
/** One silent member does not hold back the others of its chunk for longer than this. */
const firstRoundAfterMs = 1_000;

/**
 * One accepted message. What was settled before stays settled and gets its jobs again; everybody else is asked live and
 * looked up at once, waited for, decided and settled; the jobs follow the settlement's PubAck, the end follows theirs.
 */
export function deliverMessage(ports: DeliverMessagePorts, held: HeldMessages): DeliverMessage {
  return async (message) => {
    ports.ledger.assertAvailable();
    if (held.isStopped) return 'handed-back';
    const { app, data } = message;
    if (ports.apps.settingsOf(app) === null) await ports.apps.refresh();
    const settings = ports.apps.settingsOf(app) ?? settingsOfUnknownApp(app);
    const run = new MessageRun(ports, message, settings);
    const letGo = held.hold(app, data.messageId, run);
    try {
      return await run.deliver();
    } finally {
      run.close();
      letGo();
    }
  };
}

class MessageRun implements HeldMessage {
  readonly #policy: MessagePolicy;
  readonly #reaches: RecipientReach[] = [];
  readonly #rounds: MessageRounds;

  constructor(
    private readonly ports: DeliverMessagePorts,
    private readonly message: MessageAtHand,
    private readonly settings: AppSettings,
  ) {
    const { app, partition, eventId, traceparent, data, acceptedAt } = message;
    this.#policy = policyOf(data, acceptedAt, settings);
    const context = { app, partition, causation: eventId, traceparent };
    const { pushConfig } = this.#policy;
    this.#rounds = ports.rounds({ message, context, pushConfig, settings });
  }

  acknowledge(user: UserId, deviceId: DeviceId): void {
    for (const reach of this.#reaches) if (reach.user === user) reach.acknowledge(deviceId);
  }

  stop(): void {
    for (const reach of this.#reaches) reach.stop();
  }

  /** Nothing more is settled here: who acknowledged late and has no verdict by now gets none. */
  close(): void {
    this.#rounds.close();
  }

  async deliver(): Promise<DeliveryEnd> {
    const { isRepeat, data } = this.message;
    // A platform sends again as it likes; our own gateway says which try it is.
    const mayBeSecond = isRepeat || data.attempt > 0 || this.settings.platformNkey !== null;
    let stored = isRepeat ? await this.#storedRounds() : [];
    const earlier = mayBeSecond && stored.length === 0 ? await this.#earlier() : null;
    if (earlier === 'same-message') {
      stored = await this.#storedRounds();
      // The first one is still at hand somewhere; its verdict will be this one's.
      if (stored.length === 0) return 'left';
    }
    const reason = earlier === 'same-client-id' ? 'duplicate' : await this.#reasonAtOnce();
    const chunks = cutRecipients(data.recipients).map((users, index) => ({
      index,
      users,
      stored: stored.filter(({ chunk }) => chunk === index),
    }));
    const ends = await Promise.all(chunks.map((chunk) => this.#settleChunk(chunk, reason)));
    return ends.find((end) => end !== 'settled') ?? 'settled';
  }

  async #storedRounds(): Promise<StoredRound[]> {
    const rounds = await this.ports.ledger.settledRounds(this.message.app, this.message.data.messageId);
    if (rounds.length > 0) this.ports.meter.repeated();
    return rounds;
  }

  #earlier(): Promise<'same-message' | 'same-client-id' | null> {
    const { app, position, data } = this.message;
    const { messageId, sender, clientMessageId } = data;
    return this.ports.ledger.earlierThan({ app, messageId, sender, clientMessageId, position });
  }

  /** Why nobody need be asked: the message as a whole is withheld. */
  async #reasonAtOnce(): Promise<WithheldReason | null> {
    const { isRepeat, acceptedAt, takenAt } = this.message;
    if (this.#policy.expiresAt <= takenAt) return 'expired';
    const isFresh = !isRepeat && takenAt - acceptedAt <= freshMs;
    return !isFresh && (await this.#isRevoked()) ? 'revoked' : null;
  }

  #isRevoked(): Promise<boolean> {
    return this.ports.ledger.isRevoked(this.message.app, this.message.data.messageId);
  }

  async #settleChunk({ index, users, stored }: Chunk, reason: WithheldReason | null): Promise<DeliveryEnd> {
    for (const round of stored) await this.#rounds.repeatJobs(round);
    const done = new Set(stored.flatMap(({ recipients }) => recipients.map(({ user }) => user)));
    const left = users.filter((user) => !done.has(user));
    if (left.length === 0) return 'settled';
    const round = stored.length === 0 ? 0 : 1;
    if (reason !== null) {
      const recipients = left.map((user) => ({ user, devices: withheldAsAWhole(reason) }));
      return (await this.#settle(index, round, recipients, null)) === null ? 'left' : 'settled';
    }
    const reaches = left.map((user) => this.#reach(user));
    try {
      if (round === 1 || users.length === 1) return await this.#settleAll(index, round, reaches);
      return await this.#settleInTwoRounds(index, reaches);
    } catch (error) {
      for (const reach of reaches) reach.stop();
      throw error;
    }
  }

  async #settleAll(chunk: number, round: number, reaches: readonly RecipientReach[]): Promise<DeliveryEnd> {
    const ends = await Promise.all(reaches.map(({ ended }) => ended));
    if (ends.includes('stopped')) return 'handed-back';
    const recipients = await this.#decide(reaches);
    return (await this.#settle(chunk, round, recipients, reaches)) === null ? 'left' : 'settled';
  }

  /** The first round is published even if it is empty: whoever comes again must find out what is left for the second. */
  async #settleInTwoRounds(chunk: number, reaches: readonly RecipientReach[]): Promise<DeliveryEnd> {
    await this.#untilFirstRound(reaches);
    const decided = reaches.filter(({ isDecided }) => isDecided);
    const ends = await Promise.all(decided.map(({ ended }) => ended));
    if (ends.includes('stopped')) return 'handed-back';
    const first = await this.#settle(chunk, 0, await this.#decide(decided), decided);
    if (first === null) return 'left';
    const done = new Set(first.recipients.map(({ user }) => user));
    const rest = reaches.filter(({ user }) => !done.has(user));
    return rest.length === 0 ? 'settled' : this.#settleAll(chunk, 1, rest);
  }

  async #untilFirstRound(reaches: readonly RecipientReach[]): Promise<void> {
    let timer: { cancel(): void } | null = null;
    const late = new Promise<void>((resolve) => {
      timer = this.ports.reach.time.after(firstRoundAfterMs, resolve);
    });
    await Promise.race([late, Promise.all(reaches.map(({ pending }) => pending))]);
    (timer as { cancel(): void } | null)?.cancel();
  }

  #reach(user: UserId): RecipientReach {
    const { app, traceparent, position, acceptedAt, data, onWaiting } = this.message;
    const { messageId, sender, content, priority } = data;
    const item: InboxItem = { messageId, position, sender, recipient: user, content, priority, acceptedAt };
    const onLate = this.#rounds.lateRecorder(user);
    const policy = this.settings;
    const reach = new RecipientReach(this.ports.reach, { app, item, traceparent, policy, onLate, onWaiting });
    this.#reaches.push(reach);
    return reach;
  }

  async #decide(reaches: readonly RecipientReach[]): Promise<Recipient[]> {
    const settledAt = this.ports.reach.time.now();
    const hasWaited = reaches.some(({ askedAt }) => settledAt - askedAt > freshMs / 4);
    const policy = { ...this.#policy, settledAt, isRevoked: hasWaited && (await this.#isRevoked()) };
    const { sender } = this.message.data;
    return reaches.map((reach) => {
      this.ports.meter.waited(settledAt - reach.askedAt);
      const facts = reach.facts(policy.choices, reach.user === sender);
      return { user: reach.user, devices: decideDelivery(facts, policy) };
    });
  }

  #settle(
    chunk: number,
    round: number,
    recipients: Recipient[],
    reaches: readonly RecipientReach[] | null,
  ): Promise<StoredRound | null> {
    const askedAt = reaches?.[0]?.askedAt ?? null;
    const addressOf = reaches === null ? null : this.#addresses(reaches);
    return this.#rounds.settle({ chunk, round, askedAt, recipients, addressOf });
  }

  #addresses(reaches: readonly RecipientReach[]): (user: UserId, deviceId: DeviceId) => TargetAddress {
    return (user, deviceId) => {
      const reach = reaches.find((candidate) => candidate.user === user);
      const binding = reach?.bindingOf(deviceId, this.#policy.choices) ?? null;
      return {
        sealedToken: binding?.sealedToken ?? null,
        environment: binding?.environment ?? 'automatic',
        bundle: binding?.bundle ?? null,
      };
    };
  }
}
