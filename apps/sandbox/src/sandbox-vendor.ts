import type { VendorName } from '@reveille/contracts/push/vendor';
import type { ServerIdentity } from './authority.js';
import type { Body } from './control/body.js';
import type { ControlRoute } from './control/control-server.js';
import type { JournalLine } from './journal.js';
import type { PhoneVendor } from './phones.js';
import type { VendorDesk } from './vendors/vendor-desk.js';

/**
 * A vendor as the house sees it. Its folder exports one, `vendors/registry.ts` names it in one line; nothing else in the
 * sandbox knows a vendor's name.
 */
export interface SandboxVendor {
  readonly name: VendorName;
  /** What a person calls such a phone: `iPhone`, `Huawei phone`. */
  readonly phoneName: string;
  /** Its TLS ports, by the names that flags and environment carry: `huawei` is `--huawei-port`, `REVEILLE_SANDBOX_HUAWEI_PORT`. */
  readonly ports: readonly string[];
  /**
   * Names besides its own under which requests of it stand in the ledger and in the scope of faults. A token endpoint is
   * `<name>-auth`.
   */
  readonly otherNames: readonly string[];
  /** The host names under which providers look for it: they stand in the server certificate. */
  readonly hosts: readonly string[];
  /** Its documented error for a credential that it does not take, as faults name it. */
  readonly credentialRefusal: string;
  /** Those of its switches that limit how often one may push: 0 lifts each. Daily quotas are none. */
  readonly frequencyLimits: readonly string[];
  open(surroundings: VendorSurroundings): OpenVendor;
}

export interface VendorSurroundings {
  readonly desk: VendorDesk;
  readonly identity: ServerIdentity;
  /** Writes down what must still be known after a restart: it comes back through `recall`. Accounts and phones are kept without it. */
  keep(line: JournalLine): void;
  /** `https://127.0.0.1:7430`. Only while the port listens. `host` is how the asker reaches us; null is the sandbox's own. */
  urlOf(port: string, host: string | null): string;
}

/** A running vendor. All of it is called by the house, in the order: recall, learn and restored phones; then the doors listen. */
export interface OpenVendor extends PhoneVendor {
  /** One for each of the vendor's ports. */
  readonly doors: readonly VendorDoor[];
  /** What the vendor leaves open, with the documented defaults: a live object of flags, numbers and texts (`PUT /switches {<name>: …}`). */
  readonly switches: object;
  /** Control routes of its own, beginning with `/<name>/`. */
  readonly routes: readonly ControlRoute[];
  readonly phones: PhoneMaker;
  readonly accounts: AccountMaker;
  /** A line that it kept in an earlier run; lines of others come too and are passed over. */
  recall(line: JournalLine): void;
  /** Whether requests under this name (its own or one of `otherNames`) are ever answered with this error. Faults name errors so. */
  answers(name: string, reason: string): boolean;
}

/** A TLS port that listens. */
export interface VendorDoor {
  /** One of the vendor's `ports`. */
  readonly port: string;
  /** Gives the port, which differs from the wanted one only when that is 0. */
  listen(host: string, port: number): Promise<number>;
  close(): Promise<void>;
  statistics(): object;
}

/** What the vendor's phones are and hold. */
export type PhoneMaker = PhoneVendor['phones'] & {
  /**
   * The vendor's own fields of `POST /phones`, each checked; they stand in the phone's `details` for its life. `platform` among them
   * says what runs on it: `ios`, `android`, `web`, `harmony`.
   */
  readDetails(body: Body): Readonly<Record<string, unknown>>;
  /** The first is what a phone gets when none is asked for: `alert`. */
  readonly tokenKinds: readonly string[];
};

export interface AccountWish {
  readonly app: string;
  /** The bundle id or package name. */
  readonly bundle: string;
}

/** A provider account of one app, made once and kept. */
export interface AccountDetails {
  /** What belongs under `vendors.<name>` of the app's settings, without credential, addresses and CA. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The text of the credential file. */
  readonly credential: string;
  /** What the vendor itself knows of it, as JSON: ids, secrets' digests or public keys, rights. */
  readonly registration: Readonly<Record<string, unknown>>;
  /** Fields of `POST /phones` for a phone with this app, besides `bundle`. */
  readonly phone: Readonly<Record<string, unknown>>;
}

export interface AccountMaker {
  /** Makes credentials for an app. Called once for an app: later wishes get the kept ones. */
  make(wish: AccountWish): AccountDetails | Promise<AccountDetails>;
  /** From now on the vendor knows this account. Called after `make`, and for each kept account at a start. */
  learn(account: AccountWish & AccountDetails): void;
  /** The addresses that belong into the app's settings: `{endpoint, tokenEndpoint, …}`. `host` is how the provider reaches us. */
  addresses(host: string | null): Readonly<Record<string, string>>;
  /**
   * Enters in the vendor's console where receipts of the app go. Left out by a vendor that is told with each message, or that
   * sends none. Called again for each kept account at a start.
   */
  callBack?(account: AccountWish & AccountDetails, url: string): void;
}
