import { appSettingsSchema } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import type { PushResource } from '@reveille/contracts/push/resource';
import { describe, expect, it } from 'vitest';
import type { BuiltRequest, OpenTarget, RequestContext, VendorAnswer } from '../../vendor.js';
import { readTokenAnswer } from './honor.credential.js';
import { honorVendor } from './honor.vendor.js';

const now = 1_760_000_000_000;
const raw = (status: number, body: string, headers: Record<string, string> = {}): VendorAnswer => ({
  kind: 'answered',
  status,
  headers,
  body: Buffer.from(body),
});
const json = (body: object, status = 200, headers: Record<string, string> = {}) =>
  raw(status, JSON.stringify(body), headers);
const sent = (more: object = {}, code: number | string = 200) =>
  json({
    code,
    message: 'success',
    data: { sendResult: true, requestId: 'r1', failTokens: [], expireTokens: [], ...more },
  });
const deferred = (reason: string, vendorCode: string, retryAfterMs: number | null = null) => ({
  kind: 'deferred',
  reason,
  vendorCode,
  retryAfterMs,
});
const rejected = (reason: string, vendorCode: string) => ({
  kind: 'rejected',
  reason,
  vendorCode,
  observedAt: null,
});
const accepted = { kind: 'accepted', vendorId: 'r1' };

const push = (more: Partial<PushNotification> = {}): PushNotification => ({
  strategy: 'alert',
  title: 'Ann',
  content: 'Hello',
  payload: '',
  threadId: '',
  badgeIncrement: null,
  resourcesId: '',
  sender: 'ann',
  collapse: 'm1',
  sentAt: now,
  expiresAt: now + 60_500,
  ...more,
});
const resource = (more: Partial<PushResource>): PushResource => ({
  resourcesId: 'r',
  revision: 1,
  class: 'chat',
  options: {},
  ...more,
});
const target = (token: string): OpenTarget => ({
  user: 'bob',
  deviceId: token,
  token,
  environment: 'production',
  bundle: null,
});
const context: RequestContext = {
  messageId: 'm1',
  credential: { authorization: 'Bearer a', renewAt: 0, generation: 0 },
  now,
  isUrgent: false,
  traceparentOf: (index) => `trace-${index}`,
  receiptUrl: null,
  receiptParam: 'm1.mac',
  requestKeyOf: (index) => `key-${index}`,
  nonce: () => 'nonce',
};
function channel(more: object = {}) {
  const vendors = { honor: { credential: 'file:/h.json', appId: '104400000', ...more } };
  const found = honorVendor.channelOf(appSettingsSchema.parse({ app: 'shop', vendors }));
  if (found === null) throw new Error('no channel');
  return found;
}
function outcomes(answer: VendorAnswer, tokens: readonly string[] = ['t1'], more: object = {}) {
  const over = channel(more);
  const [built] = over.buildRequests(push(), tokens.map(target), context);
  if (built?.kind !== 'request') throw new Error('no request');
  return over.readOutcomes(built, answer, now);
}

/** To be held next to what is known of Honor's answers. */
const rows: readonly (readonly [string, VendorAnswer, object])[] = [
  ['200', sent(), accepted],
  ['200 with code 0', sent({}, 0), accepted],
  ['200 with code 80000000', sent({}, 80_000_000), accepted],
  ['200 with code 12200000', sent({}, 12_200_000), accepted],
  ['200 with an unknown code and sendResult', sent({}, 7), accepted],
  ['200 with digits for a code', sent({}, '200'), accepted],
  ['a code of success alone', json({ code: 200, message: 'success' }), { kind: 'accepted', vendorId: null }],
  ['an unknown code alone', json({ code: 7 }), rejected('unclassified', 'not sent: 7')],
  ['sendResult alone', json({ data: { sendResult: true } }), { kind: 'accepted', vendorId: null }],
  ['sendResult false', sent({ sendResult: false }), rejected('unclassified', 'not sent: 200')],
  [
    'sendResult false without a code',
    json({ data: { sendResult: false } }),
    rejected('unclassified', 'not sent: no code'),
  ],
  ['an expired token', sent({ expireTokens: ['t1'] }), rejected('token-unregistered', 'expireTokens')],
  [
    'an expired token, not sent',
    sent({ sendResult: false, expireTokens: ['t1'] }),
    rejected('token-unregistered', 'expireTokens'),
  ],
  ['a failed token', sent({ failTokens: ['t1'] }), rejected('unclassified', 'failTokens')],
  ['400', json({ code: 400, message: 'x' }, 400), rejected('payload-invalid', 'http-400: 400')],
  ['400 a page', raw(400, '<html>'), rejected('payload-invalid', 'http-400')],
  ['401', json({ code: 401 }, 401), deferred('credential-expired', 'http-401: 401')],
  ['401 without a body', raw(401, ''), deferred('credential-expired', 'http-401')],
  ['403', json({ code: 403 }, 403), deferred('credential-refused', 'http-403: 403')],
  ['404', json({ code: 404 }, 404), deferred('credential-refused', 'http-404: 404')],
  ['413', raw(413, ''), rejected('payload-too-large', 'http-413')],
  ['429', json({ code: 429 }, 429), deferred('throttled', 'http-429: 429')],
  ['429 with seconds', raw(429, '', { 'retry-after': '2' }), deferred('throttled', 'http-429', 2_000)],
  [
    '429 with a date',
    raw(429, '', { 'retry-after': new Date(now + 3_000).toUTCString() }),
    deferred('throttled', 'http-429', 3_000),
  ],
  ['500', json({ code: 500 }, 500), deferred('vendor-unavailable', 'http-500: 500')],
  ['502 a page', raw(502, '<html>Bad gateway'), deferred('vendor-unavailable', 'http-502')],
  [
    '503 with seconds',
    raw(503, '', { 'retry-after': '5' }),
    deferred('vendor-unavailable', 'http-503', 5_000),
  ],
  ['200 a page', raw(200, '<html>Please log in'), deferred('no-answer', 'http-200-without-code')],
  ['200 a text', raw(200, '"ok"'), deferred('no-answer', 'http-200-without-code')],
  ['200 without either', json({ data: {} }), deferred('no-answer', 'http-200-without-code')],
  ['an unknown status', raw(418, 'teapot'), rejected('unclassified', 'http-418')],
  ['a cut', { kind: 'unknown', because: 'cut', cause: '' }, deferred('no-answer', 'cut')],
  ['silence', { kind: 'unknown', because: 'timeout', cause: '' }, deferred('no-answer', 'timeout')],
  ['withdrawn', { kind: 'not-sent', because: 'withdrawn', cause: '' }, deferred('not-sent', 'withdrawn')],
  [
    'no connection',
    { kind: 'not-sent', because: 'unreachable', cause: '' },
    deferred('vendor-unavailable', 'unreachable'),
  ],
];

describe('Honor’s answers', () => {
  it.each(rows)('%s', (_name, answer, outcome) => {
    expect(outcomes(answer)).toEqual([outcome]);
  });

  it('come back target by target', () => {
    const mixed = sent({ failTokens: ['t3'], expireTokens: ['t2'] });
    const tokens = ['t1', 't2', 't3', 't4'];
    expect(outcomes(mixed, tokens)).toEqual([
      accepted,
      rejected('token-unregistered', 'expireTokens'),
      rejected('unclassified', 'failTokens'),
      accepted,
    ]);
    expect(outcomes(mixed, tokens, { failTokens: 'token-unregistered' })[2]).toEqual(
      rejected('token-unregistered', 'failTokens'),
    );
  });

  it('count as a success only with a code that the settings name', () => {
    const answer = json({ code: 0 });
    expect(outcomes(answer)[0]).toMatchObject({ kind: 'accepted' });
    expect(outcomes(answer, ['t1'], { successCodes: [200] })).toEqual([
      rejected('unclassified', 'not sent: 0'),
    ]);
  });
});

function built(pushed = push(), more: object = {}, at = now): BuiltRequest {
  const [first] = channel(more).buildRequests(pushed, [target('t1')], { ...context, now: at });
  if (first?.kind !== 'request') throw new Error('no request');
  return first;
}
interface Message {
  readonly data?: string;
  readonly token: readonly string[];
  readonly android: { readonly ttl: string; readonly notification: Record<string, unknown> };
}
const messageOf = ({ request }: BuiltRequest) => JSON.parse(Buffer.from(request.body).toString()) as Message;
const shown = (pushed: PushNotification, more: object = {}) =>
  messageOf(built(pushed, more)).android.notification;

describe('Honor requests', () => {
  it('show a notification under an id of the collapse key', () => {
    const alert = built(push({ payload: 'p' }));
    expect(alert.request).toMatchObject({
      method: 'POST',
      origin: 'https://push-api.cloud.honor.com',
      path: '/api/v1/104400000/sendMessage',
      headers: {
        authorization: 'Bearer a',
        'content-type': 'application/json',
        timestamp: '1760000000000',
        traceparent: 'trace-0',
      },
    });
    const notifyId = messageOf(alert).android.notification['notifyId'];
    expect(notifyId).toBe(shown(push({ content: 'again' }))['notifyId']);
    expect(notifyId).not.toBe(shown(push({ collapse: 'm2' }))['notifyId']);
    expect(messageOf(alert)).toEqual({
      data: 'p',
      android: {
        ttl: '60s',
        biTag: 'm1.mac',
        notification: {
          title: 'Ann',
          body: 'Hello',
          clickAction: { type: 3 },
          importance: 'NORMAL',
          notifyId,
        },
      },
      token: ['t1'],
    });
  });

  it('take up to 1000 tokens, each once', () => {
    const targets = Array.from({ length: 1001 }, (_, index) => target(`t${index}`));
    const requests = channel().buildRequests(push(), [...targets, target('t1000')], context);
    expect(requests.map((each) => each.targets.length)).toEqual([1000, 2]);
    const [first, second] = requests as BuiltRequest[];
    expect(messageOf(first as BuiltRequest).token).toHaveLength(1000);
    expect(messageOf(second as BuiltRequest).token).toEqual(['t1000']);
    expect(second?.request.headers['traceparent']).toBe('trace-1000');
  });

  it('hand over silently without a notification', () => {
    expect(messageOf(built(push({ strategy: 'silent', payload: 'p' }), { testing: true }))).toEqual({
      data: '{"payload":"p","tag":"m1"}',
      android: { ttl: '60s', biTag: 'm1.mac', targetUserType: 1 },
      token: ['t1'],
    });
  });

  it('compute the time to live at each attempt, of at most 15 days', () => {
    const ttl = (at: number, expiresAt = now + 60_500) =>
      messageOf(built(push({ expiresAt }), {}, at)).android.ttl;
    expect([ttl(now), ttl(now + 30_000), ttl(now + 60_400), ttl(now, now + 4e12)]).toEqual([
      '60s',
      '30s',
      '1s',
      '1296000s',
    ]);
  });

  it('take what the strategy says', () => {
    const options = { bigText: true, image: 'https://a.example/i.png', importance: 'LOW' };
    expect(shown(push({ resource: resource({ options }) }))).toMatchObject({
      style: 1,
      bigTitle: 'Ann',
      bigBody: 'Hello',
      image: 'https://a.example/i.png',
      importance: 'LOW',
    });
    const stale = resource({ options: { importance: 'of another revision' } });
    expect(shown(push({ resource: stale }))['importance']).toBe('NORMAL');
  });

  it.each([
    [{ kind: 'app' }, { type: 3 }],
    [
      { kind: 'url', url: 'https://a.example/' },
      { type: 2, url: 'https://a.example/' },
    ],
    [
      { kind: 'intent', intent: 'intent://a#Intent;end' },
      { type: 1, intent: 'intent://a#Intent;end' },
    ],
    [
      { kind: 'intent', intent: 'org.shop.OPEN' },
      { type: 1, action: 'org.shop.OPEN' },
    ],
  ] as const)('a tap on %j', (clickAction, expected) => {
    expect(shown(push({ resource: resource({ clickAction }) }))['clickAction']).toEqual(expected);
  });

  it('set or raise the number on the icon where the app has named its activity', () => {
    const badgeClass = 'org.shop.Main';
    expect(shown(push({ badge: 7 }))['badge']).toBeUndefined();
    expect(shown(push({ badge: 700 }), { badgeClass })['badge']).toEqual({ badgeClass, setNum: 99 });
    expect(shown(push({ badgeIncrement: 2 }), { badgeClass })['badge']).toEqual({ badgeClass, addNum: 2 });
    expect(shown(push({ badgeIncrement: 0 }), { badgeClass })['badge']).toBeUndefined();
  });

  it.each([
    [{}, {}, 'NORMAL', null],
    [{ class: 'marketing' }, {}, 'LOW', { name: 'marketing', perDay: null, perDevicePerDay: 2 }],
    [{}, { serviceMessages: false }, 'LOW', { name: 'marketing', perDay: null, perDevicePerDay: 2 }],
    [{}, { testing: true }, 'NORMAL', { name: 'test', perDay: 1000, perDevicePerDay: null }],
  ] as const)('%j with %j is %s and counts as %j', (more, settings, importance, quota) => {
    const pushed = push({ resource: resource(more) });
    expect(shown(pushed, settings)['importance']).toBe(importance);
    expect(channel(settings).quotaOf(pushed)).toEqual(quota);
  });

  it('count no silent push', () => {
    expect(channel({ serviceMessages: false }).quotaOf(push({ strategy: 'silent' }))).toBeNull();
  });

  it.each([false, true])(
    'fill 4096 bytes without the tokens, cut between characters (big text: %s)',
    (bigText) => {
      const family = '👩‍👩‍👦';
      const options = { bigText };
      const { request } = built(
        push({ title: 'שלום', content: family.repeat(500), resource: resource({ options }) }),
      );
      const size = request.body.length - '"t1"'.length;
      expect(size).toBeLessThanOrEqual(4096);
      expect(size).toBeGreaterThan(4096 - 4 * Buffer.byteLength(family));
      const { title, body, bigBody } = messageOf({ ...built(), request }).android.notification;
      expect(title).toBe('שלום');
      expect(String(body).replaceAll(family, '')).toBe('…');
      if (bigText) expect(bigBody).toBe(body);
    },
  );

  it('are not made with one byte too many, and are with none', () => {
    const bare = built(push({ title: '', content: '', payload: 'p' })).request.body.length - '"t1"'.length;
    const room = 4096 - bare + 1;
    const make = (bytes: number) => push({ title: '', content: '', payload: 'p'.repeat(bytes) });
    expect(built(make(room)).request.body).toHaveLength(4096 + '"t1"'.length);
    for (const strategy of ['alert', 'silent'] as const)
      expect(channel().buildRequests({ ...make(5000), strategy }, [target('t1')], context)[0]).toMatchObject({
        kind: 'impossible',
        outcome: { reason: 'payload-too-large' },
      });
    expect(channel().buildRequests(make(room + 1), [target('t1')], context)[0]).toMatchObject({
      kind: 'impossible',
    });
  });
});

describe('the Honor credential', () => {
  const granted = (seconds: unknown) =>
    json({ access_token: 'A', expires_in: seconds, token_type: 'Bearer' });

  it('asks with id and secret', () => {
    const read = channel().credential.read('{"client_id":"c1","client_secret":"s+1"}');
    if (read.kind !== 'ready') throw new Error(read.fault);
    const asked = read.obtain(now);
    if (asked.kind !== 'ask') throw new Error('signs');
    expect(asked.request).toMatchObject({
      origin: 'https://iam.developer.honor.com',
      path: '/auth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(Buffer.from(asked.request.body).toString()).toBe(
      'grant_type=client_credentials&client_id=c1&client_secret=s%2B1',
    );
  });

  it.each(['', '{}', '{"client_id":"c1"}', '{"client_id":1,"client_secret":"s"}'])(
    'is refused with %j, quoting nothing',
    (text) => {
      expect(channel().credential.read(text)).toEqual({
        kind: 'fault',
        fault: 'the Honor credential is not a JSON file with client_id and client_secret',
      });
    },
  );

  it.each([
    [
      'an hour',
      granted(3600),
      { kind: 'granted', credential: { authorization: 'Bearer A', renewAt: now + 3_300_000 } },
    ],
    [
      'ten seconds',
      granted(10),
      { kind: 'granted', credential: { authorization: 'Bearer A', renewAt: now + 5_000 } },
    ],
    [
      'no life',
      granted(null),
      { kind: 'granted', credential: { authorization: 'Bearer A', renewAt: now + 3_300_000 } },
    ],
    [
      'a wrong secret',
      json({ error: 'invalid_client', error_description: 'x' }, 401),
      { kind: 'refused', cause: 'token endpoint: invalid_client' },
    ],
    [
      'no right',
      json({ error: 'unauthorized_client' }, 400),
      { kind: 'refused', cause: 'token endpoint: unauthorized_client' },
    ],
    ['a page', raw(404, '<html>'), { kind: 'refused', cause: 'token endpoint: http-404' }],
    [
      '429',
      raw(429, '', { 'retry-after': '9' }),
      { kind: 'unavailable', cause: 'token endpoint: http-429', retryAfterMs: 9_000 },
    ],
    ['503', raw(503, ''), { kind: 'unavailable', cause: 'token endpoint: http-503', retryAfterMs: null }],
    [
      '200 without a token',
      json({}),
      { kind: 'unavailable', cause: 'token endpoint: http-200', retryAfterMs: null },
    ],
    [
      'a cut',
      { kind: 'unknown', because: 'cut', cause: '' },
      { kind: 'unavailable', cause: 'token endpoint: cut', retryAfterMs: null },
    ],
  ] as const)('%s', (_name, answer, expected) => {
    expect(readTokenAnswer(answer, now)).toEqual(expected);
  });
});

describe('Honor’s receipts', () => {
  const read = (body: string, more: object = {}) =>
    channel(more).receipts?.read({ headers: {}, query: {}, body: Buffer.from(body) }, null, now);
  const entry = (more: object = {}) => ({
    biTag: 'm1.mac',
    appid: '104400000',
    token: 't1',
    status: 0,
    timestamp: now,
    requestId: 'r1',
    ...more,
  });
  const readOne = (more: object, settings: object = {}) => {
    const reading = read(JSON.stringify({ statuses: [entry(more)] }), settings);
    return reading?.kind === 'receipts' ? reading.receipts : reading;
  };
  const receipt = {
    token: 't1',
    param: 'm1.mac',
    vendorId: 'r1',
    status: 'delivered',
    vendorCode: '0',
    occurredAt: now,
  };

  it.each([
    ['delivered', {}, receipt],
    ['delivered, the other number', { status: 40_000_002 }, { ...receipt, vendorCode: '40000002' }],
    ['digits', { status: '0', timestamp: String(now) }, receipt],
    ['a number that no one knows', { status: 6 }, { ...receipt, status: 'unclassified', vendorCode: '6' }],
    [
      'without names',
      { biTag: '', requestId: undefined, timestamp: undefined },
      { ...receipt, param: null, vendorId: null, occurredAt: null },
    ],
  ])('%s', (_name, more, expected) => {
    expect(readOne(more)).toEqual([expected]);
  });

  it('mean what the settings say', () => {
    const receiptStatuses = { '5': 'token-unregistered' };
    expect(readOne({ status: 5 }, { receiptStatuses })).toMatchObject([{ status: 'token-unregistered' }]);
    expect(readOne({ status: 0 }, { receiptStatuses })).toMatchObject([{ status: 'unclassified' }]);
  });

  it.each([{ token: null }, { status: 'x' }, { status: 1.5 }])('nothing of %j', (more) => {
    expect(readOne(more)).toEqual([]);
  });

  it.each(['', 'nonsense', '[]', '{"statuses":{}}', 'null'])('refused: %j', (body) => {
    expect(read(body)).toMatchObject({
      kind: 'refused',
      cause: 'no list of statuses',
      reply: { status: 400 },
    });
  });

  it('are answered as Honor expects', () => {
    expect(read('{"statuses":[]}')).toMatchObject({
      reply: { status: 200, body: '{"code":"0","message":"success"}' },
    });
  });
});
