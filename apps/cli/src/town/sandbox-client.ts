import { type Platform, platformSchema } from '@reveille/contracts/device/platform';
import { UsageError } from '../usage-error.js';
import type { TownVendor } from './ready-line.js';

export interface SandboxPhone {
  readonly phoneId: string;
  readonly vendor: string;
  /** What a person calls such a phone: `iPhone`. */
  readonly name: string;
  /** What runs on it, as the sandbox has it: `ios`, `android`, `web`, `harmony`. */
  readonly platform?: string;
  readonly online: boolean;
  readonly isInstalled: boolean;
  readonly shown: number;
  readonly tokens: Readonly<Record<string, string>>;
}

export interface SandboxNotification {
  readonly collapseId: string | null;
  readonly tag: string | null;
  readonly title: string | null;
  readonly body: string | null;
  readonly shownAt: number;
  readonly shownCount: number;
}

export interface SandboxRequest {
  readonly vendor: string;
  readonly token: string | null;
  readonly topic: string | null;
  readonly collapseId: string | null;
  readonly tag: string | null;
  /** The vendor's kind of push; `revoke` for a request that takes one back. */
  readonly pushType: string | null;
  readonly traceparent: string | null;
  readonly arrivedAt: number;
  readonly status: number | null;
  /** The planned fault that touched it. */
  readonly fault: string | null;
}

/** What an app gets from a vendor's console. */
export interface SandboxAccount {
  readonly app: string;
  readonly vendor: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly addresses: Readonly<Record<string, string>>;
  readonly credential: string;
  readonly isNew: boolean;
}

/** The bundle id or package name of a town's app. */
export const bundleOf = (app: string): string => `org.example.${app}`;

/** The phone's platform in the words of a registration. */
export function platformOf({ platform }: Pick<SandboxPhone, 'platform'>): Platform {
  if (platform === 'ios') return 'iphone';
  const known = platformSchema.safeParse(platform);
  return known.success ? known.data : 'unknown';
}

/** The control API of the sandbox, as far as the command line uses it. */
export class SandboxClient {
  constructor(readonly url: string) {}

  async vendors(): Promise<TownVendor[]> {
    return (await this.call<{ vendors: TownVendor[] }>('GET', '/vendors')).vendors;
  }
  /** At every vendor; made if they are not there. */
  async accounts(wishes: readonly { app: string; bundle: string }[]): Promise<SandboxAccount[]> {
    return (await this.call<{ accounts: SandboxAccount[] }>('POST', '/accounts', { accounts: wishes }))
      .accounts;
  }
  /** Where receipts go, for the vendors that have it in their consoles. */
  callBack(callbacks: readonly { vendor: string; app: string; url: string }[]): Promise<unknown> {
    return this.call('PUT', '/accounts/callbacks', { callbacks });
  }
  addPhone(vendor: string, app: string): Promise<SandboxPhone> {
    return this.call('POST', '/phones', { vendor, app });
  }
  async token(phoneId: string): Promise<string> {
    return (await this.call<{ token: string }>('POST', `/phones/${phoneId}/token`, {})).token;
  }
  async phones(): Promise<SandboxPhone[]> {
    return (await this.call<{ phones: SandboxPhone[] }>('GET', '/phones')).phones;
  }
  async lockScreen(phoneId: string): Promise<SandboxNotification[]> {
    return (
      await this.call<{ notifications: SandboxNotification[] }>('GET', `/phones/${phoneId}/lock-screen`)
    ).notifications;
  }
  fault(fault: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.call('PUT', '/faults', fault);
  }
  /** The sequence of the newest request. */
  async ledgerTail(): Promise<number> {
    return (await this.call<{ last: number }>('GET', '/ledger?limit=1')).last;
  }
  /**
   * Every request for a push so far (since a sequence), page by page. Those that reach no phone (for access tokens, for instance)
   * or take one back are left out, and those above the last stream of a GOAWAY: the vendor has said that it did not look at them.
   */
  async *ledger(after = 0): AsyncGenerator<SandboxRequest> {
    for (let since = after; ; ) {
      const page = await this.call<{ entries: SandboxRequest[]; next: number }>(
        'GET',
        `/ledger?since=${since}&limit=50000`,
      );
      if (page.entries.length === 0) return;
      yield* page.entries.filter(
        ({ token, fault, status, pushType }) =>
          token !== null && pushType !== 'revoke' && !(fault === 'goaway' && status === null),
      );
      since = page.next;
    }
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const init =
      body === undefined
        ? { method }
        : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${this.url}${path}`, init).catch((cause: unknown) => {
      throw new UsageError(`the sandbox does not answer at ${this.url}`, { cause });
    });
    const text = await response.text();
    if (!response.ok) throw new UsageError(`the sandbox refuses ${method} ${path}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
