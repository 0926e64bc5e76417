import type {
  DeviceDescription,
  LookupAsk,
  TargetsAnswer,
  TargetsAsk,
} from '@reveille/contracts/ask/presence';
import type { AppId, DeviceId, Instant, PushId, SessionId, TokenRef, UserId } from '@reveille/contracts/ids';
import type { PushLineSuspected } from '@reveille/contracts/device/push-line';
import type { RejectedReason } from '@reveille/contracts/push/outcome';
import type { VendorName } from '@reveille/contracts/push/vendor';
import type { DeclaredBundles } from '@reveille/contracts/vendors/words';
import type {
  SessionClosed,
  SessionMoved,
  SessionOpened,
  SessionRecord,
} from '@reveille/contracts/session/events';
import type { BeforeAppend, Handled } from '@reveille/eventing/handle-command';
import type { DeviceCommand } from './domain/device/device.decide.js';
import type { Device, DeviceEvent } from './domain/device/device.state.js';
import type { PushLineCommand } from './domain/push-line/push-line.decide.js';
import type { PushLine, PushLineEvent } from './domain/push-line/push-line.state.js';
import type { LineTally } from './domain/push-line/suspicion.js';
import type { DirectoryEvent, DirectoryRow, TakenToken } from './projections/device-directory.projection.js';

export type { LineTally, PushLine, PushLineCommand, PushLineEvent };
export type { Device, DeviceEvent, DirectoryEvent, DirectoryRow, TakenToken };

export interface Clock {
  now(): Instant;
}

export interface DeviceKey {
  readonly app: AppId;
  readonly deviceId: DeviceId;
}
/** `traceparent`: what led to it. */
export interface DeviceAddress extends DeviceKey {
  readonly traceparent: string | null;
}

/** The Device aggregates and the directory that is made of their events. */
export interface Devices {
  handle(
    address: DeviceAddress,
    command: DeviceCommand,
    beforeAppend?: BeforeAppend<DeviceEvent>,
  ): Promise<Handled<DeviceEvent, Device>>;
  /** Resolves when every presence's next lookup sees the event at this position; TimeoutError if that takes too long. */
  whenInDirectory(position: number): Promise<void>;
}

/** What the directory says. Never stale: it sees everything that an ask was answered for. */
export interface DeviceLookup {
  /** Devices whose present or last user each one is, newest first, in the order of the question; without sessions. */
  ofUsers(users: LookupAsk['users']): Promise<DeviceDescription[][]>;
  /** In the order of the question; tokens sealed with the current key. */
  targets(targets: TargetsAsk['targets']): Promise<TargetsAnswer['targets']>;
  /** Who has each token, or had it last, in the order of the question; the newest binding where there were several. */
  owners(tokens: readonly NamedToken[]): Promise<readonly (TokenOwner | null)[]>;
}

export interface NamedToken {
  readonly app: AppId;
  readonly vendor: VendorName;
  readonly tokenRef: TokenRef;
}
export interface TokenOwner {
  readonly deviceId: DeviceId;
  readonly user: UserId | null;
}

/** Opens a token that was sealed for its app and for no device. Throws ContractError for one that is none of ours. */
export type OpenToken = (sealed: string, app: AppId) => string;

/** The only place of push tokens. They are sealed before they get here and come out sealed. */
export interface TokenVault {
  /** Keeps the token of a device, and when the device handed it to us. */
  keep(owner: DeviceKey, tokenRef: TokenRef, token: string, at: Instant): Promise<void>;
  /** When the device last handed us the token; null when it is not here. */
  registeredAt(owner: DeviceKey, tokenRef: TokenRef): Promise<Instant | null>;
}

/** All of an app's tokens at one vendor. */
export interface PushLineAddress {
  readonly app: AppId;
  readonly vendor: VendorName;
}
export interface PushLineChange {
  readonly app: AppId;
  readonly position: number;
  readonly event: PushLineEvent;
}
export type SuspectedLine = PushLineAddress & Omit<PushLineSuspected, 'vendor'>;

/** The PushLine aggregates. */
export interface PushLines {
  handle(address: PushLineAddress, command: PushLineCommand): Promise<Handled<PushLineEvent, PushLine>>;
  /** As the log has it at this moment. */
  find(address: PushLineAddress): Promise<PushLine>;
  /** Every line that is suspected, as far as the directory has come. */
  suspected(): Promise<readonly SuspectedLine[]>;
}

/** What one fact of PUSHES says of tokens that are dead. */
export interface SaidOfTokens extends PushLineAddress {
  /** In PUSHES. */
  readonly position: number;
  readonly saidAt: Instant;
  readonly source: 'answer' | 'callback' | 'list';
  /** Of how many pushes the fact says something final. */
  readonly heard: number;
  readonly words: readonly TokenWord[];
  readonly traceparent: string | null;
}
export interface TokenWord {
  readonly deviceId: DeviceId;
  readonly tokenRef: TokenRef;
  readonly reason: RejectedReason;
  /** The last moment that the word surely speaks about; null: it cannot be told. */
  readonly observedAt: Instant | null;
}

/** What vendors said of tokens lately. */
export interface TokenWords {
  /** Keeps the words about tokens that live, once. */
  keep(said: SaidOfTokens): Promise<void>;
  /** How many different tokens were condemned since then; cheaper than the whole tally. */
  condemnedSince(line: PushLineAddress, sinceAt: Instant): Promise<number>;
  /** `about`: what was heard of others may be a second old, which is cheap; `exactly`: as it is at this moment. */
  tallySince(line: PushLineAddress, sinceAt: Instant, how: 'about' | 'exactly'): Promise<LineTally>;
  forgetBefore(before: Instant): Promise<void>;
}

/** Tokens that are dead and still in the vault. */
export interface DeadTokens {
  /** Those that died since then, oldest first, up to some hundred: everything that had happened when it was asked. */
  deadSince(line: PushLineAddress, sinceAt: Instant): Promise<readonly DeadToken[]>;
  /** How many died since then that are not in the vault any more. */
  lostSince(line: PushLineAddress, sinceAt: Instant): Promise<number>;
}
export interface DeadToken {
  readonly deviceId: DeviceId;
  readonly tokenRef: TokenRef;
}

/** Names and proofs that give nothing away. */
export interface TokenNames {
  /** The keyed fingerprint of a token: the same token of an app and vendor always has the same. */
  refOf(app: AppId, vendor: VendorName, token: string): TokenRef;
  hashOf(deviceSecret: string): string;
  newPushId(): PushId;
  newDeviceSecret(): string;
}

export interface Apps {
  /** Null for an app that nobody has configured. */
  find(app: AppId): AppVendors | null;
}
/** What an app has credentials for: each vendor with the bundles that its pushes may go to, null where they name none. */
export type AppVendors = ReadonlyMap<VendorName, DeclaredBundles | null>;

/** A session as this process sees it; `revision` orders all sessions by when they appeared. */
export interface SessionView {
  readonly app: AppId;
  readonly record: SessionRecord;
  readonly revision: number;
}
export interface SessionKey {
  readonly app: AppId;
  readonly sessionId: SessionId;
}

/** The records of sessions, shared by all presences, and this one's view of them. */
export interface Sessions {
  /** Writes the record; resolves with its revision when the view has it. ConflictError if it is not at `expectedRevision`. */
  put(app: AppId, record: SessionRecord, expectedRevision?: number): Promise<number>;
  /** From the leader, also what the view does not have yet; `revision` is the record's present one. */
  find(key: SessionKey): Promise<SessionView | null>;
  remove(key: SessionKey): Promise<void>;
  /** Sessions whose gateway lives, oldest revision first. */
  ofUser(app: AppId, user: UserId): readonly SessionView[];
  ofDevice(app: AppId, deviceId: DeviceId): readonly SessionView[];
  /** Sessions whose gateway has not renewed its lease in time. */
  orphaned(): readonly SessionView[];
}

/** What is said about sessions; each is durable when the promise resolves. */
export interface SessionFacts {
  opened(app: AppId, fact: SessionOpened, traceparent: string | null): Promise<void>;
  moved(app: AppId, fact: SessionMoved, traceparent: string | null): Promise<void>;
  closed(app: AppId, fact: SessionClosed, traceparent: string | null): Promise<void>;
}

/** Tests stop the process at a named point. */
export type Checkpoint = (name: 'presence.after-vault' | 'presence.before-commit') => void;
