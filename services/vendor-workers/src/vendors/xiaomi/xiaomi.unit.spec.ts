import { appSettingsSchema } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import type { PushResource } from '@reveille/contracts/push/resource';
import { describe, expect, it } from 'vitest';
import type { BuiltRequest, OpenTarget, RequestContext, VendorAnswer } from '../../vendor.js';
import { xiaomiCredential } from './xiaomi.credential.js';
import { xiaomiReceipts } from './xiaomi.receipt.js';
import { xiaomiVendor } from './xiaomi.vendor.js';

const now = 1_790_000_000_000;
const channels = [
  {
    id: 'im',
    kind: 'private',
    classes: ['call', 'chat'],
    templateId: 'P1',
    templateParams: { from: '{title}', text: '{content}' },
  },
  { id: 'news', kind: 'public', classes: ['marketing'] },
];
const settings = { credential: 'file:/x', packageName: 'org.example', channels };
const push = (more: Partial<PushNotification> = {}): PushNotification => ({
  strategy: 'alert',
  title: 'Ann',
  content: 'Hello',
  payload: '{"a":1}',
  threadId: '',
  badgeIncrement: null,
  resourcesId: '',
  sender: 'ann',
  collapse: 'm1',
  sentAt: now,
  expiresAt: now + 60_500,
  ...more,
});
const resource = (more: Partial<PushResource> = {}): PushResource => ({
  resourcesId: 'r',
  revision: 1,
  class: 'chat',
  options: {},
  ...more,
});
const targetOf = (token: string, bundle: string | null = null): OpenTarget => ({
  user: 'bob',
  deviceId: `d-${token}`,
  token,
  environment: 'production',
  bundle,
});
const context: RequestContext = {
  messageId: 'm1',
  credential: { authorization: 'key=s3cret', renewAt: 0, generation: 0 },
  now,
  isUrgent: false,
  traceparentOf: (index) => `trace-${index}`,
  receiptUrl: null,
  receiptParam: null,
  requestKeyOf: (index) => `key-${index}`,
  nonce: () => 'nonce',
};
function channel(more: object = {}) {
  const app = appSettingsSchema.parse({ app: 'shop', vendors: { xiaomi: { ...settings, ...more } } });
  const found = xiaomiVendor.channelOf(app);
  if (found === null) throw new Error('no channel');
  return found;
}
function build(
  pushed: PushNotification,
  more: object = {},
  targets: readonly OpenTarget[] = [targetOf('a')],
  given: Partial<RequestContext> = {},
): readonly BuiltRequest[] {
  return channel(more)
    .buildRequests(pushed, targets, { ...context, ...given })
    .map((one) => {
      if (one.kind !== 'request') throw new Error('no request');
      return one;
    });
}
const formOf = (built: BuiltRequest | undefined) =>
  Object.fromEntries(new URLSearchParams(Buffer.from(built?.request.body ?? []).toString()));
const fields = (pushed: PushNotification, more: object = {}, given: Partial<RequestContext> = {}) =>
  formOf(build(pushed, more, [targetOf('a')], given)[0]);

const raw = (status: number, body: string, headers: Record<string, string> = {}): VendorAnswer => ({
  kind: 'answered',
  status,
  headers,
  body: Buffer.from(body),
});
const ok = (data: unknown) =>
  raw(200, JSON.stringify({ result: 'ok', trace_id: 't', code: 0, data, description: '成功', info: '' }));
const error = (code: number, status = 200, headers: Record<string, string> = {}) =>
  raw(
    status,
    JSON.stringify({ result: 'error', reason: 'r', trace_id: 't', code, description: 'd' }),
    headers,
  );
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
const read = (answer: VendorAnswer, tokens: readonly string[] = ['a'], pushed = push()) => {
  const [built] = build(
    pushed,
    {},
    tokens.map((token) => targetOf(token)),
  );
  return channel().readOutcomes(built as BuiltRequest, answer, now);
};

/** To be held next to Xiaomi's table of codes. */
const codes: readonly (readonly [readonly number[], (code: string) => object])[] = [
  [
    [-1, 1, 10001, 10002, 10003, 10009, 10010, 10011, 10037, 20607, 65029],
    (code) => deferred('vendor-unavailable', code),
  ],
  [
    [10022, 10023, 10024, 10027, 10028, 10030, 10032, 10033, 10038, 10039, 26004, 200002],
    (code) => deferred('throttled', code),
  ],
  [[10034, 200001], (code) => deferred('quota-spent', `private: ${code}`)],
  [
    [10004, 10026, 10031, 10036, 21301, 21302, 21303, 22000, 22006, 22007, 22008, 22022, 66108],
    (code) => deferred('credential-refused', code),
  ],
  [[65036, 65037, 65038], (code) => deferred('credential-refused', code)],
  [[27001, 26006], (code) => rejected('category-refused', code)],
  [[10018, 65009, 65015], (code) => rejected('payload-too-large', code)],
  [
    [10008, 10012, 10016, 10017, 10020, 10021, 10035, 20209, 20215, 20216, 21305],
    (code) => rejected('payload-invalid', code),
  ],
  [
    [65006, 65007, 65008, 65010, 65011, 65012, 65013, 65014, 65016, 65017, 65035],
    (code) => rejected('payload-invalid', code),
  ],
  [[65003], (code) => rejected('recipient-muted', code)],
  [[10029], (code) => rejected('token-unregistered', code)],
  [[20301], (code) => rejected('token-wrong-app', code)],
  [
    [22101, 22102, 22103, 26003, 26005, 20315, 65028, 65030, 65040, 99999],
    (code) => rejected('unclassified', code),
  ],
];

describe('Xiaomi answers', () => {
  const rows = codes.flatMap(([numbers, outcome]) =>
    numbers.map((code) => [code, outcome(String(code))] as const),
  );
  it.each(rows)('%i, whatever the HTTP status', (code, outcome) => {
    for (const status of [200, 400, 503]) expect(read(error(code, status))).toEqual([outcome]);
  });

  it.each([
    ['ok', ok({ id: 'x1' }), { kind: 'accepted', vendorId: 'x1' }],
    [
      'ok with quota figures',
      ok({ id: 'x1', day_quota: '9', day_acked: '1' }),
      { kind: 'accepted', vendorId: 'x1' },
    ],
    ['ok with its data as a text', ok('{"id":"x1"}'), { kind: 'accepted', vendorId: 'x1' }],
    ['ok without an id', ok({}), { kind: 'accepted', vendorId: null }],
    ['ok without data', ok(undefined), { kind: 'accepted', vendorId: null }],
    ['the target is bad', ok({ id: 'x1', bad_regids: 'a' }), rejected('token-unregistered', 'bad_regids')],
    ['200 a page', raw(200, '<html>Please log in'), deferred('no-answer', 'http-200-without-code')],
    ['200 nothing', raw(200, ''), deferred('no-answer', 'http-200-without-code')],
    ['200 JSON without a code', raw(200, '{"result":"ok"}'), deferred('no-answer', 'http-200-without-code')],
    ['200 a code that is a text', raw(200, '{"code":"0"}'), deferred('no-answer', 'http-200-without-code')],
    ['200 a list', raw(200, '[0]'), deferred('no-answer', 'http-200-without-code')],
    ['401 a page', raw(401, ''), deferred('credential-refused', 'http-401')],
    ['403 a page', raw(403, ''), deferred('credential-refused', 'http-403')],
    ['404 a page', raw(404, '<html>'), deferred('credential-refused', 'http-404')],
    ['413 a page', raw(413, ''), rejected('payload-too-large', 'http-413')],
    ['418 a page', raw(418, 'teapot'), rejected('unclassified', 'http-418')],
    ['429 a page', raw(429, '', { 'retry-after': '7' }), deferred('throttled', 'http-429', 7_000)],
    ['500 a page', raw(500, ''), deferred('vendor-unavailable', 'http-500')],
    [
      '503 with a date',
      raw(503, '', { 'retry-after': new Date(now + 4_000).toUTCString() }),
      deferred('vendor-unavailable', 'http-503', 4_000),
    ],
    [
      '503 with nonsense',
      raw(503, '', { 'retry-after': 'soon' }),
      deferred('vendor-unavailable', 'http-503'),
    ],
    [
      'too fast, with a hint',
      error(200002, 200, { 'retry-after': '2' }),
      deferred('throttled', '200002', 2_000),
    ],
    ['a cut', { kind: 'unknown', because: 'cut', cause: '' }, deferred('no-answer', 'cut')],
    ['a timeout', { kind: 'unknown', because: 'timeout', cause: '' }, deferred('no-answer', 'timeout')],
    ['not written', { kind: 'not-sent', because: 'cut', cause: '' }, deferred('not-sent', 'cut')],
    [
      'no connection',
      { kind: 'not-sent', because: 'unreachable', cause: '' },
      deferred('vendor-unavailable', 'unreachable'),
    ],
  ] as const)('%s', (_name, answer, outcome) => {
    expect(read(answer)).toEqual([outcome]);
  });

  it('are told target by target where some are bad', () => {
    expect(read(ok({ id: 'x1', bad_regids: 'b,d' }), ['a', 'b', 'c', 'd'])).toEqual([
      { kind: 'accepted', vendorId: 'x1' },
      rejected('token-unregistered', 'bad_regids'),
      { kind: 'accepted', vendorId: 'x1' },
      rejected('token-unregistered', 'bad_regids'),
    ]);
  });

  it('about one device do not condemn a batch', () => {
    expect(read(error(10029), ['a', 'b'])).toEqual([1, 2].map(() => rejected('unclassified', '10029')));
    expect(read(error(20301), ['a', 'b'])).toEqual([1, 2].map(() => rejected('token-wrong-app', '20301')));
  });

  it('name the quota of the channel that the request named', () => {
    const marketing = push({ resource: resource({ class: 'marketing' }) });
    const service = push({ resource: resource({ class: 'service' }) });
    expect(read(error(200001), ['a'], marketing)).toEqual([deferred('quota-spent', 'public: 200001')]);
    expect(read(error(200001), ['a'], service)).toEqual([deferred('quota-spent', 'default: 200001')]);
  });
});

describe('Xiaomi requests', () => {
  it('shows a chat on its private channel, made from its template', () => {
    const [built] = build(push());
    expect(built?.request).toMatchObject({
      method: 'POST',
      origin: 'https://api.xmpush.xiaomi.com',
      path: '/v3/message/regid',
      headers: {
        authorization: 'key=s3cret',
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
        traceparent: 'trace-0',
      },
      uniqueHeaders: ['traceparent'],
    });
    expect(formOf(built)).toEqual({
      restricted_package_name: 'org.example',
      registration_id: 'a',
      pass_through: '0',
      title: 'Ann',
      description: 'Hello',
      payload: '{"a":1}',
      notify_type: '-1',
      notify_id: expect.stringMatching(/^[1-9]\d{0,9}$/) as string,
      time_to_live: '60000',
      'extra.jobkey': expect.stringMatching(/^[0-9a-f]{20}$/) as string,
      'extra.notify_effect': '1',
      'extra.channel_id': 'im',
      'extra.template_id': 'P1',
      'extra.template_param': '{"from":"Ann","text":"Hello"}',
    });
  });

  it('repeats under the same notify id and job key, and a conversation keeps its notify id', () => {
    const repeat = [fields(push()), fields(push({ content: 'again' }))];
    expect(repeat[0]?.['notify_id']).toBe(repeat[1]?.['notify_id']);
    expect(repeat[0]?.['extra.jobkey']).toBe(repeat[1]?.['extra.jobkey']);
    const other = fields(push(), {}, { messageId: 'm2' });
    expect(other['notify_id']).toBe(repeat[0]?.['notify_id']);
    expect(other['extra.jobkey']).not.toBe(repeat[0]?.['extra.jobkey']);
    expect(fields(push({ collapse: 'm2' }))['notify_id']).not.toBe(repeat[0]?.['notify_id']);
  });

  it('puts a package in requests of its own, with up to 1000 targets each', () => {
    const many = Array.from({ length: 1_001 }, (_, index) => targetOf(`t${index}`));
    const more = { otherPackageNames: ['org.example.beta'] };
    const built = build(push(), more, [targetOf('x', 'org.example.beta'), ...many]);
    expect(built.map(({ targets }) => targets.length)).toEqual([1, 1000, 1]);
    expect(built.map((one) => formOf(one)['restricted_package_name'])).toEqual([
      'org.example.beta',
      'org.example',
      'org.example',
    ]);
    expect(formOf(built[1])['registration_id']?.split(',')).toEqual(
      many.slice(0, 1_000).map(({ token }) => token),
    );
    expect(built.map(({ request }) => request.headers['traceparent'])).toEqual([
      'trace-0',
      'trace-1',
      'trace-1001',
    ]);
  });

  it.each([
    [{ class: 'marketing' }, {}, { 'extra.channel_id': 'news' }],
    [{ class: 'service' }, {}, {}],
    [{ class: 'chat', options: { channelId: 'news' } }, {}, { 'extra.channel_id': 'news' }],
    [{ class: 'chat', options: { channelId: 'gone' } }, {}, {}],
    [
      { class: 'chat', options: { templateId: 'P2', templateParams: { who: 'From {sender}' } } },
      {},
      { 'extra.channel_id': 'im', 'extra.template_id': 'P2', 'extra.template_param': '{"who":"From ann"}' },
    ],
  ] as const)('the strategy %j goes out on its channel', (strategy, more, expected) => {
    const form = fields(push({ resource: resource(strategy) }), more);
    const named = Object.entries(form).filter(([name]) => /channel|template/.test(name));
    expect(Object.fromEntries(named)).toEqual(expected);
  });

  it.each([
    [{ clickAction: { kind: 'app' } }, { 'extra.notify_effect': '1' }],
    [
      { clickAction: { kind: 'intent', intent: 'intent:#Intent;end' } },
      { 'extra.notify_effect': '2', 'extra.intent_uri': 'intent:#Intent;end' },
    ],
    [
      { clickAction: { kind: 'url', url: 'https://e.org/?a=1&b=2' } },
      { 'extra.notify_effect': '3', 'extra.web_uri': 'https://e.org/?a=1&b=2' },
    ],
    [{ sound: null }, { notify_type: '4' }],
    [{ sound: 'ring' }, { notify_type: '-1', 'extra.sound_uri': 'android.resource://org.example/raw/ring' }],
    [{ options: { showInForeground: false } }, { 'extra.notify_foreground': '0' }],
    [{ options: { showInForeground: true } }, { 'extra.notify_foreground': '1' }],
  ])('%j is said in its own words', (more, expected) => {
    expect(fields(push({ resource: resource(more as Partial<PushResource>) }))).toMatchObject(expected);
  });

  it('asks for every receipt where one is wanted', () => {
    const given = { receiptUrl: 'https://r.example/receipts/shop/xiaomi/s', receiptParam: 'p1' };
    expect(fields(push(), {}, given)).toMatchObject({
      'extra.callback': given.receiptUrl,
      'extra.callback.type': '243',
      'extra.callback.param': 'p1',
    });
    expect(Object.keys(fields(push())).filter((name) => name.includes('callback'))).toEqual([]);
    expect(fields(push(), {}, { ...given, receiptParam: null })['extra.callback.param']).toBeUndefined();
  });

  it.each([
    ['private, within', 'chat', 864_000_000, '864000000'],
    ['private, beyond', 'chat', 864_001_000, '864000000'],
    ['public, beyond', 'marketing', 86_401_000, '86400000'],
    ['no channel, beyond', 'service', 864_000_000, '86400000'],
    ['almost over', 'chat', 400, '1000'],
  ] as const)('lives no longer than its class allows: %s', (_name, pushClass, forMs, expected) => {
    const form = fields(push({ expiresAt: now + forMs, resource: resource({ class: pushClass }) }));
    expect(form['time_to_live']).toBe(expected);
  });

  it('is called at the path and host that the app has', () => {
    const endpoint = 'https://sgp-api.xmpush.global.xiaomi.com';
    const [built] = build(push(), { apiVersion: 'v4', endpoint });
    expect(built?.request).toMatchObject({ origin: endpoint, path: '/v4/message/regid' });
  });

  it.each([
    ['silent', { strategy: 'silent' }, 'payload-invalid', 'strategy-unsupported'],
    ['voip', { strategy: 'voip' }, 'payload-invalid', 'strategy-unsupported'],
    ['no text', { title: ' ', content: '\n' }, 'payload-invalid', 'no-text'],
    ['a payload of 4097 bytes', { payload: `${'好'.repeat(1365)}ab` }, 'payload-too-large', 'not sent'],
  ] as const)('cannot be made of %s', (_name, more, reason, vendorCode) => {
    const targets = [targetOf('a'), targetOf('b')];
    expect(channel().buildRequests(push(more), targets, context)).toEqual([
      { kind: 'impossible', targets, outcome: rejected(reason, vendorCode) },
    ]);
  });

  it('does not name a package that the app has not declared, and pushes to the others', () => {
    const [good, foreign] = [targetOf('a'), targetOf('b', 'com.mallory')];
    const built = channel().buildRequests(push(), [good, foreign], context);
    expect(built).toMatchObject([
      { kind: 'request', targets: [good] },
      {
        kind: 'impossible',
        targets: [foreign],
        outcome: rejected('payload-invalid', 'package not configured'),
      },
    ]);
  });

  it('takes a payload of 4096 bytes as it is', () => {
    const payload = `${'好'.repeat(1365)}a`;
    expect(fields(push({ payload }))['payload']).toBe(payload);
  });
});

describe('Xiaomi texts', () => {
  const family = '👨‍👩‍👧‍👦';
  it.each([
    ['49 characters', 'x'.repeat(49), 'x'.repeat(49)],
    ['50 characters', 'x'.repeat(50), `${'x'.repeat(48)}…`],
    ['Chinese', '好'.repeat(60), `${'好'.repeat(48)}…`],
    ['RTL', 'مرحبا '.repeat(20), /^[\u0600-\u06ff ]{1,48}…$/],
    ['emoji with joiners', family.repeat(10), `${family.repeat(4)}…`],
    ['blank: the content stands in', '  ', 'Hello'],
  ])('title of %s', (_name, title, expected) => {
    const { title: shown = '' } = fields(push({ title }));
    expect(shown.length).toBeLessThan(50);
    if (expected instanceof RegExp) expect(shown).toMatch(expected);
    else expect(shown).toBe(expected);
  });

  it.each([
    ['127 characters', 'x'.repeat(127), 'x'.repeat(127)],
    ['128 characters', 'x'.repeat(128), `${'x'.repeat(126)}…`],
    ['4 KB of Chinese', '好'.repeat(1400), `${'好'.repeat(126)}…`],
    ['emoji with joiners', family.repeat(100), `${family.repeat(11)}…`],
    ['blank: the title stands in', '', 'Ann'],
  ])('description of %s', (_name, content, expected) => {
    const { description = '' } = fields(push({ content }));
    expect(description.length).toBeLessThan(128);
    expect(description).toBe(expected);
  });

  it.each([
    ['without emoji', `Hi ${family} Bob 👍🏽 🇨🇳 1️⃣!`, 'Hi  Bob   !'],
    ['of emoji alone', family, '…'],
    ['blank', ' ', '…'],
    ['128 characters', 'x'.repeat(128), 'x'.repeat(128)],
    ['129 characters', 'x'.repeat(129), `${'x'.repeat(127)}…`],
    ['that looks like a placeholder', '{title}', '{title}'],
  ])('a template variable %s', (_name, content, expected) => {
    const params = JSON.parse(fields(push({ content }))['extra.template_param'] ?? '') as { text: string };
    expect(params.text).toBe(expected);
  });
});

describe('Xiaomi quotas', () => {
  it.each([
    ['chat', {}, null],
    ['marketing', {}, { name: 'public', perDay: null, perDevicePerDay: 5 }],
    [
      'marketing',
      { publicPerDay: 20_000, publicPerDevicePerDay: 8 },
      { name: 'public', perDay: 20_000, perDevicePerDay: 8 },
    ],
    ['service', { defaultPerDay: 10_000 }, { name: 'default', perDay: 10_000, perDevicePerDay: 1 }],
  ] as const)('%s with %j', (pushClass, more, expected) => {
    expect(channel(more).quotaOf(push({ resource: resource({ class: pushClass }) }))).toEqual(expected);
  });
});

describe('the AppSecret', () => {
  const recipe = xiaomiCredential(
    appSettingsSchema.parse({ app: 'shop', vendors: { xiaomi: settings } }).vendors.xiaomi as never,
  );
  it('stands behind a lower-case key=', () => {
    const read = recipe.read(' s3cret==\n');
    if (read.kind !== 'ready') throw new Error(read.fault);
    expect(read.obtain(now)).toMatchObject({ kind: 'signed', credential: { authorization: 'key=s3cret==' } });
  });
  it.each(['', ' \n', 'two words', 'two\nlines', 'x'.repeat(257), '密钥'])(
    '%j is none, and is not quoted',
    (text) => {
      const read = recipe.read(text);
      expect(read).toEqual({ kind: 'fault', fault: expect.stringContaining('one line') as string });
    },
  );
});

describe('Xiaomi receipts', () => {
  const receive = (body: string) =>
    xiaomiReceipts.read({ headers: {}, query: {}, body: Buffer.from(body) }, null, now);
  const form = (messages: object) => new URLSearchParams({ data: JSON.stringify(messages) }).toString();
  const one = (message: object) => {
    const reading = receive(form({ x1: { param: 'p1', targets: 'a', timestamp: now, ...message } }));
    return reading.kind === 'receipts' ? reading.receipts : [];
  };

  it.each([
    [{ type: 1 }, 'delivered', 'type-1'],
    [{ type: '1', barStatus: 'Enable' }, 'delivered', 'type-1'],
    [{ type: 2 }, 'clicked', 'type-2'],
    [{ type: 16 }, 'token-unregistered', 'type-16'],
    [{ type: 16, errorCode: 1 }, 'token-unregistered', 'type-16'],
    [{ type: 16, errorCode: '1' }, 'token-unregistered', 'type-16'],
    [{ type: 16, errorCode: 2 }, 'unclassified', 'type-16/2'],
    [{ type: 16, errorCode: 3 }, 'unclassified', 'type-16/3'],
    [{ type: 32 }, 'muted', 'type-32'],
    [{ type: 64 }, 'refused', 'type-64'],
    [{ type: 128, extra: { ack: '1', quota: '1' } }, 'quota-spent', 'type-128'],
    [{ type: 256 }, 'unclassified', 'type-256'],
    [{ type: 3 }, 'unclassified', 'type-3'],
    [{}, 'unclassified', 'type-missing'],
  ])('%j', (message, status, vendorCode) => {
    expect(one(message)).toEqual([
      { token: 'a', param: 'p1', vendorId: 'x1', status, vendorCode, occurredAt: now },
    ]);
  });

  it('come for several messages and targets at once', () => {
    const reading = receive(
      form({
        x1: { type: 1, targets: 'a, b', param: 'p1' },
        x2: { type: 2, targets: 'c', timestamp: 'soon' },
      }),
    );
    expect(reading).toMatchObject({
      kind: 'receipts',
      receipts: [
        { token: 'a', vendorId: 'x1', param: 'p1', occurredAt: null },
        { token: 'b', vendorId: 'x1' },
        { token: 'c', vendorId: 'x2', param: null, occurredAt: null },
      ],
      reply: { status: 200 },
    });
  });

  it('name a renamed phone as we know it', () => {
    expect(one({ type: 1, targets: 'new,b', replaceTarget: { old: 'new' } })).toMatchObject([
      { token: 'old' },
      { token: 'b' },
    ]);
  });

  it('are read as bare JSON too', () => {
    expect(receive('{"x1":{"type":1,"targets":"a"}}')).toMatchObject({ receipts: [{ token: 'a' }] });
  });

  it.each(['', 'data=', 'data=nonsense', 'other=1', 'data=[1]', '{"x1":'])('%j is refused', (body) => {
    expect(receive(body)).toMatchObject({ kind: 'refused', reply: { status: 400 } });
  });

  it('pass over what is no message', () => {
    expect(
      receive(form({ x1: null, x2: { type: 1 }, x3: 'text', x4: { type: 1, targets: ',' } })),
    ).toMatchObject({
      kind: 'receipts',
      receipts: [],
    });
  });
});
