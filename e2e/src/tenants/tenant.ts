import type { DescribeUserAnswer } from '@reveille/contracts/ask/presence';
import { RawClient } from '../harness/raw-client.js';
import { until } from '../harness/scenario.js';
import type { Town } from '../harness/town.js';

/** A status and the code of the problem; `code` is null where it worked. */
export interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly body: unknown;
}

/** Everything that one app has: keys, a user with a phone, a message. Users, devices and texts have the same names in each app. */
export class Tenant {
  readonly deviceId = 'bob-phone';

  private constructor(
    readonly town: Town,
    readonly app: string,
    /** A client's JWT of `bob`. */
    readonly clientToken: string,
    readonly phone: { readonly phoneId: string; readonly vendorToken: string },
    readonly deviceSecret: string,
    readonly pushId: string,
    /** A message to `bob` that is on his lock screen. */
    readonly messageId: string,
  ) {}

  static async settle(town: Town, app: string): Promise<Tenant> {
    const phone = await Tenant.#phone(town, app);
    const of = (path: string, body: object) =>
      ask(town, 'PUT', path, town.serverKeyOf(app), { vendor: 'apns', ...body });
    const { body } = await of('/v1/devices/bob-phone/push', { user: 'bob', token: phone.vendorToken });
    const { deviceSecret, pushId } = body as { deviceSecret: string; pushId: string };
    // Somebody whom only this app knows, with a device that only this app has.
    const only = await Tenant.#phone(town, app);
    await of(`/v1/devices/only-${app}/push`, { user: `only-${app}`, token: only.vendorToken });
    const clientToken = await town.clientToken('bob', { app });
    const messageId = await send(town, town.serverKeyOf(app), { text: app });
    const tenant = new Tenant(town, app, clientToken, phone, deviceSecret, pushId, messageId);
    await tenant.shows(messageId);
    return tenant;
  }

  static async #phone(town: Town, app: string): Promise<{ phoneId: string; vendorToken: string }> {
    const { phoneId } = await town.sandbox.addPhone('apns', app);
    return { phoneId, vendorToken: await town.sandbox.token(phoneId) };
  }

  get serverKey(): string {
    return this.town.serverKeyOf(this.app);
  }

  /** As the app's server, or under another bearer that the app has. */
  ask(method: string, path: string, body?: object, bearer = this.serverKey): Promise<Answer> {
    return ask(this.town, method, path, bearer, body);
  }
  send(text: string, more: object = {}): Promise<string> {
    return send(this.town, this.serverKey, { text, ...more });
  }
  login(deviceId: string, options: { acknowledges?: boolean; token?: string } = {}): Promise<RawClient> {
    const url = this.town.ready.urls.webSocket;
    return RawClient.login({ url, deviceId, token: this.clientToken, ...options });
  }
  async user(name: string): Promise<DescribeUserAnswer> {
    return (await this.ask('GET', `/v1/users/${name}`)).body as DescribeUserAnswer;
  }
  /** Everything that the story of a message has of one type. */
  async story(messageId: string, type: string): Promise<{ type: string; data: unknown }[]> {
    const { status, body } = await this.ask('GET', `/v1/messages/${messageId}/timeline`);
    if (status !== 200) return [];
    return (body as { entries: { type: string; data: unknown }[] }).entries.filter(
      (entry) => entry.type === type,
    );
  }
  /** The verdict on one device, once there is one. */
  verdict(messageId: string, deviceId: string): Promise<string> {
    return until(`${this.app}: the verdict on ${messageId}`, async () => {
      const [settled] = await this.story(messageId, 'delivery-settled');
      if (settled === undefined) return null;
      const { recipients } = settled.data as Settled;
      return recipients[0]?.devices.find((device) => device.deviceId === deviceId)?.verdict.kind ?? 'none';
    });
  }
  /** Waits until the phone shows it. */
  shows(messageId: string): Promise<true> {
    return until(`${this.app}: ${messageId} is shown`, async () => await this.isShown(messageId));
  }
  async isShown(messageId: string): Promise<boolean> {
    return (await this.town.sandbox.lockScreen(this.phone.phoneId)).some(
      ({ collapse }) => collapse === messageId,
    );
  }
}

interface Settled {
  readonly recipients: readonly {
    readonly devices: readonly { readonly deviceId: string; readonly verdict: { readonly kind: string } }[];
  }[];
}

async function ask(town: Town, method: string, path: string, bearer: string, body?: object): Promise<Answer> {
  const response = await fetch(`${town.ready.urls.gateway}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as { code?: string };
  return { status: response.status, code: response.ok ? null : (answer.code ?? ''), body: answer };
}

async function send(town: Town, bearer: string, { text, ...more }: { text: string }): Promise<string> {
  const { status, body } = await ask(town, 'POST', '/v1/messages', bearer, {
    sender: 'ana',
    recipients: ['bob'],
    content: { type: 'text', text },
    pushConfig: { title: 'T', content: text },
    ...more,
  });
  if (status !== 201) throw new Error(`a message was not sent: ${status} ${JSON.stringify(body)}`);
  return (body as { messageId: string }).messageId;
}
