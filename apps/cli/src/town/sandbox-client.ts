import { UsageError } from '../usage-error.js';

export interface SandboxPhone {
  readonly phoneId: string;
  readonly vendor: 'apns' | 'fcm';
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
  readonly vendor: 'apns' | 'fcm' | 'oauth';
  readonly token: string | null;
  readonly topic: string | null;
  readonly collapseId: string | null;
  readonly tag: string | null;
  readonly traceparent: string | null;
  readonly arrivedAt: number;
  readonly status: number | null;
}

/** The bundle of an app's phones and the Google project of its Android phones, as `up` sets them up. */
export const bundleOf = (app: string): string => `org.example.${app}`;
export const projectOf = (app: string): string => `example-${app}`;

/** The control API of the sandbox, as far as the command line uses it. */
export class SandboxClient {
  constructor(readonly url: string) {}

  addPhone(vendor: 'apns' | 'fcm', app: string): Promise<{ phoneId: string }> {
    const where =
      vendor === 'apns' ? { bundle: bundleOf(app) } : { package: bundleOf(app), project: projectOf(app) };
    return this.call('POST', '/phones', { vendor, ...where });
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
  /** Every request for a push so far, page by page. */
  async *ledger(): AsyncGenerator<SandboxRequest> {
    for (let since = 0; ; ) {
      const page = await this.call<{ entries: SandboxRequest[]; next: number }>(
        'GET',
        `/ledger?since=${since}&limit=50000`,
      );
      if (page.entries.length === 0) return;
      yield* page.entries.filter(({ vendor }) => vendor !== 'oauth');
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
