import { createHash } from 'node:crypto';
import { type PlainAnswer, requestHttp1 } from '../testing/https-client.js';
import type { SandboxFixture } from '../testing/sandbox-fixture.js';
import { type TestPhone, VendorBench } from './vendor-bench.js';

export type Json = Record<string, unknown>;

const domesticHost = 'api.push.oppomobile.com';
const app = {
  appId: 'ZngnvJIM7wQusNtbqYnpH6XX',
  appKey: 'oppo-app-key',
  masterSecret: 'oppo-master-secret',
  bundle: 'org.example.oppo',
  isEnabled: true,
  mayPush: true,
  isAddressBlocked: false,
  lacksFeature: false,
  mayUseBanner: false,
  approvedCategories: ['IM', 'ACCOUNT', 'ORDER'],
  templates: [{ id: 'template-1', title: 'From ${who}', content: '${text}' }],
  privateChannels: ['private-channel'],
};

export interface OppoReply {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}
export interface BatchItem {
  readonly messageId: string | null;
  readonly registrationId: string;
  readonly errorCode?: number;
}

/** Everything an OPPO row needs: an app with a template, its auth token, phones. */
export class OppoBench extends VendorBench {
  #token: Promise<string> | null = null;

  private constructor(fixture: SandboxFixture, now: () => number) {
    super(fixture, now, 'oppo');
  }

  static async open(fixture: SandboxFixture, now: () => number): Promise<OppoBench> {
    const bench = new OppoBench(fixture, now);
    await bench.reset();
    return bench;
  }

  /** Changes what OPPO knows of the app until the row is over. */
  async know(changes: Json): Promise<void> {
    await this.control.put('/oppo/apps', { ...app, ...changes });
  }

  async phone(fields: Json = {}): Promise<TestPhone> {
    return this.addPhone({ bundle: app.bundle, ...fields });
  }

  post(
    path: string,
    form: Json,
    more: { host?: string; headers?: Record<string, string> } = {},
  ): Promise<PlainAnswer> {
    return requestHttp1(this.port, this.fixture.ca, more.host ?? domesticHost, {
      path,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...more.headers },
      body: new URLSearchParams(form as Record<string, string>).toString(),
    });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<PlainAnswer> {
    return requestHttp1(this.port, this.fixture.ca, 'feedback.push.oppomobile.com', {
      method: 'GET',
      path,
      headers,
    });
  }

  /** Asks for a token; fields that are undefined are left out. */
  auth(changes: Json = {}, timestamp = String(this.now())): Promise<PlainAnswer> {
    const sign = createHash('sha256')
      .update(app.appKey + timestamp + app.masterSecret)
      .digest('hex');
    const form = { app_key: app.appKey, timestamp, sign, ...changes };
    return this.post(
      '/server/v1/auth',
      Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined)),
    );
  }

  async freshToken(): Promise<string> {
    return (reply(await this.auth()).data as { auth_token: string }).auth_token;
  }

  token(): Promise<string> {
    this.#token ??= this.freshToken();
    return this.#token;
  }

  element(token: string, notification: Json, more: Json = {}): Json {
    const texts = { title: 'Ann', content: 'hello' };
    return { target_type: 2, target_value: token, notification: { ...texts, ...notification }, ...more };
  }

  /** A unicast whose message is this text or object. */
  async unicast(message: unknown, more: { host?: string } = {}): Promise<PlainAnswer> {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    const form = { auth_token: await this.token(), message: text };
    return this.post('/server/v1/message/notification/unicast', form, more);
  }

  async batch(messages: unknown): Promise<PlainAnswer> {
    const form = { auth_token: await this.token(), messages: JSON.stringify(messages) };
    return this.post('/server/v1/message/notification/unicast_batch', form);
  }

  /** What comes back for this notification to a phone of its own. */
  async say(notification: Json): Promise<string> {
    const { token } = await this.phone();
    return said(await this.unicast(this.element(token, notification)));
  }

  /** Events of the receipts that were posted for a phone, in order. */
  async events(phone: TestPhone, count: number): Promise<string> {
    const events = await this.told(phone, count);
    return events.length === 0 ? 'none' : events.join(', ');
  }

  async reset(): Promise<void> {
    this.#token = null;
    await this.know({});
  }
}

export function reply({ body }: PlainAnswer): OppoReply {
  return JSON.parse(body) as OppoReply;
}

/** The code, and the argument that the text names: `41 title`. */
export function said(answer: PlainAnswer): string {
  if (!(answer.headers['content-type'] ?? '').includes('json')) return `HTTP ${answer.status}`;
  const { code, message } = reply(answer);
  const named = /: ([a-z_]+)/.exec(message)?.[1];
  return named === undefined ? String(code) : `${code} ${named}`;
}

/** The codes of a batch's entries, 0 where it has none. */
export function saidEach(answer: PlainAnswer): string {
  const { code, data } = reply(answer);
  const items = (data as readonly BatchItem[]).map(({ errorCode }) => errorCode ?? 0);
  return `${code}: ${items.join(', ')}`;
}
