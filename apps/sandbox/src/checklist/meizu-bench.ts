import { createHash } from 'node:crypto';
import type { ControlClient } from '../testing/control-client.js';
import { requestHttp1, type PlainAnswer } from '../testing/https-client.js';
import type { SandboxFixture } from '../testing/sandbox-fixture.js';
import { type PostedReceipts, type TestPhone, VendorBench } from './vendor-bench.js';

type Json = Readonly<Record<string, unknown>>;

export interface MeizuBenchApp {
  readonly name: string;
  readonly appId: string;
  readonly secret: string;
}

export interface MeizuRequest {
  readonly app?: MeizuBenchApp;
  readonly path?: string;
  readonly method?: string;
  readonly contentType?: string;
  /** Fields that are sent instead; an empty one is left out. */
  readonly fields?: Readonly<Record<string, string>>;
  /** In place of the right one; an empty one is left out. */
  readonly sign?: string;
}

export type ReceiptMessages = Readonly<Record<string, Json>>;

export const host = 'server-api-push.meizu.com';
export const callback = 'http://127.0.0.1:9/receipts';
const sendPath = '/garcia/api/server/push/varnished/pushByPushId';
const bar = { noticeMsgType: 1, noticeBarType: 0, title: 'Ann', content: 'hello' };

/** Everything that a Meizu row needs: apps with an id and a secret, phones, signed requests. */
export class MeizuBench extends VendorBench {
  #apps = 0;

  private constructor(
    fixture: SandboxFixture,
    now: () => number,
    readonly app: MeizuBenchApp,
  ) {
    super(fixture, now, 'meizu');
  }

  static async open(fixture: SandboxFixture, now: () => number): Promise<MeizuBench> {
    return new MeizuBench(fixture, now, await openApp(fixture.control, 'rows'));
  }

  freshApp(): Promise<MeizuBenchApp> {
    this.#apps++;
    return openApp(this.control, `fresh${this.#apps}`);
  }

  async phone(app = this.app): Promise<TestPhone> {
    return this.addPhone({
      bundle: bundleOf(app.name),
    });
  }

  async deadToken(): Promise<string> {
    const phone = await this.phone();
    await this.uninstall(phone);
    return phone.token;
  }

  registerCallbacks(urls: readonly string[], app = this.app): Promise<unknown> {
    return this.control.put(`/meizu/apps/${app.appId}/callbacks`, { urls });
  }

  /** A notification to these push ids; `parts` lie over its objects. */
  send(ids: string, parts: Json = {}, request: MeizuRequest = {}): Promise<PlainAnswer> {
    const { app = this.app } = request;
    const message = {
      ...parts,
      noticeBarInfo: { ...bar, ...(parts['noticeBarInfo'] as object | undefined) },
    };
    const all = { appId: app.appId, pushIds: ids, messageJson: JSON.stringify(message), ...request.fields };
    const fields = Object.entries(all).filter(([, value]) => value !== '');
    const text = fields
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join('');
    const sign = request.sign ?? createHash('md5').update(`${text}${app.secret}`).digest('hex');
    const form = new URLSearchParams([
      ...fields,
      ...(sign === '' ? [] : [['sign', sign] as [string, string]]),
    ]);
    return requestHttp1(this.port, this.fixture.ca, host, {
      method: request.method ?? 'POST',
      path: request.path ?? sendPath,
      headers: { 'content-type': request.contentType ?? 'application/x-www-form-urlencoded;charset=UTF-8' },
      ...(request.method === 'GET' ? {} : { body: form.toString() }),
    });
  }

  /** What comes back for a notification to a phone of its own. */
  async say(parts: Json = {}, request: MeizuRequest = {}): Promise<string> {
    return said(await this.send((await this.phone(request.app)).token, parts, request));
  }

  /** The receipts about a token, as soon as there are so many. */
  async receipts(token: string, count = 1): Promise<ReceiptMessages> {
    const messages = (posted: readonly PostedReceipts[]): ReceiptMessages =>
      Object.assign({}, ...posted.map(({ body }) => messagesIn(body))) as ReceiptMessages;
    return messages(await this.posted(token, (posted) => Object.keys(messages(posted)).length >= count));
  }
}

const bundleOf = (app: string): string => `org.example.${app}`;

async function openApp(control: ControlClient, name: string): Promise<MeizuBenchApp> {
  const { settings, credential } = await control.post<{ settings: { appId: string }; credential: string }>(
    '/accounts',
    { vendor: 'meizu', app: name, bundle: bundleOf(name) },
  );
  return { name, appId: settings.appId, secret: credential.trim() };
}

function messagesIn(body: string): ReceiptMessages {
  return JSON.parse(new URLSearchParams(body).get('cb') ?? '{}') as ReceiptMessages;
}

interface Answered {
  readonly code: unknown;
  readonly value: unknown;
  readonly msgId?: unknown;
}

export function read({ body }: PlainAnswer): Answered {
  return JSON.parse(body) as Answered;
}

/** `<status> <code>`, and the codes of push ids that were not reached, with how many. */
export function said(answer: PlainAnswer): string {
  if (!(answer.headers['content-type'] ?? '').includes('json')) return `${answer.status} html`;
  const { code, value } = read(answer);
  const map = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const bad = map.map(([name, ids]) => `, ${(ids as readonly string[]).length} ${name}`).join('');
  return `${answer.status} ${typeof code === 'string' ? code : 'not a text'}${bad}`;
}
