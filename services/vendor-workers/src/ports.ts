import type { AppId, DeviceId, Instant, MessageId, UserId } from '@reveille/contracts/ids';
import type { ClosedReason } from '@reveille/contracts/delivery/withheld-reason';
import type { TokenKind } from '@reveille/contracts/device/events';
import type { PushAttempted, PushClosed } from '@reveille/contracts/push/events';
import type { PushJob, PushTarget } from '@reveille/contracts/push/job';
import type { DeferredReason, PushOutcome } from '@reveille/contracts/push/outcome';
import type { PushReceipted } from '@reveille/contracts/push/receipt';
import type { Lane } from '@reveille/contracts/push/lane';
import type { PushEnvironment, VendorName } from '@reveille/contracts/push/vendor';
import type { PushWithdrawn, WithdrawalJob } from '@reveille/contracts/push/withdrawal';
import type { TargetResult } from './domain/disposition-of.js';
import type { Heard, LineTrouble } from './protocol/line-health.js';
import type { Credential, RequestContext, Sender, VendorChannel, VendorQuota } from './vendor.js';

export type { ReceiptFacts, ReceiptJournal } from './protocol/keep-receipts.js';

/** Nearly always known at once; then nothing is waited for, not even a turn of the event loop. */
export type Soon<Value> = Value | Promise<Value>;

/** A job at the hands of the worker. */
export interface JobDelivery {
  readonly app: AppId;
  readonly job: PushJob;
  /** The id of the job's envelope: what its outcomes name as their cause. */
  readonly envelopeId: string;
  readonly traceparent: string | null;
  readonly deliveryCount: number;
  readonly storedAt: Instant;
  /** It may have been handled before. */
  readonly isRepeat: boolean;
}

/** A withdrawal at the hands of the worker. */
export type WithdrawalDelivery = Omit<JobDelivery, 'job'> & { readonly job: WithdrawalJob };

/** What becomes of the job's message; the bus carries it out. */
export type JobDisposition =
  | { readonly kind: 'done' }
  | { readonly kind: 'handBack' }
  | { readonly kind: 'park'; readonly because: string };

export interface Clock {
  now(): Instant;
}
/** What a machine has and pure code has not. */
export interface Machine extends Clock {
  /** 0 up to but not including 1. */
  random(): number;
  /** 128 bits, base64url. */
  nonce(): string;
}

/** What others know about a push that has waited or may have been sent. Asked in batches; rejects while nobody answers. */
export interface PushFacts {
  /** Presence: is each target still bound, and what is its token now. Keeps the order. */
  bindings(
    app: AppId,
    vendor: VendorName,
    kind: TokenKind,
    targets: readonly Pick<PushTarget, 'user' | 'deviceId' | 'tokenRef'>[],
  ): Promise<readonly TargetBinding[]>;
  /** Router: does each push still stand (null), or why not. Keeps the order. */
  standing(
    app: AppId,
    messageId: MessageId,
    targets: readonly PushTarget[],
  ): Promise<readonly (ClosedReason | null)[]>;
  /** PUSHES: everything that was said of the job since its verdict, oldest first, complete at the moment of the call. */
  history(
    app: AppId,
    job: Pick<PushJob, 'vendor' | 'partition' | 'jobId' | 'settledAt'>,
  ): Promise<readonly PushRecord[]>;
  /** PUSHES: what was said of a job in a time that may be long past, oldest first. It holds up nobody who asks for a history. */
  past(app: AppId, question: PastQuestion): Promise<readonly PushRecord[]>;
}
export interface PastQuestion extends Pick<PushJob, 'vendor' | 'partition' | 'jobId'> {
  readonly since: Instant;
  /** Null: the moment of the call. */
  readonly until: Instant | null;
  /** What comes after these need not be read. */
  isEnough(records: readonly PushRecord[]): boolean;
}
export type TargetBinding =
  | {
      readonly state: 'bound';
      readonly tokenRef: string;
      readonly sealedToken: string;
      readonly environment: PushEnvironment;
      readonly bundle: string | null;
    }
  | { readonly state: 'gone'; readonly reason: 'logged-out' | 'unregistered' | 'token-dead' };
/** What one event says about a job's targets, as far as a repeat must know it. */
export interface PushRecord {
  /** Of the event in PUSHES. */
  readonly position: number;
  /** When the attempt began, or the closing was said. */
  readonly startedAt: Instant;
  readonly attempt: number;
  /** 0 for a closing, which does not say. */
  readonly deliveryCount: number;
  readonly targets: readonly {
    readonly user: UserId;
    readonly deviceId: DeviceId;
    /** Accepted, rejected or closed. */
    readonly isFinal: boolean;
    /** Rejected with a code that nobody knew: what a redrive may put right. */
    readonly isUnclassified: boolean;
    /** Why it waits; null: it does not. */
    readonly deferredFor: DeferredReason | null;
    /** How many requests may have reached the vendor. */
    readonly requests: number;
    /** Its notification may be on the phone: the vendor took it, or a request went out whose answer nobody has. */
    readonly mayBeShown: boolean;
    readonly notBefore: Instant | null;
    /** Until a quota renews, as that was known then. */
    readonly waitsForQuota: boolean;
  }[];
}

/** Durable words about a job. Each resolves with its PubAck; the order is the caller's. */
export interface PushJournal {
  attempted(delivery: JobDelivery, event: PushAttempted): Promise<unknown>;
  closed(delivery: JobDelivery, event: PushClosed): Promise<unknown>;
  /** The job waits in PUSH_JOBS until `at` and comes back then. Gives the position at which it waits. */
  later(delivery: JobDelivery, job: PushJob, at: Instant): Promise<number>;
  /** The job that waits at this position comes back at another time, unless it was moved already or does not wait any more. */
  moved(delivery: JobDelivery, job: PushJob, at: Instant, position: number): Promise<void>;
}

/** Durable words about a withdrawal. Each resolves with its PubAck; the order is the caller's. */
export interface WithdrawalJournal {
  withdrawn(delivery: WithdrawalDelivery, event: PushWithdrawn): Promise<void>;
  /** The job waits in PUSH_JOBS until `at` and comes back then. */
  later(delivery: WithdrawalDelivery, job: WithdrawalJob, at: Instant): Promise<void>;
}

/** Every app's line to every vendor that this process serves. */
export interface VendorLines {
  /** Null when the app or its vendor is not configured any more. */
  of(app: AppId, vendor: VendorName): VendorLine | null;
  /** The clear token, or null when its key is not live here. Throws ContractError for a token of somebody else. */
  openToken(sealed: string, app: AppId, deviceId: DeviceId): string | null;
  /** False for a token that a key sealed which is being retired. */
  isSealedNow(sealed: string): boolean;
}

/** All that is needed to push for one app through one vendor. */
export interface VendorLine {
  readonly channel: VendorChannel;
  readonly sender: Sender;
  readonly gate: GateControl;
  readonly pace: Pace;
  readonly allowances: Allowances;
  credential(): Soon<CredentialState>;
  /** The vendor calls this one expired: a new one, unless somebody made one meanwhile or the vendor forbids it so soon. */
  renewedCredential(expired: Credential): Promise<CredentialState>;
  /** Where the vendor is to call back about a push of this message, and with which word. */
  receiptsFor(messageId: MessageId): Pick<RequestContext, 'receiptUrl' | 'receiptParam'>;
}
export type CredentialState =
  | { readonly kind: 'ready'; readonly credential: Credential }
  | { readonly kind: 'refused'; readonly cause: string }
  | { readonly kind: 'unavailable'; readonly cause: string; readonly retryAfterMs: number | null };

/** What a vendor's daily quotas leave to an app, counted by all workers together. */
export interface Allowances {
  /** Rejects while the count cannot be reached. */
  take(quota: VendorQuota, targets: readonly PushTarget[]): Promise<Allowance>;
  /** When a quota renews that was met spent at that moment, as the app's settings have it now. */
  renewsAt(at: Instant): Instant;
}

export interface Allowance {
  /** In the order of the targets: null, when it may be sent, and counts; else which quota is spent, in words for the outcome. */
  readonly spent: readonly (string | null)[];
  /** What became of those that might be sent: what was not is given back; a vendor's word ends the day for all workers. Once. */
  settle(results: readonly TargetResult[]): void;
}

/** How fast an app may push through a vendor: what is set, what the vendor's complaints have taught, and its share of both. */
export interface Pace {
  /** Waits until so many targets may go, calls before chat before marketing. Null: the gate shut meanwhile, or the worker stops. */
  take(targets: number, lane: Lane): Soon<PaceTurn | null>;
  /** What the vendor made of some targets. */
  heed(outcomes: readonly PushOutcome[]): void;
}
export interface PaceTurn {
  /** So many of the targets were really asked of the vendor; the rest is given back. Once. */
  end(asked: number): void;
}

/**
 * Whether an app may push through a vendor. Open until the credential is refused, the vendor is out or too many tokens die at
 * once; then shut, with all lanes' consumers paused on the server; after the pause one push is let through as a probe and
 * the others wait for what becomes of it.
 */
export interface Gate {
  readonly isShut: boolean;
  enter(): Soon<Admission>;
}
/** Since a gate was last opened: what is said of a request that went through an earlier opening changes nothing any more. */
export interface Opening {
  /** Aborted when the gate shuts. */
  readonly signal: AbortSignal;
  /** Requests that still wait are withdrawn, consumers are paused. */
  shut(trouble: GateTrouble): void;
  /** What the vendor made of some targets: it may shut the gate. */
  heed(heard: readonly Heard[]): void;
  /** Where the vendor's targets lead to many services: how long a request to this one has to wait because it is out; 0: it may go. */
  serviceWaitMs(origin: string): number;
}
/** Why a gate is shut, and the vendor's word for it. */
export interface GateTrouble {
  readonly kind: 'credential' | LineTrouble['kind'];
  readonly cause: string;
}
/** The gate as its owners see it. */
export interface GateControl extends Gate {
  /** A loop that is stopped while the gate is shut, and started before those of lesser lanes; the result takes it out again. */
  attach(loop: PausableLoop, lane: Lane): () => void;
}
export interface PausableLoop {
  pause(): void;
  resume(): void;
}
export type Admission =
  | { readonly kind: 'open'; readonly opening: Opening }
  | { readonly kind: 'shut' }
  | {
      readonly kind: 'probe';
      readonly opening: Opening;
      /** The vendor was asked, and the gate is not shut: everything may flow. */
      passed(): void;
      /** Nothing was asked of the vendor after all: the next one is the probe. No effect once it has passed or failed. */
      abandon(): void;
    };

/** Spans, figures and the points at which a test lets the process die. */
export interface PushWatch {
  /** One request begins, for one target or for many. */
  begin(place: AttemptPlace): AttemptSpan;
  checkpoint(name: 'worker.after-answer' | 'worker.after-outcome' | 'worker.after-schedule'): void;
  closed(app: AppId, vendor: VendorName, reason: ClosedReason, targets: number): void;
  /** No credential could be had in the place of an expired one. */
  renewalFailed(app: AppId, vendor: VendorName, error: unknown): void;
}
export interface AttemptPlace {
  readonly app: AppId;
  readonly vendor: VendorName;
  readonly messageId: MessageId;
  /** The first target, where there are many. */
  readonly user: UserId;
  readonly deviceId: DeviceId;
  readonly attempt: number;
  readonly parent: string | null;
}
export interface AttemptSpan {
  /** Goes to the vendor and into the outcomes. */
  readonly traceparent: string | null;
  /** The outcomes of all its targets; what the vendor was not asked for says nothing of its speed. */
  end(outcomes: readonly PushOutcome[], requests: number): void;
}

/** Whose turn it is to fetch a vendor's list: one worker's among all, once per period. */
export interface FeedbackTurns {
  /** Null while the list is not due, or another worker fetches it. Rejects while nobody can tell. */
  take(app: AppId, vendor: VendorName, everyMs: number): Promise<FeedbackTurn | null>;
}
export interface FeedbackTurn {
  /** When the list was last fetched; null: never. */
  readonly lastAt: Instant | null;
  /** It was fetched, and everything in it is kept. */
  done(at: Instant): Promise<void>;
}

/** Counts receipts and what went wrong with them. */
export interface ReceiptWatch {
  kept(app: AppId, event: PushReceipted): void;
  /** A callback that is not the vendor's. */
  refused(app: AppId, vendor: VendorName, cause: string): void;
  /** A list of dead tokens that could not be fetched. */
  unread(app: AppId, vendor: VendorName, cause: string): void;
}
