import { request } from 'node:http';
import { RefusedError, UnavailableError } from '@reveille/contracts/errors';
import { problemSchema } from '@reveille/contracts/http/problem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayTown, type RunningGateway, startGatewayTown } from './testing/gateway-town.js';

let town: GatewayTown;
let gateway: RunningGateway;

beforeAll(async () => {
  town = await startGatewayTown({ chat: {}, my_app: {} });
  gateway = await town.start();
});
afterAll(() => town.stop());

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function call(
  method: string,
  path: string,
  options: { as?: string | null; body?: unknown; raw?: string; type?: string } = {},
): Promise<Answer> {
  const { as = town.keysOf('chat').serverKey, body, raw, type = 'application/json' } = options;
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${gateway.http}${path}`, {
    method,
    headers: {
      ...(as === null ? {} : { authorization: `Bearer ${as}` }),
      ...(text === undefined ? {} : { 'content-type': type }),
    },
    ...(text === undefined ? {} : { body: text }),
  });
  const contentType = response.headers.get('content-type') ?? '';
  return {
    status: response.status,
    type: contentType.split(';')[0] ?? '',
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

function expectProblem({ status, type, body }: Answer, wanted: { status: number; code: string }): void {
  expect({ status, type, code: body['code'] }).toEqual({ ...wanted, type: 'application/problem+json' });
  expect(problemSchema.parse(body).status).toBe(status);
}

/** Calls on and on, many at a time: how many it takes until one is too many depends on the pace of the machine. */
async function untilRefused(ask: () => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (!answers.some(({ status }) => status === 429))
    answers.push(...(await Promise.all(Array.from({ length: 20 }, ask))));
  return answers;
}

const message = { sender: 'ana', recipients: ['bob'], content: { type: 'text', text: 'hi' } };

describe('POST /v1/messages', () => {
  it('stores, then answers; the same client message id gets the first answer', async () => {
    const body = { ...message, clientMessageId: 'c1' };
    const first = await call('POST', '/v1/messages', { body });
    expect([first.status, Object.keys(first.body)]).toEqual([201, ['messageId', 'acceptedAt']]);
    const again = await call('POST', '/v1/messages', { body });
    expect(again.body).toEqual(first.body);
    const stored = await town.router.messages('chat');
    expect(stored.filter(({ data }) => data.clientMessageId === 'c1')).toHaveLength(1);
    expect(first.headers.get('x-powered-by')).toBeNull();
  });

  it('without a client message id is another message each time', async () => {
    const [first, second] = [
      await call('POST', '/v1/messages', { body: message }),
      await call('POST', '/v1/messages', { body: message }),
    ];
    expect(first.body['messageId']).not.toBe(second.body['messageId']);
  });

  it('carries the trace of the caller', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    await fetch(`${gateway.http}/v1/messages`, {
      method: 'POST',
      headers: {
        authorization: `bearer ${town.keysOf('my_app').serverKey}`,
        'content-type': 'application/json',
        traceparent: `00-${trace}-b7ad6b7169203331-01`,
      },
      body: JSON.stringify({ ...message, clientMessageId: 'traced' }),
    });
    const stored = (await town.router.messages('my_app')).find(
      ({ data }) => data.clientMessageId === 'traced',
    );
    expect(stored?.stored.headers['traceparent']).toContain(trace);
  });

  it.each<[string, Parameters<typeof call>[2], { status: number; code: string }]>([
    ['no key', { as: null, body: message }, { status: 401, code: 'token-invalid' }],
    [
      'a wrong key',
      { as: 'rk_chat_xxxxxxxxxxxxxxxxxxxxxxxx', body: message },
      { status: 401, code: 'token-invalid' },
    ],
    ['no body', {}, { status: 400, code: 'message-invalid' }],
    ['an empty body', { raw: '' }, { status: 400, code: 'message-invalid' }],
    ['null', { raw: 'null' }, { status: 400, code: 'message-invalid' }],
    ['an array', { body: [message] }, { status: 400, code: 'message-invalid' }],
    ['a number', { raw: '7' }, { status: 400, code: 'message-invalid' }],
    ['no JSON', { raw: '{"sender":' }, { status: 400, code: 'message-invalid' }],
    [
      'another content type',
      { raw: JSON.stringify(message), type: 'text/plain' },
      { status: 400, code: 'message-invalid' },
    ],
    [
      'a form',
      { raw: 'sender=ana', type: 'application/x-www-form-urlencoded' },
      { status: 400, code: 'message-invalid' },
    ],
    [
      'an unknown charset',
      { raw: JSON.stringify(message), type: 'application/json; charset=klingon' },
      { status: 415, code: 'message-invalid' },
    ],
    [
      'too much',
      { body: { ...message, extra: 'x'.repeat(70_000) } },
      { status: 413, code: 'message-too-large' },
    ],
    ['no sender', { body: { ...message, sender: undefined } }, { status: 400, code: 'message-invalid' }],
    ['nobody to get it', { body: { ...message, recipients: [] } }, { status: 400, code: 'message-invalid' }],
    [
      'a user that no id may be',
      { body: { ...message, recipients: ['a\u0000'] } },
      { status: 400, code: 'message-invalid' },
    ],
    [
      'a prototype',
      { raw: '{"__proto__":{"sender":"ana"},"recipients":["b"]}' },
      { status: 400, code: 'message-invalid' },
    ],
  ])('with %s is refused', async (_, options, wanted) => {
    expectProblem(await call('POST', '/v1/messages', options), wanted);
  });

  it('of a client is for its own user alone', async () => {
    const as = await town.keysOf('chat').token('eve');
    expectProblem(await call('POST', '/v1/messages', { as, body: message }), {
      status: 403,
      code: 'forbidden',
    });
    const own = await call('POST', '/v1/messages', { as, body: { ...message, sender: 'eve' } });
    expect(own.status).toBe(201);
  });

  it('of a client that sends too much says when to come back', async () => {
    const as = await town.keysOf('chat').token('hasty');
    const body = { ...message, sender: undefined };
    const answers = await untilRefused(() => call('POST', '/v1/messages', { as, body }));
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers.get('retry-after')).toBe('1');
    expect(refused?.body).toMatchObject({ code: 'rate-limited', retryAfterMs: expect.any(Number) });
    const metrics = await (await fetch(`${gateway.http}/metrics`)).text();
    const counted = (outcome: string): number =>
      Number(
        new RegExp(`reveille_accepts_total\\{.*outcome="${outcome}".*\\} (\\d+)`).exec(metrics)?.[1] ?? 0,
      );
    const limited = answers.filter(({ status }) => status === 429).length;
    expect(counted('rate-limited')).toBe(limited);
    expect(counted('accepted')).toBeGreaterThanOrEqual(answers.length - limited);
  });
});

describe('the devices', () => {
  it('are registered for the user of the token, or for the one that a server names', async () => {
    const body = { vendor: 'apns', token: 'abc' };
    const as = await town.keysOf('chat').token('ana');
    expect((await call('PUT', '/v1/devices/d1/push', { as, body })).body).toEqual({
      pushId: 'p'.repeat(22),
      deviceSecret: 'secret',
    });
    expect(town.presence.of('register-push').at(-1)?.body).toMatchObject({
      user: 'ana',
      deviceId: 'd1',
      bindUser: false,
    });
    await call('PUT', '/v1/devices/d1/push', { body: { ...body, user: 'bob' } });
    expect(town.presence.of('register-push').at(-1)?.body).toMatchObject({ user: 'bob', bindUser: true });
    expectProblem(await call('PUT', '/v1/devices/d1/push', { body }), {
      status: 400,
      code: 'message-invalid',
    });
    expectProblem(await call('PUT', '/v1/devices/d1/push', { as, body: { ...body, user: 'bob' } }), {
      status: 403,
      code: 'forbidden',
    });
  });

  it('are unregistered and unbound, a DELETE without a body included', async () => {
    const done = await call('DELETE', '/v1/devices/d1/push');
    expect([done.status, done.body]).toEqual([200, { done: true }]);
    expect(town.presence.of('unregister-push').at(-1)?.body).toEqual({
      deviceId: 'd1',
      deviceSecret: null,
      byServer: true,
    });
    expectProblem(await call('DELETE', '/v1/devices/d1/binding'), { status: 400, code: 'message-invalid' });
    await call('DELETE', '/v1/devices/d1/binding', { body: { user: 'bob' } });
    expect(town.presence.of('unbind-user').at(-1)?.body).toEqual({
      deviceId: 'd1',
      user: 'bob',
      deviceSecret: null,
      proof: 'server',
    });
  });

  it('are unbound from another user only by who has the secret of the device', async () => {
    const as = await town.keysOf('chat').token('ana');
    expectProblem(await call('DELETE', '/v1/devices/d1/binding', { as, body: { user: 'bob' } }), {
      status: 403,
      code: 'forbidden',
    });
    await call('DELETE', '/v1/devices/d1/binding', { as, body: { user: 'bob', deviceSecret: 's' } });
    expect(town.presence.of('unbind-user').at(-1)?.body).toEqual({
      deviceId: 'd1',
      user: 'bob',
      deviceSecret: 's',
      proof: 'device-secret',
    });
  });

  it('change as often as a client needs, and not more; a server knows its own rate', async () => {
    const as = await town.keysOf('chat').token('restless');
    const body = { vendor: 'apns', token: 'a'.repeat(64) };
    const change = (more: object = {}) => call('PUT', '/v1/devices/d1/push', { as, body, ...more });
    const answers = await untilRefused(() => change());
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.body).toMatchObject({ code: 'rate-limited', retryAfterMs: expect.any(Number) });
    const server = { as: town.keysOf('chat').serverKey, body: { ...body, user: 'restless' } };
    const byServer = await Promise.all(Array.from({ length: 12 }, () => change(server)));
    expect(byServer.map(({ status }) => status)).toEqual(byServer.map(() => 200));
  });

  it('pass on what presence refuses, and that it cannot be reached', async () => {
    const ask = () =>
      call('PUT', '/v1/devices/d1/push', { body: { user: 'ana', vendor: 'apns', token: 'abc' } });
    town.presence.answer('register-push', () => {
      throw new RefusedError('device-secret-wrong', 'no');
    });
    expectProblem(await ask(), { status: 403, code: 'device-secret-wrong' });
    town.presence.answer('register-push', () => {
      throw new UnavailableError('no database');
    });
    const away = await ask();
    expectProblem(away, { status: 503, code: 'unavailable' });
    expect(away.headers.get('retry-after')).toBe('1');
    expect(JSON.stringify(away.body)).not.toContain('database');
  });
});

describe('paths', () => {
  it.each<[string, string, { status: number; code: string }]>([
    ['GET', '/v1/nothing', { status: 404, code: 'message-invalid' }],
    ['GET', '/v1/users/%00', { status: 400, code: 'message-invalid' }],
    ['GET', '/v1/users/%E0%A4%A', { status: 400, code: 'message-invalid' }],
    ['GET', `/v1/users/${'x'.repeat(65)}`, { status: 400, code: 'message-invalid' }],
    ['GET', '/v1/messages/a%20b/timeline', { status: 400, code: 'message-invalid' }],
    ['GET', '/v1/messages/none/timeline', { status: 404, code: 'message-unknown' }],
    ['DELETE', '/v1/devices/%2e%2e%2f/push', { status: 400, code: 'message-invalid' }],
    ['GET', '/v1/inbox', { status: 400, code: 'message-invalid' }],
    ['GET', '/v1/inbox?user=ana&limit=0', { status: 400, code: 'message-invalid' }],
    ['GET', '/v1/inbox?user=ana&limit=many', { status: 400, code: 'message-invalid' }],
    ['GET', '/v1/inbox?user=ana&user=bob', { status: 400, code: 'message-invalid' }],
    ['GET', '/v1/inbox?user=ana&cursor=a&cursor=b', { status: 400, code: 'message-invalid' }],
    ['GET', `/v1/inbox?user=ana&cursor=${'c'.repeat(257)}`, { status: 400, code: 'message-invalid' }],
  ])('%s %s is a problem', async (method, path, wanted) => {
    expectProblem(await call(method, path), wanted);
  });

  it('a user may be called anything', async () => {
    const answer = await call('GET', `/v1/users/${encodeURIComponent('zoë/..?#%')}`);
    expect(answer.body).toEqual({ user: 'zoë/..?#%', devices: [] });
  });

  it('the inbox of the token, or of whom a server names', async () => {
    await call('POST', '/v1/messages', { body: { ...message, recipients: ['kim'] } });
    const page = await call('GET', '/v1/inbox?user=kim&limit=10');
    expect(page.body).toMatchObject({ more: false, items: [{ recipient: 'kim', sender: 'ana' }] });
    const as = await town.keysOf('chat').token('kim');
    expect((await call('GET', '/v1/inbox', { as })).body).toEqual(page.body);
    expectProblem(await call('GET', '/v1/inbox?user=ana', { as }), { status: 403, code: 'forbidden' });
  });

  it('health, metrics and the description are told to everybody', async () => {
    expect((await fetch(`${gateway.http}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${gateway.http}/metrics`)).text()).toContain('reveille_sessions');
    const described = await call('GET', '/openapi.json', { as: null });
    expect(described.body['openapi']).toBe('3.1.0');
    expect(described.headers.get('cache-control')).toBe('public, max-age=300');
  });

  it('answers are kept by nobody, and are no page', async () => {
    const { headers } = await call('GET', '/v1/inbox?user=ana');
    expect({
      kept: headers.get('cache-control'),
      shown: headers.get('content-security-policy'),
      guessed: headers.get('x-content-type-options'),
      shared: headers.get('access-control-allow-origin'),
    }).toEqual({
      kept: 'no-store',
      shown: "default-src 'none'; frame-ancestors 'none'",
      guessed: 'nosniff',
      shared: null,
    });
  });

  it('an upgrade that is none of ours is refused in HTTP', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${gateway.http}/v1/messages`, {
        headers: { connection: 'upgrade', upgrade: 'websocket' },
      });
      asked
        .on('response', (response) => resolve(response.statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(404);
  });
});
