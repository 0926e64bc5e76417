import type { AppSettings } from '@reveille/contracts/app/events';
import type { DeviceId, Instant, MessageId, UserId } from '@reveille/contracts/ids';
import type { PushNotification } from '@reveille/contracts/push/job';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { ReceiptStatus } from '@reveille/contracts/push/receipt';
import type { PushEnvironment, VendorName } from '@reveille/contracts/push/vendor';
import type { WithdrawalOutcome } from '@reveille/contracts/push/withdrawal';

/**
 * What one push vendor knows. Pure: nothing behind this port opens a socket or reads a clock.
 */
export interface Vendor {
  readonly name: VendorName;
  readonly limits: VendorLimits;
  /** The vendor as one app uses it; null where the app's settings do not name the vendor. */
  channelOf(app: AppSettings): VendorChannel | null;
}

/** One vendor with one app's settings: everything that is needed to push, except the wire and the secrets. */
export interface VendorChannel {
  readonly wire: WireSettings;
  readonly credential: CredentialRecipe;
  /**
   * Every target stands in exactly one entry: in a request, alone or with others where the vendor takes many, or in the
   * outcome of a push that cannot be made into one. Times to live are computed from `now`, so an attempt that comes later
   * asks for less.
   */
  buildRequests(
    push: PushNotification,
    targets: readonly OpenTarget[],
    context: RequestContext,
  ): readonly BuiltPush[];
  /** What the vendor's answer means, target by target, in the order of `built.targets`. */
  readOutcomes(built: BuiltRequest, answer: VendorAnswer, now: Instant): readonly PushOutcome[];
  /**
   * The one further request that the same delivery may make, or null: Apple's other environment, or the list of targets
   * that a saved body goes to.
   */
  nextRequest(built: BuiltRequest, answer: VendorAnswer): NextRequest | null;
  /** True for an answer after which the vendor wants no more requests on that connection. */
  endsConnection(answer: VendorAnswer): boolean;
  /** What the vendor counts this push as; null where it counts nothing. */
  quotaOf(push: PushNotification): VendorQuota | null;
  /** How the vendor calls back with what became of pushes; null where it does not. */
  readonly receipts: ReceiptRecipe | null;
  /** How the vendor's list of dead tokens is fetched; null where there is none. */
  readonly feedback: FeedbackRecipe | null;
  /** How notifications are taken off phones again; left out or null where this app's settings leave no way. */
  readonly withdrawal?: WithdrawalRecipe | null;
}

export interface NextRequest {
  readonly request: VendorRequest;
  /** False where only one of the two requests can reach the targets: then the first does not count for the ledger. */
  readonly repeatsTargets: boolean;
  /** What its answer means, given the first one, target by target. */
  readonly readOutcomes: (answer: VendorAnswer, now: Instant) => readonly PushOutcome[];
}

/** A class of pushes that the vendor counts per app and day, or per device and day; null is no limit. */
export interface VendorQuota {
  /**
   * The vendor's own word for the class, for instance `marketing`. An outcome whose code begins with it (`marketing: 33`) ends the day
   * of the class; a quota of another name ends only that push's.
   */
  readonly name: string;
  readonly perDay: number | null;
  readonly perDevicePerDay: number | null;
}

export interface VendorLimits {
  /** The most that a request's body may hold, per strategy, in bytes. */
  readonly maxPayloadBytes: Readonly<Record<PushNotification['strategy'], number>>;
  /** The longest time that the vendor stores a push. */
  readonly maxTtlSeconds: number;
  readonly maxCollapseBytes: number;
  /** The most targets of one request; 1 where the vendor has no batches. */
  readonly maxTargets: number;
  /** The most targets that the vendor takes per second for an app unless its settings say otherwise; null: it names no rate. */
  readonly targetsPerSecond: number | null;
}

export interface WireSettings {
  /** Which implementation of `Sender` the app has chosen. */
  readonly sender: 'http2' | 'https' | 'node-apn' | 'firebase-admin';
  readonly origins: readonly string[];
  /** A file with the CA that signs the endpoint's certificate; null is the system's. */
  readonly caFile: string | null;
  readonly maxConnections: number;
  /** For a library sender that signs its credential itself; null where the request carries it. */
  readonly signingKey: { readonly file: string; readonly keyId: string; readonly teamId: string } | null;
  /** True where targets lead to services of different owners: an outage of one says nothing of the others. */
  readonly originsAreApart?: boolean;
  /** True where targets name their servers themselves: nobody may lead a worker to an address that is not public. */
  readonly onlyPublicAddresses?: boolean;
}

/** A target whose token is open. A secret: never logged, never part of an event. */
export interface OpenTarget {
  readonly user: UserId;
  readonly deviceId: DeviceId;
  readonly token: string;
  readonly environment: PushEnvironment;
  /** The app's bundle on that device; null is the app's default. */
  readonly bundle: string | null;
  /** The vendor may have had a request under this target's key before: that it calls this one a duplicate is then good news. */
  readonly mayHaveArrived?: boolean;
}

export interface RequestContext {
  readonly messageId: MessageId;
  readonly credential: Credential;
  readonly now: Instant;
  readonly isUrgent: boolean;
  /** The trace context of the request for the target at this index; a batch takes that of its first. */
  readonly traceparentOf: (index: number) => string | null;
  /** Where the vendor is to call back; null: no receipts are wanted. A secret. */
  readonly receiptUrl: string | null;
  /** Comes back in the receipt and names the message, at most 50 bytes of `[A-Za-z0-9._~-]`; null: too long a message id. */
  readonly receiptParam: string | null;
  /**
   * What the request for the target at this index is known by, for a vendor that processes none twice: the same while it is unsure
   * whether an earlier one has arrived, another one after a refusal. Any text; a vendor makes its own id of it.
   */
  readonly requestKeyOf: (index: number) => string;
  /** What makes each request its own where a vendor wants a nonce: 128 bits, base64url. Not the idempotency id. */
  readonly nonce: () => string;
}

export interface BuiltRequest {
  readonly kind: 'request';
  readonly targets: readonly OpenTarget[];
  readonly request: VendorRequest;
  /** The id under which the vendor knows the push (`apns-id`); null where the vendor makes its own. */
  readonly requestId: string | null;
  /**
   * True where the device has named the server and the app does not rely on it: what comes of the request says nothing about
   * the app's line, so nobody can slow or shut it for others.
   */
  readonly isToStranger?: boolean;
}
export type BuiltPush =
  | BuiltRequest
  | { readonly kind: 'impossible'; readonly targets: readonly OpenTarget[]; readonly outcome: PushOutcome };

/** One HTTP request. A secret: path, headers and body hold tokens, so it is never logged. */
export interface VendorRequest {
  readonly method: 'POST' | 'GET';
  /** Scheme, host and port: `https://api.push.apple.com`. */
  readonly origin: string;
  readonly path: string;
  /** Lower-case names, without pseudo headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers whose value no other request repeats: they are kept out of the HPACK table. */
  readonly uniqueHeaders: readonly string[];
  readonly body: Uint8Array;
  /** Requests with different keys never share a connection. */
  readonly connectionKey: string;
  /** Goes before the requests that wait for a free stream. */
  readonly isUrgent: boolean;
}

/** `not-sent`: the vendor surely did not process it. `unknown`: it may have. */
export type VendorAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Lower-case names. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'not-sent'; readonly because: NotSentReason; readonly cause: string }
  | { readonly kind: 'unknown'; readonly because: 'timeout' | 'cut'; readonly cause: string };

/**
 * `refused`: a refused stream. `goaway`: above a GOAWAY's last stream. `cut`: the connection broke before it was written.
 * `unreachable`: no connection could be made. `queue-full`, `no-stream`: it waited here in vain. `withdrawn`: its signal.
 */
export type NotSentReason =
  | 'refused'
  | 'goaway'
  | 'cut'
  | 'unreachable'
  | 'queue-full'
  | 'no-stream'
  | 'withdrawn';

/**
 * Puts one request on the wire, once: it never retries, follows or waits for a better moment. Rejects only on a bug.
 * The signal withdraws a request that is not on the wire yet; what is on the wire is answered or times out.
 */
export interface Sender {
  send(request: VendorRequest, signal: AbortSignal): Promise<VendorAnswer>;
  /** Waits for the requests in flight, at most the given time, and closes the connections. */
  close(graceMs: number): Promise<void>;
}

/** What proves to the vendor who pushes. A secret. */
export interface Credential {
  /** The value of the vendor's header or field: `Bearer …`, `key=…`, or a bare access token. */
  readonly authorization: string;
  /** Where each origin wants a proof of its own (VAPID): signed once per origin and then remembered as long as this credential lives. */
  readonly authorizationOf?: (origin: string) => string;
  /** When it is to be replaced; it is good for a while longer. */
  readonly renewAt: Instant;
  /** Goes up when the vendor called the one before it expired: connections are then made anew. */
  readonly generation: number;
}
export type FreshCredential = Omit<Credential, 'generation'>;

/** How an app's credential is made out of its file. Pure. */
export interface CredentialRecipe {
  /** Equal keys share one credential: vendors count how often it is renewed. */
  readonly key: string;
  /** `file:<path>`. */
  readonly reference: string;
  /** A credential that the vendor calls expired is replaced no more often than this. */
  readonly minimumRenewalMs: number;
  /** Reads the file's text. The fault is a sentence that quotes nothing of the file. */
  read(
    text: string,
  ):
    | { readonly kind: 'ready'; readonly obtain: ObtainCredential }
    | { readonly kind: 'fault'; readonly fault: string };
}
/** Either signs a credential right away, or asks for one over HTTP. */
export type ObtainCredential = (now: Instant) =>
  | { readonly kind: 'signed'; readonly credential: FreshCredential }
  | {
      readonly kind: 'ask';
      readonly request: VendorRequest;
      readonly read: (answer: VendorAnswer, now: Instant) => CredentialAnswer;
    };
export type CredentialAnswer =
  | { readonly kind: 'granted'; readonly credential: FreshCredential }
  /** The vendor, or the file, says no: asking again does not help until someone mends it. */
  | { readonly kind: 'refused'; readonly cause: string }
  | { readonly kind: 'unavailable'; readonly cause: string; readonly retryAfterMs: number | null };

/** How callbacks are read. Pure. */
export interface ReceiptRecipe {
  /** The file with the key that signs the vendor's callbacks; null where the vendor signs nothing, or the app has set no key. */
  readonly keyReference: string | null;
  /** Never throws: a callback that cannot be read is refused with the answer that the vendor expects. */
  read(callback: ReceiptCallback, key: string | null, now: Instant): ReceiptReading;
}
/** One HTTP request of a vendor. A secret: it holds tokens. */
export interface ReceiptCallback {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}
export type ReceiptReading =
  | { readonly kind: 'receipts'; readonly receipts: readonly VendorReceipt[]; readonly reply: ReceiptReply }
  /** Not the vendor's: wrong signature, nonsense. The cause quotes nothing of it. */
  | { readonly kind: 'refused'; readonly cause: string; readonly reply: ReceiptReply };
export interface ReceiptReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}
/** What a vendor says later about one push to one token. */
export interface VendorReceipt {
  readonly token: string;
  /** What came back of `receiptParam`; null where the vendor gives none back. */
  readonly param: string | null;
  /** The id under which the vendor accepted it (`accepted.vendorId`); null where it does not say. */
  readonly vendorId: string | null;
  readonly status: ReceiptStatus;
  readonly vendorCode: string;
  /** By the vendor's clock; null where it does not say. */
  readonly occurredAt: Instant | null;
}

/** How a polled list of dead tokens is fetched and read. Pure. */
export interface FeedbackRecipe {
  readonly everyMs: number;
  request(credential: Credential, now: Instant): VendorRequest;
  /** The dead tokens; null where the answer is not the list. */
  read(answer: VendorAnswer): readonly string[] | null;
}

/** How a vendor is asked to take notifications back. Pure. */
export interface WithdrawalRecipe {
  /** Every target stands in exactly one request. */
  buildRequests(
    collapse: string,
    targets: readonly OpenTarget[],
    credential: Credential,
  ): readonly WithdrawalRequest[];
  /** What the answer means, target by target, in the order of the targets. */
  readOutcomes(
    targets: readonly OpenTarget[],
    answer: VendorAnswer,
    now: Instant,
  ): readonly WithdrawalOutcome[];
}
export interface WithdrawalRequest {
  readonly targets: readonly OpenTarget[];
  readonly request: VendorRequest;
}
