/** What a virtual phone shows. */
export interface ShownNotification {
  readonly id: string;
  readonly collapse: string | null;
  readonly title: string;
  readonly body: string;
  /** How often it alerted: a replaced notification counts again. */
  readonly shownCount: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One request as the simulated vendor got it. */
export interface LedgerEntry {
  readonly arrivedAt: number;
  readonly vendor: 'apns' | 'fcm';
  readonly token: string;
  readonly collapse: string | null;
  readonly status: number;
  readonly reason: string | null;
  readonly traceparent?: string | null;
}

export interface Phone {
  readonly phoneId: string;
  readonly vendor: 'apns' | 'fcm';
}

/** The sandbox's control API, typed as far as the scenarios need it. */
export class SandboxControl {
  constructor(private readonly url: string) {}

  addPhone(phone: { vendor: 'apns' | 'fcm'; bundle: string; environment?: string }): Promise<Phone> {
    return this.call('POST', '/phones', phone);
  }
  /** A vendor token for the phone's app; again = rotated. */
  async token(phoneId: string): Promise<string> {
    return (await this.call<{ token: string }>('POST', `/phones/${phoneId}/token`)).token;
  }
  uninstall(phoneId: string): Promise<unknown> {
    return this.call('DELETE', `/phones/${phoneId}/app`);
  }
  network(phoneId: string, online: boolean): Promise<unknown> {
    return this.call('PUT', `/phones/${phoneId}/network`, { online });
  }
  async lockScreen(phoneId: string): Promise<ShownNotification[]> {
    return (await this.call<{ notifications: ShownNotification[] }>('GET', `/phones/${phoneId}/lock-screen`)).notifications;
  }
  faults(fault: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.call('PUT', '/faults', fault);
  }
  clearFaults(): Promise<unknown> {
    return this.call('DELETE', '/faults');
  }
  async ledger(query: { token?: string; since?: number; limit?: number } = {}): Promise<LedgerEntry[]> {
    const search = new URLSearchParams(Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]));
    return (await this.call<{ requests: LedgerEntry[] }>('GET', `/ledger?${search}`)).requests;
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`sandbox ${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
