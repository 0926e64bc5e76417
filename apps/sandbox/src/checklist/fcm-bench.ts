import type http2 from 'node:http2';
import type { ControlClient } from '../testing/control-client.js';
import {
  openHttp2,
  requestHttp1,
  requestHttp2,
  type PlainAnswer,
  type PlainRequest,
} from '../testing/https-client.js';
import { makeServiceAccountKey, signJwt, type TestKey } from '../testing/provider.js';
import type { SandboxFixture } from '../testing/sandbox-fixture.js';
import type { Screen, TestPhone } from './vendor-bench.js';

export const project = 'chat-example';
export const otherProject = 'other-example';
export const packageName = 'org.example.chat';
const clientEmail = `sender@${project}.iam.gserviceaccount.com`;
const otherEmail = `sender@${otherProject}.iam.gserviceaccount.com`;
const tokenHost = 'oauth2.googleapis.com';
const sendHost = 'fcm.googleapis.com';
const messagingScope = 'https://www.googleapis.com/auth/firebase.messaging';

type Json = Record<string, unknown>;

export interface AssertionParts {
  readonly header?: Json;
  readonly claims?: Json;
  readonly signWith?: TestKey;
  readonly grantType?: string;
  /** In place of a JWT. */
  readonly assertion?: string;
}

export interface SendRequest {
  readonly project?: string;
  readonly message?: Json;
  /** In place of the whole body. */
  readonly body?: string;
  readonly root?: Json;
  /** Null leaves the authorization out. */
  readonly authorization?: string | null;
  readonly session?: http2.ClientHttp2Session;
}

/** Everything an FCM row needs: a project, its account, phones. */
export class FcmBench {
  readonly keys = {
    sender: makeServiceAccountKey(),
    other: makeServiceAccountKey(),
    stranger: makeServiceAccountKey(),
  };
  #access: Promise<string> | null = null;
  #session: Promise<http2.ClientHttp2Session> | null = null;
  #sessions: http2.ClientHttp2Session[] = [];

  private constructor(
    readonly fixture: SandboxFixture,
    readonly now: () => number,
  ) {}

  static async open(fixture: SandboxFixture, now: () => number): Promise<FcmBench> {
    const bench = new FcmBench(fixture, now);
    await bench.registerProject({});
    await fixture.control.put('/projects', {
      projectId: otherProject,
      serviceAccounts: [
        { clientEmail: otherEmail, privateKeyId: 'key-2', publicKey: bench.keys.other.publicKey },
      ],
    });
    return bench;
  }

  get control(): ControlClient {
    return this.fixture.control;
  }

  get port(): number {
    return this.fixture.portOf('fcm');
  }

  seconds(offsetMs = 0): number {
    return Math.floor((this.now() + offsetMs) / 1_000);
  }

  registerProject(changes: Json): Promise<unknown> {
    return this.control.put('/projects', {
      projectId: project,
      projectNumber: '123456789012',
      serviceAccounts: [{ clientEmail, privateKeyId: 'key-1', publicKey: this.keys.sender.publicKey }],
      ...changes,
    });
  }

  async phone(description: Json = {}): Promise<TestPhone> {
    const { phoneId } = await this.control.post<{ phoneId: string }>('/phones', {
      vendor: 'fcm',
      package: packageName,
      project,
      ...description,
    });
    const { token } = await this.control.post<{ token: string }>(`/phones/${phoneId}/token`);
    return { phoneId, token };
  }

  screen(phone: TestPhone): Promise<Screen> {
    return this.control.get<Screen>(`/phones/${phone.phoneId}/lock-screen`);
  }

  away(phone: TestPhone): Promise<unknown> {
    return this.control.put(`/phones/${phone.phoneId}/network`, { online: false });
  }

  back(phone: TestPhone): Promise<unknown> {
    return this.control.put(`/phones/${phone.phoneId}/network`, { online: true });
  }

  /** Asks the token endpoint. */
  grant(parts: AssertionParts = {}): Promise<PlainAnswer> {
    return requestHttp1(this.port, this.fixture.ca, tokenHost, {
      path: '/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: this.grantForm(parts),
    });
  }

  /** The form that is posted to the token endpoint. */
  grantForm({ header, claims, signWith, grantType, assertion }: AssertionParts): string {
    const jwt = signJwt(
      { alg: 'RS256', kid: 'key-1', ...header },
      {
        iss: clientEmail,
        aud: `https://${tokenHost}/token`,
        scope: messagingScope,
        iat: this.seconds(),
        exp: this.seconds() + 3_600,
        ...claims,
      },
      (signWith ?? this.keys.sender).privateKey,
    );
    const form = {
      grant_type: grantType ?? 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: assertion ?? jwt,
    };
    return new URLSearchParams(form).toString();
  }

  /** An access token as the parts say. */
  async accessToken(parts: AssertionParts = {}): Promise<string> {
    return (JSON.parse((await this.grant(parts)).body) as { access_token: string }).access_token;
  }

  otherAccessToken(): Promise<string> {
    return this.accessToken({
      header: { kid: 'key-2' },
      claims: { iss: otherEmail },
      signWith: this.keys.other,
    });
  }

  async openSession(): Promise<http2.ClientHttp2Session> {
    const session = await openHttp2(this.port, this.fixture.ca, sendHost);
    this.#sessions.push(session);
    return session;
  }

  async request(request: SendRequest): Promise<PlainRequest> {
    const authorization =
      request.authorization === undefined ? `Bearer ${await this.#sharedAccess()}` : request.authorization;
    return {
      path: `/v1/projects/${request.project ?? project}/messages:send`,
      headers: { 'content-type': 'application/json', ...(authorization === null ? {} : { authorization }) },
      body: request.body ?? JSON.stringify(request.root ?? { message: request.message }),
    };
  }

  async send(request: SendRequest): Promise<PlainAnswer> {
    const session = request.session ?? (await this.#sharedSession());
    return requestHttp2(session, await this.request(request));
  }

  async sendHttp1(request: SendRequest): Promise<PlainAnswer> {
    return requestHttp1(this.port, this.fixture.ca, sendHost, await this.request(request));
  }

  /** What comes back for this message to a phone of its own, in the words of the checklist. */
  async say(message: Json, description: Json = {}): Promise<string> {
    const { token } = await this.phone(description);
    return said(await this.send({ message: { token, ...message } }));
  }

  async reset(): Promise<void> {
    for (const session of this.#sessions.splice(0)) session.destroy();
    this.#session = null;
    await this.registerProject({});
  }

  #sharedAccess(): Promise<string> {
    this.#access ??= this.accessToken();
    return this.#access;
  }

  #sharedSession(): Promise<http2.ClientHttp2Session> {
    this.#session ??= this.openSession();
    return this.#session;
  }
}

interface Detail {
  readonly '@type': string;
  readonly errorCode?: string;
  readonly reason?: string;
  readonly statusCode?: number;
  readonly fieldViolations?: readonly { readonly field: string; readonly description: string }[];
}

/** `<status> <rpc status> <FcmError or ->` and what else the details say. */
export function said({ status, headers, body }: PlainAnswer): string {
  if (status === 200) return '200';
  if (!(headers['content-type'] ?? '').includes('json')) return `${status} html`;
  const { error } = JSON.parse(body) as { error: { status: string; details?: readonly Detail[] } };
  const details = error.details ?? [];
  const ofType = (name: string): Detail | undefined =>
    details.find((detail) => detail['@type'].endsWith(name));
  const parts = [`${status} ${error.status} ${ofType('fcm.v1.FcmError')?.errorCode ?? '-'}`];
  const info = ofType('rpc.ErrorInfo');
  if (info !== undefined) parts.push(`ErrorInfo ${info.reason ?? ''}`);
  const apns = ofType('fcm.v1.ApnsError');
  if (apns !== undefined) parts.push(`ApnsError ${apns.statusCode ?? ''} ${apns.reason ?? ''}`);
  const isMalformed = ofType('fcm.v1.FcmError') === undefined && status === 400;
  const field = ofType('rpc.BadRequest')?.fieldViolations?.[0]?.field;
  if (isMalformed && field !== undefined) parts.push(`BadRequest at ${field}`);
  if (ofType('rpc.QuotaFailure') !== undefined)
    parts.push(
      'QuotaFailure',
      headers['retry-after'] === undefined ? 'without retry-after' : 'with retry-after',
    );
  return parts.join(', ');
}

/** A grant's answer, in the words of the checklist. */
export function saidGrant({ status, body }: PlainAnswer): string {
  const answer = JSON.parse(body) as { error?: string; token_type?: string; expires_in?: number };
  return answer.error === undefined
    ? `${status}, ${answer.token_type ?? ''}, ${answer.expires_in ?? ''} s`
    : `${status} ${answer.error}`;
}

export async function arrived(bench: FcmBench, phone: TestPhone): Promise<string> {
  const { notifications, data } = await bench.screen(phone);
  const count = notifications.length + data.length;
  return count === 0 ? 'nothing arrived' : `${count} arrived`;
}
