import type { AppSettings } from '@reveille/contracts/app/events';
import type { AppId, DeviceId, Instant, MessageId, SessionId, UserId } from '@reveille/contracts/ids';
import type { MessageAcceptedInput } from '@reveille/contracts/message/events';

export interface Clock {
  now(): Instant;
}
export interface Ids {
  uuid(): string;
}
/** Does nothing, but in a test that wants the process dead at this point. */
export type Checkpoint = (name: string) => void;

export interface Apps {
  get(app: AppId): AppSettings | null;
}

/** Who is asking: a client for its own user, or an app's server for anyone in its app. */
export type Principal =
  | { readonly kind: 'client'; readonly app: AppId; readonly user: UserId; readonly expiresAt: Instant }
  | { readonly kind: 'server'; readonly app: AppId };

/** @throws RefusedError `token-invalid`, `token-expired`, `app-unknown`. */
export interface Authenticator {
  client(token: string): Promise<Extract<Principal, { kind: 'client' }>>;
  bearer(header: string | undefined): Promise<Principal>;
}

/** The message as it was stored, by this publication or by an earlier one under the same id. */
export interface StoredMessageFact {
  readonly app: AppId;
  readonly messageId: MessageId;
  readonly sender: UserId;
  readonly clientMessageId: string | null;
  readonly acceptedAt: Instant;
}

/** The way of facts into the log. Resolves after the PubAck. */
export interface Facts {
  accept(fact: {
    app: AppId;
    conversationKey: string;
    dedupDigest: string | null;
    message: MessageAcceptedInput;
    acceptedAt: Instant;
    traceparent: string;
  }): Promise<StoredMessageFact>;
  digestOf(sender: UserId, clientMessageId: string): string;
}

/** Asks the owners: presence and router. @throws RefusedError, UnavailableError, TimeoutError. */
export interface Owners {
  ask<Answer>(subject: string, body: unknown, answer: { parse(value: unknown): Answer }): Promise<Answer>;
  /** Said, not asked: nobody answers. */
  tell(subject: string, body: unknown): void;
}

/** How often a user may do something; null when there is room (for `count` of it), else when to try again. */
export interface RateLimit {
  take(app: AppId, user: UserId, perSecond: number, count?: number): { readonly retryAfterMs: number } | null;
}

export interface SessionIdentity {
  readonly app: AppId;
  readonly user: UserId;
  readonly deviceId: DeviceId;
  readonly sessionId: SessionId;
}
