import { openHttp2, requestHttp1, requestHttp2, type PlainAnswer } from '../testing/https-client.js';
import type { SandboxFixture } from '../testing/sandbox-fixture.js';
import { type TestPhone, VendorBench } from './vendor-bench.js';

type Json = Record<string, unknown>;

const host = 'push-api.cloud.honor.com';
const tokenHost = 'iam.developer.honor.com';
export const appId = '10440001';
export const otherAppId = '10440002';
const clientOf = (id: string) => ({ clientId: `2${id}`, secret: `secret-${id}` });

export interface GrantParts {
  readonly form?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly host?: string;
  readonly contentType?: string;
  readonly appId?: string;
}

export interface SendParts {
  readonly appId?: string;
  /** Fields of the notification besides title, body and clickAction. */
  readonly shown?: Json;
  /** Fields of `android` besides the notification. */
  readonly android?: Json;
  /** In place of the whole body, without its tokens. */
  readonly root?: Json;
  readonly tokens?: readonly string[];
  /** In place of the whole body. */
  readonly text?: string;
  /** Null leaves the header out. */
  readonly authorization?: string | null;
  readonly timestamp?: string | null;
  readonly contentType?: string;
  readonly host?: string;
  readonly method?: string;
  readonly path?: string;
}

/** Everything an Honor row needs: two apps, access tokens, phones. */
export class HonorBench extends VendorBench {
  #access: string | null = null;

  private constructor(fixture: SandboxFixture, now: () => number) {
    super(fixture, now, 'honor');
  }

  static async open(fixture: SandboxFixture, now: () => number): Promise<HonorBench> {
    const bench = new HonorBench(fixture, now);
    await bench.reset();
    return bench;
  }

  registerApp(id: string, changes: Json = {}): Promise<unknown> {
    return this.control.put('/honor/apps', { appId: id, ...clientOf(id), ...changes });
  }

  async phone(id: string = appId): Promise<TestPhone> {
    return this.addPhone({
      bundle: 'org.example.chat',
      appId: id,
    });
  }

  async goneToken(): Promise<string> {
    const phone = await this.phone();
    await this.uninstall(phone);
    return phone.token;
  }

  grant(parts: GrantParts = {}): Promise<PlainAnswer> {
    const { clientId, secret } = clientOf(parts.appId ?? appId);
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret };
    return requestHttp1(this.port, this.fixture.ca, parts.host ?? tokenHost, {
      path: parts.path ?? '/auth/token',
      headers: { 'content-type': parts.contentType ?? 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...form, ...parts.form }).toString(),
    });
  }

  async accessToken(id: string = appId): Promise<string> {
    return (JSON.parse((await this.grant({ appId: id })).body) as { access_token: string }).access_token;
  }

  async send(parts: SendParts = {}): Promise<PlainAnswer> {
    return requestHttp1(this.port, this.fixture.ca, parts.host ?? host, await this.#request(parts));
  }

  async sendHttp2(parts: SendParts = {}): Promise<PlainAnswer> {
    const session = await openHttp2(this.port, this.fixture.ca, host);
    return requestHttp2(session, await this.#request(parts)).finally(() => session.destroy());
  }

  /** What comes back for a message to a phone of its own, in the words of the checklist. */
  async say(parts: SendParts = {}): Promise<string> {
    return said(await this.send(parts));
  }

  async reset(): Promise<void> {
    this.#access = null;
    await this.registerApp(appId);
    await this.registerApp(otherAppId);
    for (const id of [appId, otherAppId]) await this.control.put('/honor/receipts', { appId: id, url: null });
  }

  async #request(parts: SendParts): Promise<{
    method: string;
    path: string;
    headers: Record<string, string>;
    body: string;
  }> {
    const { authorization = `Bearer ${await this.#shared()}`, timestamp = String(this.now()) } = parts;
    const root = parts.root ?? {
      android: {
        ...parts.android,
        notification: { title: 'Ann', body: 'hello', clickAction: { type: 3 }, ...parts.shown },
      },
    };
    const tokens = parts.tokens ?? [(await this.phone()).token];
    return {
      method: parts.method ?? 'POST',
      path: parts.path ?? `/api/v1/${parts.appId ?? appId}/sendMessage`,
      headers: {
        'content-type': parts.contentType ?? 'application/json',
        ...(authorization !== null && { authorization }),
        ...(timestamp !== null && { timestamp }),
      },
      body: parts.text ?? JSON.stringify({ ...root, token: tokens }),
    };
  }

  async #shared(): Promise<string> {
    this.#access ??= await this.accessToken();
    return this.#access;
  }
}

interface HonorBody {
  readonly code: number;
  readonly data: {
    readonly sendResult: boolean;
    readonly failTokens: readonly string[];
    readonly expireTokens: readonly string[];
  } | null;
}

/** `<status> <code>`, and where it was sent `sent` or `not sent` with how many failed and expired. */
export function said({ status, headers, body }: PlainAnswer): string {
  const wait = headers['retry-after'] === undefined ? '' : ` retry-after ${headers['retry-after']}`;
  if (body === '') return `${status}${wait}`;
  const { code, data } = JSON.parse(body) as HonorBody;
  if (data === null || data === undefined) return `${status} ${code}${wait}`;
  const lists = `fail ${data.failTokens.length} expire ${data.expireTokens.length}`;
  return `${status} ${code} ${data.sendResult ? 'sent' : 'not sent'} ${lists}${wait}`;
}

export function saidGrant({ status, body }: PlainAnswer): string {
  const answer = JSON.parse(body) as { error?: string; token_type?: string; expires_in?: number };
  return answer.error === undefined
    ? `${status} ${answer.token_type ?? ''} ${answer.expires_in ?? ''} s`
    : `${status} ${answer.error}`;
}
