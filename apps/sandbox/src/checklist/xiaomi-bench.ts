import { requestHttp1, type PlainAnswer } from '../testing/https-client.js';
import type { SandboxFixture } from '../testing/sandbox-fixture.js';
import { type PostedReceipts, type TestPhone, VendorBench } from './vendor-bench.js';

export type Fields = Readonly<Record<string, string>>;

/** An app of a provider at Xiaomi: rows that count have one of their own. */
export interface XiaomiBenchApp {
  readonly packageName: string;
  readonly secret: string;
}

export interface XiaomiRequest {
  readonly app?: XiaomiBenchApp;
  readonly path?: string;
  readonly method?: string;
  /** Null leaves it out. */
  readonly authorization?: string | null;
  readonly contentType?: string;
  /** In place of the form. */
  readonly body?: string;
}

type Message = Readonly<Record<string, unknown>>;

export const host = 'api.xmpush.xiaomi.com';
export const callback = 'http://127.0.0.1:9/receipts';
const channels = [
  { id: 'im', kind: 'private' },
  { id: 'news', kind: 'public' },
];
const templates = [{ id: 'P1', title: 'From {from}', description: '{text}' }];

/** Everything that a Xiaomi row needs: apps with channels and a template, phones, requests. */
export class XiaomiBench extends VendorBench {
  #apps = 0;

  private constructor(
    fixture: SandboxFixture,
    now: () => number,
    readonly app: XiaomiBenchApp,
  ) {
    super(fixture, now, 'xiaomi');
  }

  static async open(fixture: SandboxFixture, now: () => number): Promise<XiaomiBench> {
    const bench = new XiaomiBench(fixture, now, { packageName: 'org.example.chat', secret: 'secret+/=' });
    await bench.register(bench.app);
    return bench;
  }

  register({ packageName, secret }: XiaomiBenchApp, more: object = {}): Promise<unknown> {
    return this.control.put('/xiaomi/apps', { package: packageName, secret, channels, templates, ...more });
  }

  async freshApp(): Promise<XiaomiBenchApp> {
    this.#apps++;
    const app = { packageName: `org.example.fresh${this.#apps}`, secret: `fresh-${this.#apps}` };
    await this.register(app);
    return app;
  }

  async phone(more: object = {}, app = this.app): Promise<TestPhone> {
    return this.addPhone({
      bundle: app.packageName,
      ...more,
    });
  }

  async deadToken(app = this.app): Promise<string> {
    const phone = await this.phone({}, app);
    await this.uninstall(phone);
    return phone.token;
  }

  /** A request as it stands: nothing is added to the form. */
  request(fields: Fields, request: XiaomiRequest = {}): Promise<PlainAnswer> {
    const { app = this.app, authorization = `key=${app.secret}` } = request;
    return requestHttp1(this.port, this.fixture.ca, host, {
      method: request.method ?? 'POST',
      path: request.path ?? '/v3/message/regid',
      headers: {
        'content-type': request.contentType ?? 'application/x-www-form-urlencoded;charset=UTF-8',
        ...(authorization !== null && { authorization }),
      },
      ...(request.method === 'GET' ? {} : { body: request.body ?? new URLSearchParams(fields).toString() }),
    });
  }

  /** A notification to these registration ids; an empty text takes a field away. */
  send(ids: string, fields: Fields = {}, request: XiaomiRequest = {}): Promise<PlainAnswer> {
    const all = {
      restricted_package_name: (request.app ?? this.app).packageName,
      registration_id: ids,
      title: 'Ann',
      description: 'hello',
      payload: 'p',
      ...fields,
    };
    const kept = Object.entries(all).filter(([, value]) => value !== '');
    return this.request(Object.fromEntries(kept), request);
  }

  /** What comes back for a notification to a phone of its own. */
  async say(fields: Fields = {}, request: XiaomiRequest = {}): Promise<string> {
    const { token } = await this.phone({}, request.app);
    return said(await this.send(token, fields, request));
  }

  /** The messages of the callbacks about a token, as soon as there are enough. */
  async receipts(
    token: string,
    isEnough: (messages: readonly Message[]) => boolean = ({ length }) => length > 0,
  ): Promise<readonly Message[]> {
    const messages = (posted: readonly PostedReceipts[]): readonly Message[] =>
      posted.flatMap(({ body }) => Object.values(messagesIn(body)));
    return messages(await this.posted(token, (posted) => isEnough(messages(posted))));
  }
}

function messagesIn(body: string): Readonly<Record<string, Message>> {
  return JSON.parse(new URLSearchParams(body).get('data') ?? '{}') as Record<string, Message>;
}

interface Answered {
  readonly code: number;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly reason?: string;
}

export function read({ body }: PlainAnswer): Answered {
  return JSON.parse(body) as Answered;
}

/** `<status> <code>`, and how many ids were refused. */
export function said(answer: PlainAnswer): string {
  if (!(answer.headers['content-type'] ?? '').includes('json')) return `${answer.status} html`;
  const { code, data } = read(answer);
  const bad = data?.['bad_regids'];
  const count = typeof bad === 'string' ? bad.split(',').length : 0;
  return `${answer.status} ${code}${count === 0 ? '' : `, ${count} in bad_regids`}`;
}
