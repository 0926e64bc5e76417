import { createCipheriv, createECDH, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import type http2 from 'node:http2';
import type { ControlClient } from '../testing/control-client.js';
import { openHttp2, requestHttp1, requestHttp2, type PlainAnswer } from '../testing/https-client.js';
import { makeApnsKey, signJwt } from '../testing/provider.js';
import type { SandboxFixture } from '../testing/sandbox-fixture.js';
import type { Screen, TestPhone } from './vendor-bench.js';

type Json = Record<string, unknown>;
export type Service = 'google' | 'mozilla' | 'apple' | 'microsoft' | 'rfc';

/** A VAPID key as a provider holds it. */
export interface VapidKey {
  readonly privateKey: KeyObject;
  /** The uncompressed point, base64url. */
  readonly publicKey: string;
}

export interface Subscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

export interface Browser extends TestPhone {
  readonly subscription: Subscription;
}

/** How a message is sealed; what is left out is right. */
export interface Sealing {
  readonly text?: string;
  readonly auth?: string;
  /** 2 ends the last record. */
  readonly delimiter?: number;
  readonly padding?: number;
  readonly recordSize?: number;
}

export interface VapidParts {
  readonly header?: Json;
  /** A value of undefined leaves the claim out. */
  readonly claims?: Json;
  readonly signWith?: VapidKey;
  readonly k?: string;
}

export interface PushParts {
  /** An empty value takes a default header away. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly sealing?: Sealing;
  readonly vapid?: VapidParts;
  /** In place of the VAPID header; null leaves it out. */
  readonly authorization?: string | null;
  readonly path?: string;
  readonly method?: string;
}

export const shownText = JSON.stringify({ title: 'Ann', body: 'hello', tag: 't1' });
const dayInSeconds = 86_400;
const nobody = 'push.example.org';

function makeVapidKey(): VapidKey {
  const { privateKey } = makeApnsKey();
  const { x = '', y = '' } = privateKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return { privateKey, publicKey: point.toString('base64url') };
}

/** Everything a web push row needs: a VAPID key, browsers, sealed messages. */
export class WebpushBench {
  readonly keys = { sender: makeVapidKey(), stranger: makeVapidKey() };
  #sessions: http2.ClientHttp2Session[] = [];

  constructor(
    readonly fixture: SandboxFixture,
    readonly now: () => number,
  ) {}

  get control(): ControlClient {
    return this.fixture.control;
  }

  get port(): number {
    return this.fixture.portOf('webpush');
  }

  get origin(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  seconds(offset = 0): number {
    return Math.floor(this.now() / 1_000) + offset;
  }

  async browser(service: Service = 'rfc', more: Json = {}): Promise<Browser> {
    const { phoneId } = await this.control.post<{ phoneId: string }>('/phones', {
      vendor: 'webpush',
      bundle: 'org.example.chat',
      service,
      applicationServerKey: this.keys.sender.publicKey,
      ...more,
    });
    return this.subscribe(phoneId);
  }

  /** Subscribes (again): the subscription before is dead. */
  async subscribe(phoneId: string): Promise<Browser> {
    const { token } = await this.control.post<{ token: string }>(`/phones/${phoneId}/token`);
    return { phoneId, token, subscription: JSON.parse(token) as Subscription };
  }

  screen({ phoneId }: TestPhone): Promise<Screen> {
    return this.control.get<Screen>(`/phones/${phoneId}/lock-screen`);
  }

  network({ phoneId }: TestPhone, online: boolean): Promise<unknown> {
    return this.control.put(`/phones/${phoneId}/network`, { online });
  }

  /** RFC 8291, as a provider does it. */
  seal({ keys }: Subscription, sealing: Sealing = {}): Buffer {
    const { text = shownText, auth = keys.auth, delimiter = 2, padding = 0, recordSize = 4_096 } = sealing;
    const own = createECDH('prime256v1');
    const ownKey = own.generateKeys();
    const browserKey = Buffer.from(keys.p256dh, 'base64url');
    const salt = randomBytes(16);
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), browserKey, ownKey]);
    const shared = own.computeSecret(browserKey);
    const input = Buffer.from(hkdfSync('sha256', shared, Buffer.from(auth, 'base64url'), info, 32));
    const derive = (name: string, length: number): Buffer =>
      Buffer.from(hkdfSync('sha256', input, salt, Buffer.from(`Content-Encoding: ${name}\0`), length));
    const gcm = createCipheriv('aes-128-gcm', derive('aes128gcm', 16), derive('nonce', 12));
    const plain = Buffer.concat([Buffer.from(text), Buffer.of(delimiter), Buffer.alloc(padding)]);
    const sealed = Buffer.concat([gcm.update(plain), gcm.final(), gcm.getAuthTag()]);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(recordSize, 0);
    head.writeUInt8(ownKey.length, 4);
    return Buffer.concat([salt, head, ownKey, sealed]);
  }

  vapid({ header, claims, signWith = this.keys.sender, k = signWith.publicKey }: VapidParts = {}): string {
    const jwt = signJwt(
      { typ: 'JWT', alg: 'ES256', ...header },
      {
        aud: this.origin,
        exp: this.seconds(dayInSeconds / 2),
        sub: `mailto:ops@${nobody}`,
        ...claims,
      },
      signWith.privateKey,
    );
    return `vapid t=${jwt}, k=${k}`;
  }

  push(browser: Browser, parts: PushParts = {}): Promise<PlainAnswer> {
    const { host, ...request } = this.#request(browser, parts);
    return requestHttp1(this.port, this.fixture.ca, host, request);
  }

  async pushHttp2(browser: Browser, parts: PushParts = {}): Promise<PlainAnswer> {
    const { host, ...request } = this.#request(browser, parts);
    const session = await openHttp2(this.port, this.fixture.ca, 'localhost');
    this.#sessions.push(session);
    return requestHttp2(session, { ...request, headers: { ':authority': host, ...request.headers } });
  }

  /** What comes back for a push to a browser of its own, in the words of the checklist. */
  async say(parts: PushParts = {}, service: Service = 'rfc'): Promise<string> {
    return said(await this.push(await this.browser(service), parts));
  }

  /** What comes back for a planned error. */
  async planned(fault: Json, service: Service = 'rfc'): Promise<string> {
    const browser = await this.browser(service);
    await this.control.put('/faults', { vendor: 'webpush', token: browser.token, ...fault });
    return said(await this.push(browser));
  }

  reset(): void {
    for (const session of this.#sessions.splice(0)) session.destroy();
  }

  #request(
    { subscription }: Browser,
    parts: PushParts,
  ): {
    host: string;
    method: string;
    path: string;
    headers: Record<string, string>;
    body: Uint8Array;
  } {
    const url = new URL(subscription.endpoint);
    const authorization = parts.authorization === undefined ? this.vapid(parts.vapid) : parts.authorization;
    const headers = {
      ttl: '60',
      'content-encoding': 'aes128gcm',
      ...(authorization !== null && { authorization }),
      ...parts.headers,
    };
    return {
      host: url.host,
      method: parts.method ?? 'POST',
      path: parts.path ?? url.pathname,
      headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== '')),
      body: parts.body ?? this.seal(subscription, parts.sealing),
    };
  }
}

/** `<status>`, then the service's own word for it, and how long to wait. */
export function said({ status, headers, body }: PlainAnswer): string {
  const parts = [String(status)];
  const { errno, reason } = headers['content-type'] === 'application/json' ? jsonOf(body) : {};
  if (errno !== undefined) parts.push(`errno ${errno}`);
  if (reason !== undefined) parts.push(reason);
  if (body.includes('UnauthorizedRegistration')) parts.push('UnauthorizedRegistration');
  if (headers['retry-after'] !== undefined) parts.push(`retry-after ${headers['retry-after']}`);
  return parts.join(' ');
}

function jsonOf(body: string): { readonly errno?: number; readonly reason?: string } {
  return JSON.parse(body) as { errno?: number; reason?: string };
}

/** What lies on the screen, in the words of the checklist. */
export async function arrived(bench: WebpushBench, browser: Browser): Promise<string> {
  const { notifications } = await bench.screen(browser);
  return notifications.length === 0
    ? 'nothing arrived'
    : `${notifications.length} arrived: ${notifications.map(({ body }) => body ?? '').join(', ')}`;
}
