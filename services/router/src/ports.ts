import type { AppDocument, AppSettings } from '@reveille/contracts/app/events';
import type { SettleDeadLetterAsk } from '@reveille/contracts/ask/dead-letter';
import type { InboxItem } from '@reveille/contracts/ask/live';
import type { LocateAnswer, LocateAsk, StandingAsk, TimelineEntry } from '@reveille/contracts/ask/router';
import type { DeadLetter } from '@reveille/contracts/dead-letter';
import type { DeliveryLateAcknowledged, DeliverySettled } from '@reveille/contracts/delivery/events';
import type { AppId, DeviceId, Instant, MessageId, UserId } from '@reveille/contracts/ids';
import type { PushJob } from '@reveille/contracts/push/job';
import type { WithdrawalJob } from '@reveille/contracts/push/withdrawal';
import type { AppFact, KnownApp } from './domain/app/app-changes.js';
import type { PushConfig } from '@reveille/contracts/message/push-config';
import type { TargetAddress } from './domain/delivery/build-jobs.js';
import type { RedrivenJob } from './domain/delivery/redriven-job.js';
import type { DeliveryEnd, MessageAtHand } from './protocol/message-at-hand.js';
import type { ReachPorts, Time } from './protocol/reach-recipient.js';

export type { LateVerdicts } from './protocol/late-words.js';
export type { DeviceLookup, LiveAsks, ReachPorts, Time } from './protocol/reach-recipient.js';
export type { AppFact, DeliveryEnd, KnownApp, MessageAtHand };

/** The apps as APPS knows them. */
export interface Apps {
  /** Null for an app that is not configured. */
  settingsOf(app: AppId): AppSettings | null;
  /** Reads what APPS has now, for an app that may be new. */
  refresh(): Promise<void>;
  all(): readonly AppSettings[];
  /** Null for an app of which nothing was ever said. */
  newestOf(app: AppId): KnownApp | null;
  /** Every document that the app ever had, oldest first. */
  history(app: AppId): Promise<readonly AppDocument[]>;
}

/** Work that was given up. */
export interface StoredLetter {
  readonly kind: 'job' | 'fact';
  /** Its position in DEAD_LETTERS. */
  readonly letter: number;
  readonly app: AppId;
  readonly content: DeadLetter;
}
export interface DeadLetterShelf {
  /** Null where there is none at this position. */
  read(letter: number): Promise<StoredLetter | null>;
  settledAs(letter: StoredLetter): Promise<'redriven' | 'dropped' | null>;
  /** The last position of PUSHES. */
  endOfPushes(): Promise<number>;
}
export interface FactReruns {
  /**
   * Runs the handler of a consumer on a stored fact. RefusedError `dead-letter-unfit` where the fact is gone, cannot be read, or its
   * consumer is nobody's; UnavailableError while the handler cannot end.
   */
  rerun(consumer: string, sequence: number): Promise<void>;
}

/** What DELIVERIES keeps of one part of a message. */
export type StoredRound = Pick<DeliverySettled, 'chunk' | 'round' | 'settledAt' | 'recipients'>;

/** Where the fact of a message belongs, and what led to it. */
export interface FactContext {
  readonly app: AppId;
  readonly partition: number;
  /** The id of the message's envelope. */
  readonly causation: string;
  readonly traceparent: string;
}

/** Durable publishing: each promise is kept with the PubAck, or fails with UnavailableError. */
export interface Outbox {
  /** Null when it is settled now; otherwise what was settled before, which then is the verdict. */
  settle(context: FactContext, settled: DeliverySettled): Promise<StoredRound | null>;
  job(context: FactContext, job: PushJob): Promise<void>;
  withdrawal(context: FactContext, job: WithdrawalJob): Promise<void>;
  /** A job that is begun again: published once per letter. */
  redriven(letter: StoredLetter, redriven: RedrivenJob): Promise<void>;
  deadLetterSettled(
    letter: StoredLetter,
    settled: 'redriven' | 'dropped',
    ask: Pick<SettleDeadLetterAsk, 'by' | 'because'>,
  ): Promise<void>;
  lateAcknowledged(context: FactContext, late: DeliveryLateAcknowledged): Promise<void>;
  /** False where somebody else has said something about the app meanwhile: then this is not said. */
  app(fact: AppFact): Promise<boolean>;
}

/** What the views say. Each waits until its view has what the question presumes; UnavailableError if that takes too long. */
export interface Ledger {
  /** Throws UnavailableError while Postgres does not answer. */
  assertAvailable(): void;
  /** Everything of a message that was settled before this moment. */
  settledRounds(app: AppId, messageId: MessageId): Promise<StoredRound[]>;
  /** Whether another message before this position has the same id, or the same sender and client message id. */
  earlierThan(message: MessageIdentity): Promise<'same-message' | 'same-client-id' | null>;
  /** A message that lies before this position of MESSAGES; null where there is none. */
  messageBefore(
    position: number,
    app: AppId,
    messageId: MessageId,
  ): Promise<{ readonly partition: number; readonly recipients: readonly UserId[] } | null>;
  /** As far as the view has come: nobody waits for it. */
  isRevoked(app: AppId, messageId: MessageId): Promise<boolean>;
}

export interface MessageIdentity {
  readonly app: AppId;
  readonly messageId: MessageId;
  readonly sender: UserId;
  readonly clientMessageId: string | null;
  readonly position: number;
}

/** Tests stop the process at a named point. */
export type Checkpoint = (
  name: 'router.after-settled' | 'router.between-jobs' | 'router.after-jobs' | 'router.before-commit',
) => void;

/** Figures for the operator. */
export interface Meter {
  settled(verdict: string): void;
  /** From the ask to the decision. */
  waited(ms: number): void;
  repeated(): void;
  /** Late acknowledgements that could not be recorded. */
  lateLost(error: unknown, count: number): void;
}

/** A message whose recipients are decided round by round. */
export interface MessageToSettle {
  readonly message: MessageAtHand;
  readonly context: FactContext;
  readonly pushConfig: PushConfig | null;
  /** What the app's strategies stand for. */
  readonly settings: Pick<AppSettings, 'revision' | 'strategies'>;
}

/** Decided recipients. `addressOf` says where their tokens are; null: whoever takes their jobs asks presence. */
export interface RoundToSettle extends Pick<DeliverySettled, 'chunk' | 'round' | 'askedAt' | 'recipients'> {
  readonly addressOf: ((user: UserId, deviceId: DeviceId) => TargetAddress) | null;
}

/** The rounds of one message. Each promise is kept with the last PubAck, or fails with UnavailableError. */
export interface MessageRounds {
  /**
   * Settles, then publishes the jobs. Gives what stands now, which may have been settled before; null when this router has held
   * the message for too long: another one decides.
   */
  settle(round: RoundToSettle): Promise<StoredRound | null>;
  /** The jobs of a round that was settled before, again under their ids. */
  repeatJobs(stored: StoredRound): Promise<void>;
  /** Records who acknowledged too late for the verdict, if that was a push. */
  lateRecorder(user: UserId): (deviceId: DeviceId, at: Instant) => void;
  /** Nothing more is settled: who acknowledged late and has no verdict by now gets none. */
  close(): void;
}

export interface SettleRoundsPorts {
  readonly outbox: Pick<Outbox, 'settle' | 'job' | 'lateAcknowledged'>;
  readonly time: Pick<Time, 'now'>;
  readonly checkpoint: Checkpoint;
  readonly meter: Pick<Meter, 'settled' | 'lateLost'>;
}

export interface DeliverMessagePorts {
  readonly apps: Pick<Apps, 'settingsOf' | 'refresh'>;
  readonly reach: ReachPorts;
  readonly ledger: Omit<Ledger, 'messageBefore'>;
  readonly rounds: (message: MessageToSettle) => MessageRounds;
  readonly meter: Pick<Meter, 'waited' | 'repeated'>;
}

/** A message that its sender has taken back. */
export interface RevocationAtHand {
  readonly app: AppId;
  /** Of the revocation in MESSAGES. */
  readonly position: number;
  readonly eventId: string;
  readonly traceparent: string;
  readonly revokedAt: Instant;
  readonly messageId: MessageId;
}

export interface WithdrawPushesPorts {
  readonly ledger: Pick<Ledger, 'assertAvailable' | 'messageBefore' | 'settledRounds'>;
  readonly outbox: Pick<Outbox, 'withdrawal'>;
  readonly time: Pick<Time, 'now'>;
}

export interface FoundMessage {
  readonly messageId: MessageId;
  readonly acceptedAt: Instant;
}

/** Reads for asks. */
export interface Views {
  /** Resolves when the message view has everything that MESSAGES holds now, with the position of its end. */
  whenMessagesAreSeen(): Promise<number>;
  findMessage(app: AppId, sender: UserId, clientMessageId: string): Promise<FoundMessage | null>;
  /** Fewer than `limit` where they are large, but at least one; `more` says whether that is not all. */
  inboxAfter(
    app: AppId,
    user: UserId,
    position: number,
    limit: number,
  ): Promise<{ items: InboxItem[]; more: boolean }>;
  /** Oldest first; null for a message that the view does not have. */
  timeline(app: AppId, messageId: MessageId): Promise<TimelineEntry[] | null>;
  standing(pushes: StandingAsk['pushes']): Promise<('acknowledged' | 'revoked' | null)[]>;
  /** In the order of the question; looked for again in views that have caught up where something is missing at first. */
  locate(pushes: LocateAsk['pushes']): Promise<LocateAnswer['places']>;
}
