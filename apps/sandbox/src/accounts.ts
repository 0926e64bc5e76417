import type { Journal, JournalLine } from './journal.js';
import type { AccountDetails, AccountWish, OpenVendor } from './sandbox-vendor.js';

/** The provider account of one app at one vendor. */
export interface Account extends AccountWish, AccountDetails {
  readonly vendor: string;
}

/** An account, and whether this call made it. */
export interface OpenedAccount {
  readonly account: Account;
  readonly isNew: boolean;
}

const lineType = 'account';
const callbackType = 'account-callback';

/** The provider accounts that the vendors gave out: made once for an app, kept over restarts. */
export class Accounts {
  readonly #kept = new Map<string, Promise<Account>>();
  readonly #list: Account[] = [];

  constructor(
    private readonly vendors: ReadonlyMap<string, OpenVendor>,
    private readonly journal: Journal,
  ) {}

  list(): readonly Account[] {
    return this.#list;
  }

  find(vendor: string, app: string): Account | null {
    return this.#list.find((account) => account.vendor === vendor && account.app === app) ?? null;
  }

  /** The app's account at an open vendor; the bundle of an account that is there already is what it was. */
  async open(vendor: string, wish: AccountWish): Promise<OpenedAccount> {
    const key = keyOf(vendor, wish.app);
    const kept = this.#kept.get(key);
    if (kept !== undefined) return { account: await kept, isNew: false };
    const made = this.#make(vendor, wish);
    this.#kept.set(key, made);
    return { account: await made, isNew: true };
  }

  /** Where the vendor calls back with receipts of the app; false: it has no such setting. Throws without an account. */
  callBack(vendor: string, app: string, url: string): boolean {
    const account = this.find(vendor, app);
    if (account === null) throw new Error(`the app ${app} has no account at ${vendor}`);
    if (!this.#enter(account, url)) return false;
    this.journal.write({ type: callbackType, vendor, app, url });
    return true;
  }

  /** What an earlier run made. Lines of other types, and of vendors that are not open, are passed over. */
  recall(line: JournalLine): void {
    if (line.type === callbackType) {
      const account = this.find(line['vendor'] as string, line['app'] as string);
      if (account !== null) this.#enter(account, line['url'] as string);
    }
    if (line.type !== lineType) return;
    const account = line['account'] as Account;
    const vendor = this.vendors.get(account.vendor);
    if (vendor === undefined) return;
    vendor.accounts.learn(account);
    this.#list.push(account);
    this.#kept.set(keyOf(account.vendor, account.app), Promise.resolve(account));
  }

  #enter(account: Account, url: string): boolean {
    const maker = this.vendors.get(account.vendor)?.accounts;
    if (maker?.callBack === undefined) return false;
    maker.callBack(account, url);
    return true;
  }

  async #make(name: string, wish: AccountWish): Promise<Account> {
    const vendor = this.vendors.get(name);
    if (vendor === undefined) throw new Error(`the vendor ${name} is not open`);
    const account: Account = { vendor: name, ...wish, ...(await vendor.accounts.make(wish)) };
    vendor.accounts.learn(account);
    this.#list.push(account);
    this.journal.write({ type: lineType, account });
    return account;
  }
}

const keyOf = (vendor: string, app: string): string => `${vendor} ${app}`;
