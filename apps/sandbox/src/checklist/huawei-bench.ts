import {
  openHttp2,
  requestHttp1,
  requestHttp2,
  type PlainAnswer,
  type PlainRequest,
} from '../testing/https-client.js';
import { openProviderDoor, type ProviderDoor } from '../testing/provider-door.js';
import { makeServiceAccountKey, signJwt, type TestKey } from '../testing/provider.js';
import type { SandboxFixture } from '../testing/sandbox-fixture.js';
import { type TestPhone, VendorBench } from './vendor-bench.js';

type Json = Record<string, unknown>;

export const appId = '101000001';
export const siblingApp = '101000002';
export const strangerApp = '101000003';
export const projectId = '900000001';
export const strangerProject = '900000002';
const secret = 'a secret of the console'.replaceAll(' ', '-');
const sendHost = 'push-api.cloud.huawei.com';
const tokenHost = 'oauth-login.cloud.huawei.com';
const tokenUrl = `https://${tokenHost}/oauth2/v3/token`;

export interface SendRequest {
  /** Default: v1 of the app. */
  readonly path?: string;
  readonly tokens?: readonly string[];
  /** Beside the tokens. */
  readonly message?: Json;
  /** In place of the whole body. */
  readonly body?: string;
  readonly root?: Json;
  /** Null leaves the authorization out. */
  readonly authorization?: string | null;
  readonly over?: 'http/1.1' | 'h2';
}

/** Everything a row of Huawei's list needs: two apps of one project, one of another, phones, a receipt address. */
export class HuaweiBench extends VendorBench {
  readonly keys = { account: makeServiceAccountKey(), stranger: makeServiceAccountKey() };
  #access: Promise<string> | null = null;
  #doors: ProviderDoor[] = [];

  private constructor(fixture: SandboxFixture, now: () => number) {
    super(fixture, now, 'huawei');
  }

  static async open(fixture: SandboxFixture, now: () => number): Promise<HuaweiBench> {
    const bench = new HuaweiBench(fixture, now);
    await bench.restoreApps();
    return bench;
  }

  registerApp(changes: Json): Promise<unknown> {
    return this.control.put('/huawei/apps', { appId, ...changes });
  }

  async phone(description: Json = {}): Promise<TestPhone> {
    return this.addPhone({
      package: 'org.example.chat',
      appId,
      ...description,
    });
  }

  async deadToken(): Promise<string> {
    const phone = await this.phone();
    await this.uninstall(phone);
    return phone.token;
  }

  /** Asks the token endpoint. */
  grant(form: Readonly<Record<string, string>> = {}, more: Partial<PlainRequest> = {}): Promise<PlainAnswer> {
    const whole = { grant_type: 'client_credentials', client_id: appId, client_secret: secret, ...form };
    return requestHttp1(this.port, this.fixture.ca, tokenHost, {
      path: '/oauth2/v3/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(whole).toString(),
      ...more,
    });
  }

  async accessToken(form: Readonly<Record<string, string>> = {}): Promise<string> {
    return (JSON.parse((await this.grant(form)).body) as { access_token: string }).access_token;
  }

  /** A service account's JWT, right but for the changes. */
  jwt(
    claims: Json = {},
    header: { alg?: string; kid?: string } = {},
    key: TestKey = this.keys.account,
  ): string {
    const iat = Math.floor(this.now() / 1_000);
    return signJwt(
      { alg: 'PS256', typ: 'JWT', kid: 'key-1', ...header },
      { iss: 'account-1', aud: tokenUrl, iat, exp: iat + 3_600, ...claims },
      key.privateKey,
    );
  }

  async send(request: SendRequest): Promise<PlainAnswer> {
    const authorization =
      request.authorization === undefined ? `Bearer ${await this.#sharedAccess()}` : request.authorization;
    const message = { token: request.tokens, ...request.message };
    const plain: PlainRequest = {
      path: request.path ?? `/v1/${appId}/messages:send`,
      headers: {
        'content-type': 'application/json; charset=UTF-8',
        ...(authorization === null ? {} : { authorization }),
      },
      body: request.body ?? JSON.stringify({ message, ...request.root }),
    };
    if (request.over !== 'h2') return requestHttp1(this.port, this.fixture.ca, sendHost, plain);
    const session = await openHttp2(this.port, this.fixture.ca, sendHost);
    const answer = await requestHttp2(session, plain);
    session.destroy();
    return answer;
  }

  /** What comes back for a notification with these changes, to a phone of its own. */
  async sayNotification(notification: Json, android: Json = {}): Promise<string> {
    const { token } = await this.phone();
    return said(await this.send({ tokens: [token], message: shown(notification, android) }));
  }

  async sayMessage(message: Json): Promise<string> {
    const { token } = await this.phone();
    return said(await this.send({ tokens: [token], message }));
  }

  /** A receipt address of the app that lives until the row is over. */
  async receiptDoor(address: Json = {}): Promise<ProviderDoor> {
    const door = await openProviderDoor();
    this.#doors.push(door);
    await this.control.put('/huawei/receipts', { appId, url: door.url, ...address });
    return door;
  }

  async restoreApps(): Promise<void> {
    const rights = {
      isPushOn: true,
      isUnderPenalty: false,
      categories: null,
      mayUseHighData: false,
      isLicensedNews: false,
    };
    const { publicKey } = this.keys.account;
    const serviceAccounts = [{ subAccount: 'account-1', keyId: 'key-1', publicKey }];
    const own = {
      projectId,
      packageName: 'org.example.chat',
      clientSecret: secret,
      serviceAccounts,
      ...rights,
    };
    await this.registerApp(own);
    await this.registerApp({
      ...own,
      appId: siblingApp,
      packageName: 'org.example.other',
      serviceAccounts: [],
    });
    await this.registerApp({ ...own, appId: strangerApp, projectId: strangerProject, serviceAccounts: [] });
    for (const id of [null, 'second']) await this.control.put('/huawei/receipts', { appId, id, url: null });
  }

  async reset(): Promise<void> {
    this.#access = null;
    await this.restoreApps();
    await Promise.all(this.#doors.splice(0).map((door) => door.close()));
  }

  #sharedAccess(): Promise<string> {
    this.#access ??= this.accessToken();
    return this.#access;
  }
}

/** A notification that opens the app, with changes. */
export function shown(notification: Json = {}, android: Json = {}): Json {
  return {
    android: {
      category: 'IM',
      ...android,
      notification: { title: 'Ann', body: 'hello', click_action: { type: 3 }, ...notification },
    },
  };
}

/** `<status> <code>`, or `<status> page` where there is no code. */
export function said({ status, body }: PlainAnswer): string {
  const code = codeIn(body)?.code;
  return code === undefined ? `${status} page` : `${status} ${code}`;
}

export function codeIn(body: string): { code?: string; msg?: string; requestId?: string } | null {
  try {
    return JSON.parse(body) as { code?: string; msg?: string; requestId?: string };
  } catch {
    return null;
  }
}

/** A grant's answer: life and type, or the two numbers. */
export function saidGrant({ status, body }: PlainAnswer): string {
  if (!body.startsWith('{')) return `${status} page`;
  const answer = JSON.parse(body) as {
    readonly token_type?: string;
    readonly expires_in?: number;
    readonly error?: number;
    readonly sub_error?: number;
  };
  return answer.error === undefined
    ? `${status}, ${answer.token_type ?? ''}, ${answer.expires_in ?? ''} s`
    : `${status} ${answer.error}/${answer.sub_error ?? ''}`;
}
