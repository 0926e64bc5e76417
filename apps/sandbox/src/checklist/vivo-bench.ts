import { createHash } from 'node:crypto';
import { type PlainAnswer, requestHttp1 } from '../testing/https-client.js';
import type { SandboxFixture } from '../testing/sandbox-fixture.js';
import { type TestPhone, VendorBench } from './vendor-bench.js';

type Json = Record<string, unknown>;

const host = 'api-push.vivo.com.cn';
const app = {
  appId: 10_004,
  appKey: 'vivo-app-key',
  appSecret: 'vivo-app-secret',
  bundle: 'org.example.vivo',
  isChannelOn: true,
  isUnderReview: false,
  hasSystemMessages: true,
  testDevices: [],
  callbacks: [],
};

export interface VivoReply {
  readonly result: number;
  readonly taskId?: string;
  readonly authToken?: string;
  readonly invalidUser?: { readonly status: number; readonly userid: string };
  readonly invalidUsers?: readonly { readonly status: number; readonly userid: string }[];
}

/** Everything a vivo row needs: an app, its auth token, phones. */
export class VivoBench extends VendorBench {
  #token: Promise<string> | null = null;
  #requests = 0;

  private constructor(fixture: SandboxFixture, now: () => number) {
    super(fixture, now, 'vivo');
  }

  static async open(fixture: SandboxFixture, now: () => number): Promise<VivoBench> {
    const bench = new VivoBench(fixture, now);
    await bench.reset();
    return bench;
  }

  /** Changes what vivo knows of the app until the row is over. */
  async know(changes: Json): Promise<void> {
    await this.control.put('/vivo/apps', { ...app, ...changes });
  }

  /** The vendor's clock at this hour of China's day, with a token that lives so long. */
  async chinaHour(hour: number, daysAhead: number): Promise<void> {
    const dayMs = 86_400_000;
    const sinceMidnight = (this.now() + 8 * 3_600_000) % dayMs;
    await this.switches({ authTokenSeconds: 100 * 86_400 });
    await this.turnClock(0);
    this.#token = this.freshToken();
    await this.#token;
    await this.turnClock(hour * 3_600_000 - sinceMidnight + daysAhead * dayMs);
  }

  async phone(fields: Json = {}): Promise<TestPhone> {
    return this.addPhone({ bundle: app.bundle, ...fields });
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<PlainAnswer> {
    return requestHttp1(this.port, this.fixture.ca, host, {
      path,
      headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  get(path: string): Promise<PlainAnswer> {
    return requestHttp1(this.port, this.fixture.ca, host, { method: 'GET', path });
  }

  /** Asks for a token; fields that are undefined are left out. */
  auth(changes: Json = {}, timestamp = this.now()): Promise<PlainAnswer> {
    const signed = `${app.appId}${app.appKey}${timestamp}${app.appSecret}`;
    const sign = createHash('md5').update(signed).digest('hex');
    return this.post('/message/auth', {
      appId: app.appId,
      appKey: app.appKey,
      timestamp,
      sign,
      ...changes,
    });
  }

  /** vivo grants ten a second. */
  async freshToken(): Promise<string> {
    const deadline = this.now() + 5_000;
    for (;;) {
      const { result, authToken } = reply(await this.auth());
      if (result !== 10_093 || this.now() > deadline) return authToken ?? '';
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  token(): Promise<string> {
    this.#token ??= this.freshToken();
    return this.#token;
  }

  requestId(): string {
    return `request-${this.now()}-${++this.#requests}`;
  }

  message(changes: Json): Json {
    return {
      appId: app.appId,
      notifyType: 4,
      title: 'From Ann',
      content: 'hello there',
      skipType: 1,
      classification: 1,
      requestId: this.requestId(),
      ...changes,
    };
  }

  async call(path: string, body: Json): Promise<PlainAnswer> {
    return this.post(path, body, { authToken: await this.token() });
  }

  /** A single push with these fields to this phone. */
  send(phone: TestPhone, changes: Json = {}): Promise<PlainAnswer> {
    return this.call('/message/send', this.message({ regId: phone.token, ...changes }));
  }

  /** What comes back for these fields to a phone of its own. */
  async say(changes: Json = {}): Promise<string> {
    return said(await this.send(await this.phone(), changes));
  }

  async savedTask(changes: Json = {}): Promise<string> {
    return reply(await this.call('/message/saveListPayload', this.message(changes))).taskId ?? '';
  }

  list(regIds: readonly string[], taskId: unknown, changes: Json = {}): Promise<PlainAnswer> {
    const body = { appId: app.appId, regIds, taskId, requestId: this.requestId(), ...changes };
    return this.call('/message/pushToList', body);
  }

  /** Types of the receipts that were posted for a phone, in order. */
  async events(phone: TestPhone, count: number): Promise<string> {
    const events = await this.told(phone, count);
    return events.length === 0 ? 'none' : events.join(', ');
  }

  /** As `events`, once a later receipt of another phone has come: what would have come before it is there. */
  async eventsAfterOthers(phone: TestPhone): Promise<string> {
    const other = await this.phone();
    await this.send(other, { extra: { callback: 'http://127.0.0.1:9/other' } });
    await this.events(other, 1);
    return this.events(phone, 0);
  }

  /** The token goes on: it is good for a day. */
  async reset(): Promise<void> {
    await this.know({});
  }
}

export function reply({ body }: PlainAnswer): VivoReply {
  return JSON.parse(body) as VivoReply;
}

/** The result, with the status of an invalid user: `10302/2`. */
export function said(answer: PlainAnswer): string {
  if (!(answer.headers['content-type'] ?? '').includes('json')) return `HTTP ${answer.status}`;
  const { result, invalidUser } = reply(answer);
  return invalidUser === undefined ? String(result) : `${result}/${invalidUser.status}`;
}
