import type { AppSettings } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { WithdrawalOutcome } from '@reveille/contracts/push/withdrawal';
import type { ReceiptStatus } from '@reveille/contracts/push/receipt';
import type { Credential, VendorAnswer, VendorChannel, VendorRequest } from '../../vendor.js';
import type { Phone, PhoneFields, VendorTown } from '../vendor-town.js';

/**
 * What the contract must know of one vendor: how each case comes about at its sandbox, and what it must lead to. A case that
 * the vendor's documents do not have is null; the contract then shows that the vendor claims nothing of the kind.
 */
export interface VendorCases {
  /** The kinds of phone on which what reaches the screen is tried, by a word for each; the first is the usual one. */
  readonly phones: Readonly<Record<string, PhoneFields>>;
  /** Whether an accepted push is known to the vendor under an id. */
  readonly namesAccepted: boolean;
  /** Which of five alerts with different collapse ids a phone shows that was off the network. */
  readonly keptOffline: 'newest' | 'all';
  /** Whether a silent push is handed to the app without a notification; false where the vendor has none. */
  readonly hasSilent: boolean;
  /** The kind of phone whose badge is set to the number that the job names; null where there is none. */
  readonly badge: PhoneFields | null;
  /** The app was removed from the phone. What the send call says of it, which may be `accepted`. */
  readonly tokenGone: ExpectedOutcome;
  /** A token that was issued for another app. */
  readonly wrongApp: ExpectedOutcome;
  readonly tooLarge: Case;
  readonly credentialExpired: Case;
  readonly throttledWithHint: Case | null;
  readonly throttled: Case;
  readonly quota: Case | null;
  /** Errors of the vendor's own servers: all of them deferred as vendor-unavailable. The first is one that no client repeats. */
  readonly unavailable: readonly PlannedFault[];
  /** An answer that is not the vendor's, planned at the sandbox; null: a proxy at the vendor's address gives it. */
  readonly nonsense: PlannedFault | null;
  /** The settings that lead all requests elsewhere. */
  readonly addressedTo: (origin: string) => object;
  /** Where a token names its server itself: the same one with the server at this address. */
  readonly tokenAt?: (token: string, origin: string) => string;
  /** Whether the vendor's connection says which requests it did not process, and whether also when it breaks with an error. */
  readonly goaway: { readonly saysAfterError: boolean } | null;
  /** What a batch says of the two when others in it are accepted; null: the vendor says nothing of such a target. */
  readonly inBatch: { readonly tokenGone: ExpectedOutcome; readonly wrongApp: ExpectedOutcome | null };
  /** The callback that follows a push that is shown; null where the vendor calls nobody. */
  readonly receipt: ReceiptCase | null;
  /** Cases of this vendor alone. */
  readonly more: readonly OwnCase[];
}

/** As the sandbox's `PUT /faults` takes it; vendor, token and a count of one are added. */
export type PlannedFault = Readonly<Record<string, unknown>>;
/** A plan for the next request to the phone's token, or an act that brings the case about. */
export type Cause = PlannedFault | ((bench: CaseBench, phone: Phone) => Promise<void>);
/** Fields that the outcome must have; a value may be a matcher of the test runner. */
export type ExpectedOutcome = Readonly<Record<string, unknown>> & { readonly kind: PushOutcome['kind'] };
export interface Case {
  readonly cause: Cause;
  readonly outcome: ExpectedOutcome;
}
export interface ReceiptCase {
  /** Where the address is not part of the request: registers it at the vendor. */
  readonly register?: (bench: CaseBench, url: string) => Promise<void>;
  /** More of the app's settings, such as the file of the key that signs callbacks. */
  readonly settings?: (bench: CaseBench) => object;
  readonly status: ReceiptStatus;
}
export interface OwnCase {
  readonly name: string;
  readonly run: (bench: CaseBench) => Promise<void>;
}

/** What a case may use: the sandbox, an app at it, and sending as the worker does. */
export interface CaseBench {
  readonly town: VendorTown;
  readonly app: AppSettings;
  readonly channel: VendorChannel;
  phone(fields?: PhoneFields): Promise<Phone>;
  fault(phone: Phone, fault: PlannedFault): Promise<void>;
  /** The app with other settings of this vendor. */
  channelWith(settings: object): VendorChannel;
  send(token: string, more?: Partial<PushNotification>, over?: VendorChannel): Promise<Sent>;
  /** One job of many targets, as the vendor's batches take them. */
  sendMany(tokens: readonly string[], more?: Partial<PushNotification>): Promise<readonly PushOutcome[]>;
  /** The last message once more, as a repeat of the job would send it. */
  sendAgain(token: string, more?: Partial<PushNotification>): Promise<Sent>;
  sendManyAgain(tokens: readonly string[]): Promise<readonly PushOutcome[]>;
  /** Asks what was collapsed by this word back from the phones of these tokens. */
  withdraw(tokens: readonly string[], collapse: string): Promise<readonly WithdrawalOutcome[]>;
  /** Any request of the vendor's, for instance for a polled list, over our own sender. */
  ask(request: VendorRequest): Promise<VendorAnswer>;
  /** The app's credential as the worker holds it. */
  credential(): Promise<Credential>;
  /** From now on requests ask for callbacks there, and each carries its message id. */
  callBack(url: string): void;
}
export interface Sent {
  readonly outcome: PushOutcome;
  readonly answer: VendorAnswer;
}
