import type { VendorName } from '@reveille/contracts/push/vendor';

/** What a virtual phone shows. */
export interface ShownNotification {
  readonly id: string;
  /** `apns-collapse-id` or the Android tag. */
  readonly collapse: string | null;
  readonly title: string | null;
  readonly body: string | null;
  /** How often it alerted: a replaced notification counts again. */
  readonly shownCount: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One request as the simulated vendor got it. */
export interface LedgerEntry {
  readonly sequence: number;
  readonly arrivedAt: number;
  readonly vendor: string;
  readonly token: string | null;
  readonly topic: string | null;
  /** `apns-collapse-id` or the Android tag. */
  readonly collapse: string | null;
  /** Null when no answer left. */
  readonly status: number | null;
  readonly reason: string | null;
  /** What the phone made of it; null when the vendor did not take it. */
  readonly effect: string | null;
  readonly traceparent: string | null;
  /** Together they name the request: a batch has an entry for each of its targets. Streams count on HTTP/2 alone. */
  readonly connection: number;
  readonly stream: number;
}

/** What a request meets at the vendor; see the sandbox's README for the kinds. */
export interface PlannedFault {
  /** Or the name of a token endpoint. */
  readonly vendor?: string;
  readonly token?: string;
  readonly topic?: string;
  readonly kind:
    | 'delay'
    | 'slow'
    | 'answer'
    | 'goaway'
    | 'reset'
    | 'cut-before'
    | 'cut-after'
    | 'half-open'
    | 'nonsense';
  readonly ms?: number;
  readonly reason?: string;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  readonly count?: number;
  readonly after?: number;
  readonly probability?: number;
  readonly seed?: number;
}

export interface Phone {
  readonly phoneId: string;
  readonly vendor: VendorName;
  /** What a person calls it: `iPhone`. */
  readonly name: string;
  readonly platform?: string;
}

/** The bundle of an app's phones and its project at Google, as `up` sets them up. */
export const bundleOf = (app: string): string => `org.example.${app}`;
export const projectOf = (app: string): string => `example-${app}`;

interface RawEntry extends Omit<LedgerEntry, 'collapse'> {
  readonly collapseId: string | null;
  readonly tag: string | null;
}
interface RawNotification extends Omit<ShownNotification, 'collapse'> {
  readonly collapseId: string | null;
  readonly tag: string | null;
}

/** The sandbox's control API, typed as far as the scenarios need it. */
export class SandboxControl {
  constructor(private readonly url: string) {}

  /** The vendors that it plays. */
  async vendors(): Promise<VendorName[]> {
    const { vendors } = await this.call<{ vendors: { name: VendorName }[] }>('GET', '/vendors');
    return vendors.map(({ name }) => name);
  }
  /** The `reason` of a fault with which each of them refuses an app's credential. */
  async credentialRefusals(): Promise<ReadonlyMap<VendorName, string>> {
    const { vendors } = await this.call<{ vendors: { name: VendorName; credentialRefusal: string }[] }>(
      'GET',
      '/vendors',
    );
    return new Map(vendors.map(({ name, credentialRefusal }) => [name, credentialRefusal]));
  }
  /** Every vendor takes pushes as often as they come, and its phones show them all. */
  liftFrequencyLimits(): Promise<unknown> {
    return this.call('DELETE', '/frequency-limits');
  }
  /** `more`: what the vendor lets one choose, such as the environment of an iPhone. */
  addPhone(vendor: VendorName, app = 'demo', more: object = {}): Promise<Phone> {
    return this.call('POST', '/phones', { vendor, app, ...more });
  }
  /** Many phones of one kind at once, each with a token. */
  async addPhones(
    vendor: VendorName,
    count: number,
    app = 'demo',
  ): Promise<{ phoneId: string; token: string }[]> {
    const body = { vendor, count, app };
    return (await this.call<{ phones: { phoneId: string; token: string }[] }>('POST', '/phones/batch', body))
      .phones;
  }
  /** A vendor token for the phone's app; again = rotated. */
  async token(phoneId: string, kind: 'alert' | 'voip' = 'alert'): Promise<string> {
    return (await this.call<{ token: string }>('POST', `/phones/${phoneId}/token`, { kind })).token;
  }
  uninstall(phoneId: string): Promise<unknown> {
    return this.call('DELETE', `/phones/${phoneId}/app`);
  }
  network(phoneId: string, online: boolean): Promise<unknown> {
    return this.call('PUT', `/phones/${phoneId}/network`, { online });
  }
  /** The token's state at the vendor: `goneAt` is what a 410 names. */
  setToken(token: string, state: 'active' | 'unregistered' | 'expired', goneAt?: number): Promise<unknown> {
    return this.call('PUT', `/tokens/${token}`, { state, ...(goneAt === undefined ? {} : { goneAt }) });
  }
  async lockScreen(phoneId: string): Promise<ShownNotification[]> {
    const { notifications } = await this.call<{ notifications: RawNotification[] }>(
      'GET',
      `/phones/${phoneId}/lock-screen`,
    );
    return notifications.map((shown) => ({ ...shown, collapse: shown.collapseId ?? shown.tag }));
  }
  fault(fault: PlannedFault): Promise<unknown> {
    return this.call('PUT', '/faults', fault);
  }
  clearFaults(): Promise<unknown> {
    return this.call('DELETE', '/faults');
  }
  /** Every request so far (of one token), oldest first; those that reach no phone (for access tokens, for instance) left out. */
  async ledger({ token, since = 0 }: { token?: string; since?: number } = {}): Promise<LedgerEntry[]> {
    const all: LedgerEntry[] = [];
    for (let next = since; ; ) {
      const search = new URLSearchParams({
        since: String(next),
        limit: '50000',
        ...(token === undefined ? {} : { token }),
      });
      const page = await this.call<{ entries: RawEntry[]; next: number; last: number }>(
        'GET',
        `/ledger?${search.toString()}`,
      );
      all.push(
        ...page.entries
          .filter((entry) => entry.token !== null)
          .map((entry) => ({ ...entry, collapse: entry.collapseId ?? entry.tag })),
      );
      if (page.entries.length === 0) return all;
      next = page.next;
    }
  }
  async ledgerTail(): Promise<number> {
    return (await this.call<{ last: number }>('GET', '/ledger?limit=1')).last;
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`sandbox ${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
