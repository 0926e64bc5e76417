import type http2 from 'node:http2';
import { ApnsClient, type ApnsAnswer } from '../testing/apns-client.js';
import type { ControlClient } from '../testing/control-client.js';
import { makeApnsKey, signJwt, type TestKey } from '../testing/provider.js';
import type { SandboxFixture } from '../testing/sandbox-fixture.js';
import type { Screen, TestPhone } from './vendor-bench.js';

export type Environment = 'production' | 'development';

export interface PushRequest {
  /** Default: one connection that all rows share. */
  readonly client?: ApnsClient;
  /** Default: the token of a phone that all rows share. */
  readonly token?: string;
  readonly path?: string;
  readonly method?: string;
  /** Null leaves the authorization out. */
  readonly jwt?: string | null;
  /** An empty value takes a default header away. */
  readonly headers?: http2.OutgoingHttpHeaders;
  readonly body?: string;
}

export interface TokenParts {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly signWith?: TestKey;
}

export const bundle = 'org.example.chat';
export const otherBundle = 'org.example.other';
export const teamId = 'TEAM000001';
export const minuteMs = 60_000;
export const dayMs = 86_400_000;
export const alertBody = JSON.stringify({ aps: { alert: { title: 'Ann', body: 'hello' } } });

/** Everything an APNs row needs: registered keys, phones, connections. */
export class ApnsBench {
  readonly keys = {
    team: makeApnsKey(),
    development: makeApnsKey(),
    topic: makeApnsKey(),
    stranger: makeApnsKey(),
    revoked: makeApnsKey(),
  };
  readonly #jwt: string;
  #shared: Promise<ApnsClient> | null = null;
  #phone: Promise<TestPhone> | null = null;
  #clients: ApnsClient[] = [];

  private constructor(
    readonly fixture: SandboxFixture,
    readonly now: () => number,
  ) {
    this.#jwt = this.makeJwt();
  }

  static async open(fixture: SandboxFixture, now: () => number): Promise<ApnsBench> {
    const bench = new ApnsBench(fixture, now);
    const { team, development, topic, stranger, revoked } = bench.keys;
    const topics = [bundle, otherBundle];
    await fixture.control.put('/keys', {
      keys: [
        { teamId, keyId: 'KEYTEAM001', publicKey: team.publicKey, topics, environment: 'both' },
        { teamId, keyId: 'KEYDEV0001', publicKey: development.publicKey, topics, environment: 'development' },
        { teamId, keyId: 'KEYTOPIC01', publicKey: topic.publicKey, topics: [bundle], kind: 'topic' },
        { teamId: 'TEAM000002', keyId: 'KEYOTHER01', publicKey: stranger.publicKey, topics: null },
        { teamId, keyId: 'KEYGONE001', publicKey: revoked.publicKey, topics },
      ],
    });
    await fixture.control.delete('/keys/KEYGONE001');
    return bench;
  }

  get control(): ControlClient {
    return this.fixture.control;
  }

  /** The vendor's clock, in seconds, as far as the control door moved it. */
  seconds(offsetMs = 0): number {
    return Math.floor((this.now() + offsetMs) / 1_000);
  }

  makeJwt({ header, claims, signWith }: TokenParts = {}): string {
    return signJwt(
      { alg: 'ES256', kid: 'KEYTEAM001', ...header },
      { iss: teamId, iat: this.seconds(), ...claims },
      (signWith ?? this.keys.team).privateKey,
    );
  }

  async phone(
    description: { bundle?: string; environment?: Environment; kind?: 'alert' | 'voip' } = {},
  ): Promise<TestPhone> {
    const { phoneId } = await this.control.post<{ phoneId: string }>('/phones', {
      vendor: 'apns',
      bundle: description.bundle ?? bundle,
      environment: description.environment ?? 'production',
    });
    const { token } = await this.control.post<{ token: string }>(`/phones/${phoneId}/token`, {
      kind: description.kind ?? 'alert',
    });
    return { phoneId, token };
  }

  screen(phone: TestPhone): Promise<Screen> {
    return this.control.get<Screen>(`/phones/${phone.phoneId}/lock-screen`);
  }

  async connect(
    environment: Environment = 'production',
    options: http2.SecureClientSessionOptions = {},
  ): Promise<ApnsClient> {
    return this.connectTo(
      this.fixture.portOf(environment === 'production' ? 'apns' : 'apns-development'),
      this.fixture.ca,
      options,
    );
  }

  async connectTo(
    port: number,
    ca: string,
    options: http2.SecureClientSessionOptions = {},
  ): Promise<ApnsClient> {
    const client = await ApnsClient.open(port, ca, options);
    this.#clients.push(client);
    return client;
  }

  /** A connection whose SETTINGS have not come yet. */
  async connectUnsettled(options: http2.SecureClientSessionOptions): Promise<ApnsClient> {
    const client = await ApnsClient.openUnsettled(this.fixture.portOf('apns'), this.fixture.ca, options);
    this.#clients.push(client);
    return client;
  }

  async push(request: PushRequest = {}): Promise<ApnsAnswer> {
    const client = request.client ?? (await this.#sharedClient());
    const token = request.token ?? (await this.sharedPhone()).token;
    const jwt = request.jwt === undefined ? this.#jwt : request.jwt;
    const headers: http2.OutgoingHttpHeaders = {
      ':method': request.method ?? 'POST',
      ':path': request.path ?? `/3/device/${token}`,
      'apns-topic': bundle,
      'apns-push-type': 'alert',
      ...(jwt === null ? {} : { authorization: `bearer ${jwt}` }),
      ...request.headers,
    };
    for (const [name, value] of Object.entries(headers)) if (value === '') delete headers[name];
    return client.request(headers, request.body ?? alertBody);
  }

  /** Status and reason, as the checklist writes them. */
  async say(request: PushRequest = {}): Promise<string> {
    return said(await this.push(request));
  }

  /** What comes back on a connection of its own. */
  async sayAlone(
    request: PushRequest & { environment?: Environment; options?: http2.SecureClientSessionOptions },
  ): Promise<string> {
    return this.say({ ...request, client: await this.connect(request.environment, request.options) });
  }

  sharedPhone(): Promise<TestPhone> {
    this.#phone ??= this.phone();
    return this.#phone;
  }

  /** After each row: the sandbox as it was, and no connection left over. */
  async reset(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.close();
    this.#shared = null;
  }

  async #sharedClient(): Promise<ApnsClient> {
    this.#shared ??= this.connect();
    return this.#shared;
  }
}

export function said({ status, reason }: ApnsAnswer): string {
  return reason === null ? String(status) : `${status} ${reason}`;
}

/** `7 times 200`, or every differing answer. */
export function saidTimes(answers: readonly string[]): string {
  const kinds = [...new Set(answers)];
  return kinds.length === 1 ? `${answers.length} times ${kinds[0] ?? ''}` : answers.join(', ');
}

/** A payload of exactly so many bytes. */
export function bodyOfBytes(bytes: number, filler = 'x'): string {
  const frame = Buffer.byteLength(JSON.stringify({ aps: { alert: '' } }));
  const wide = Math.floor((bytes - frame) / Buffer.byteLength(filler));
  const rest = bytes - frame - wide * Buffer.byteLength(filler);
  return JSON.stringify({ aps: { alert: filler.repeat(wide) + 'x'.repeat(rest) } });
}
