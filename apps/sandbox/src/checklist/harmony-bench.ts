import { openHttp2, requestHttp1, requestHttp2, type PlainAnswer } from '../testing/https-client.js';
import { openProviderDoor, type ProviderDoor } from '../testing/provider-door.js';
import { makeServiceAccountKey, signJwt, type TestKey } from '../testing/provider.js';
import type { SandboxFixture } from '../testing/sandbox-fixture.js';
import { type TestPhone, VendorBench } from './vendor-bench.js';
import { said } from './huawei-bench.js';

type Json = Record<string, unknown>;

export const projectId = '700000001';
export const clientId = '600000001';
export const strangerProject = '700000002';
const sendHost = 'push-api.cloud.huawei.com';
const audience = 'https://oauth-login.cloud.huawei.com/oauth2/v3/token';

export interface SendRequest {
  readonly path?: string;
  readonly tokens?: readonly string[];
  /** Default: an alert, push-type 0. */
  readonly payload?: Json;
  readonly pushOptions?: Json;
  /** Null leaves the header out. */
  readonly pushType?: string | null;
  /** In place of the whole body. */
  readonly body?: string;
  /** Null leaves the authorization out. */
  readonly authorization?: string | null;
  readonly over?: 'http/1.1' | 'h2';
}

/** Everything a row of HarmonyOS's list needs: two projects, phones, a receipt address. */
export class HarmonyBench extends VendorBench {
  readonly keys = { account: makeServiceAccountKey(), stranger: makeServiceAccountKey() };
  #doors: ProviderDoor[] = [];
  /** How far the clock was put ahead: JWTs are signed by it. */
  #offsetMs = 0;

  private constructor(fixture: SandboxFixture, now: () => number) {
    super(fixture, now, 'harmony');
  }

  static async open(fixture: SandboxFixture, now: () => number): Promise<HarmonyBench> {
    const bench = new HarmonyBench(fixture, now);
    await bench.restoreProjects();
    return bench;
  }

  seconds(): number {
    return Math.floor((this.now() + this.#offsetMs) / 1_000);
  }

  override turnClock(offsetMs: number): Promise<unknown> {
    this.#offsetMs = offsetMs;
    return super.turnClock(offsetMs);
  }

  registerProject(changes: Json): Promise<unknown> {
    return this.control.put('/harmony/projects', { projectId, ...changes });
  }

  async phone(description: Json = {}): Promise<TestPhone> {
    return this.addPhone({
      bundle: 'org.example.chat',
      projectId,
      ...description,
    });
  }

  async deadToken(): Promise<string> {
    const phone = await this.phone();
    await this.uninstall(phone);
    return phone.token;
  }

  /** A token of the same maker's Android phones. */
  async androidToken(): Promise<string> {
    return (await this.phone({ vendor: 'huawei', appId: '1' })).token;
  }

  /** A service account's JWT, right but for the changes. */
  jwt(
    claims: Json = {},
    header: { alg?: string; kid?: string } = {},
    key: TestKey = this.keys.account,
  ): string {
    const iat = this.seconds();
    return signJwt(
      { alg: 'PS256', typ: 'JWT', kid: 'harmony-key-1', ...header },
      { iss: 'account-1', aud: audience, iat, exp: iat + 3_600, ...claims },
      key.privateKey,
    );
  }

  async send(request: SendRequest): Promise<PlainAnswer> {
    const authorization =
      request.authorization === undefined ? `Bearer ${this.jwt()}` : request.authorization;
    const pushType = request.pushType === undefined ? '0' : request.pushType;
    const { payload = alert(), pushOptions } = request;
    const plain = {
      path: request.path ?? `/v3/${projectId}/messages:send`,
      headers: {
        'content-type': 'application/json',
        ...(pushType === null ? {} : { 'push-type': pushType }),
        ...(authorization === null ? {} : { authorization }),
      },
      body: request.body ?? JSON.stringify({ payload, target: { token: request.tokens }, pushOptions }),
    };
    if (request.over !== 'h2') return requestHttp1(this.port, this.fixture.ca, sendHost, plain);
    const session = await openHttp2(this.port, this.fixture.ca, sendHost);
    const answer = await requestHttp2(session, plain);
    session.destroy();
    return answer;
  }

  /** What comes back for a request to a phone of its own. */
  async say(request: SendRequest = {}): Promise<string> {
    const { token } = await this.phone();
    return said(await this.send({ tokens: [token], ...request }));
  }

  /** A receipt address of the project that lives until the row is over. */
  async receiptDoor(address: Json = {}): Promise<ProviderDoor> {
    const door = await openProviderDoor();
    this.#doors.push(door);
    await this.control.put('/harmony/receipts', { projectId, url: door.url, ...address });
    return door;
  }

  async restoreProjects(): Promise<void> {
    this.#offsetMs = 0;
    const { publicKey } = this.keys.account;
    const own = {
      clientId,
      packageName: 'org.example.chat',
      serviceAccounts: [{ subAccount: 'account-1', keyId: 'harmony-key-1', publicKey }],
      isPushOn: true,
      isUnderPenalty: false,
      categories: null,
      pushTypes: null,
      isLicensedNews: false,
    };
    await this.registerProject(own);
    await this.registerProject({
      ...own,
      projectId: strangerProject,
      clientId: '600000002',
      serviceAccounts: [],
    });
    for (const id of [null, 'second'])
      await this.control.put('/harmony/receipts', { projectId, id, url: null });
  }

  async reset(): Promise<void> {
    await this.restoreProjects();
    await Promise.all(this.#doors.splice(0).map((door) => door.close()));
  }
}

/** A notification that opens the app, with changes; undefined takes a field away. */
export function alert(notification: Json = {}): Json {
  return {
    notification: {
      category: 'IM',
      title: 'Ann',
      body: 'hello',
      clickAction: { actionType: 0 },
      ...notification,
    },
  };
}
