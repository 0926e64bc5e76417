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
  readonly vendor: 'apns' | 'fcm' | 'oauth';
  readonly token: string | null;
  readonly topic: string | null;
  /** `apns-collapse-id` or the Android tag. */
  readonly collapse: string | null;
  /** Null when no answer left. */
  readonly status: number | null;
  readonly reason: string | null;
  readonly traceparent: string | null;
}

/** What a request meets at the vendor; see the sandbox's README for the kinds. */
export interface PlannedFault {
  readonly vendor?: 'apns' | 'fcm' | 'oauth';
  readonly token?: string;
  readonly topic?: string;
  readonly kind: 'delay' | 'slow' | 'answer' | 'goaway' | 'reset' | 'cut-before' | 'cut-after' | 'half-open';
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
  readonly vendor: 'apns' | 'fcm';
}

/** The bundle of an app's iPhones and the project of its Android phones, as `up` sets them up. */
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

  addPhone(vendor: 'apns' | 'fcm', app = 'demo', environment?: 'production' | 'development'): Promise<Phone> {
    const where =
      vendor === 'apns'
        ? { bundle: bundleOf(app), ...(environment === undefined ? {} : { environment }) }
        : { package: bundleOf(app), project: projectOf(app) };
    return this.call('POST', '/phones', { vendor, ...where });
  }
  /** Many phones of one kind at once, each with a token. */
  async addPhones(
    vendor: 'apns' | 'fcm',
    count: number,
    app = 'demo',
  ): Promise<{ phoneId: string; token: string }[]> {
    const where =
      vendor === 'apns' ? { bundle: bundleOf(app) } : { package: bundleOf(app), project: projectOf(app) };
    return (
      await this.call<{ phones: { phoneId: string; token: string }[] }>('POST', '/phones/batch', {
        vendor,
        count,
        ...where,
      })
    ).phones;
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
  /** Every request so far (of one token), oldest first; those for access tokens left out. */
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
          .filter(({ vendor }) => vendor !== 'oauth')
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
