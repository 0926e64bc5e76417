import { appSettingsSchema } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import type { PushResource } from '@reveille/contracts/push/resource';
import type { MeizuSettings } from '@reveille/contracts/vendors/meizu';
import { describe, expect, it } from 'vitest';
import type { BuiltRequest, OpenTarget, RequestContext, VendorAnswer } from '../../vendor.js';
import { meizuCredential } from './meizu.credential.js';
import { meizuReceipts } from './meizu.receipt.js';
import { signOf } from './meizu.request.js';
import { meizuVendor } from './meizu.vendor.js';

const now = 1_790_000_000_000;
const hourMs = 3_600_000;
const settings = { credential: 'file:/x', appId: '10000' };
const push = (more: Partial<PushNotification> = {}): PushNotification => ({
  strategy: 'alert',
  title: 'Ann',
  content: 'Hello',
  payload: 'p',
  threadId: '',
  badgeIncrement: null,
  resourcesId: '',
  sender: 'ann',
  collapse: 'm1',
  sentAt: now,
  expiresAt: now + 5 * hourMs + 1,
  ...more,
});
const resource = (more: Partial<PushResource> = {}): PushResource => ({
  resourcesId: 'r',
  revision: 1,
  class: 'chat',
  options: {},
  ...more,
});
const targetOf = (token: string): OpenTarget => ({
  user: 'bob',
  deviceId: `d-${token}`,
  token,
  environment: 'production',
  bundle: null,
});
const context: RequestContext = {
  messageId: 'm1',
  credential: { authorization: 's3cret', renewAt: 0, generation: 0 },
  now,
  isUrgent: false,
  traceparentOf: (index) => `trace-${index}`,
  receiptUrl: null,
  receiptParam: null,
  requestKeyOf: (index) => `key-${index}`,
  nonce: () => 'nonce',
};
function channel(more: object = {}) {
  const app = appSettingsSchema.parse({ app: 'shop', vendors: { meizu: { ...settings, ...more } } });
  const found = meizuVendor.channelOf(app);
  if (found === null) throw new Error('no channel');
  return found;
}
function build(
  pushed: PushNotification,
  more: object = {},
  tokens: readonly string[] = ['a'],
  given: Partial<RequestContext> = {},
): readonly BuiltRequest[] {
  return channel(more)
    .buildRequests(pushed, tokens.map(targetOf), { ...context, ...given })
    .map((one) => {
      if (one.kind !== 'request') throw new Error('no request');
      return one;
    });
}
const formOf = (built: BuiltRequest | undefined) =>
  Object.fromEntries(new URLSearchParams(Buffer.from(built?.request.body ?? []).toString()));
const messageOf = (pushed: PushNotification, more: object = {}, given: Partial<RequestContext> = {}) =>
  JSON.parse(formOf(build(pushed, more, ['a'], given)[0])['messageJson'] ?? '') as Record<string, unknown>;
const raw = (status: number, body: string, headers: Record<string, string> = {}): VendorAnswer => ({
  kind: 'answered',
  status,
  headers,
  body: Buffer.from(body),
});
const answer = (code: string, value: unknown = '', headers: Record<string, string> = {}) =>
  raw(200, JSON.stringify({ code, message: '', value, redirect: '', msgId: 'x1' }), headers);
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
const accepted = { kind: 'accepted', vendorId: 'x1' };
const read = (given: VendorAnswer, tokens: readonly string[] = ['a']) =>
  channel().readOutcomes(build(push(), {}, tokens)[0] as BuiltRequest, given, now);

describe('Meizu answers', () => {
  it.each([
    ['500', deferred('vendor-unavailable', '500')],
    ['1001', deferred('vendor-unavailable', '1001')],
    ['1003', deferred('vendor-unavailable', '1003')],
    ['1005', rejected('payload-invalid', '1005')],
    ['1006', deferred('credential-refused', '1006')],
    ['110000', deferred('credential-refused', '110000')],
    ['110001', deferred('credential-refused', '110001')],
    ['110004', rejected('payload-invalid', '110004')],
    ['110009', deferred('credential-refused', '110009')],
    ['110010', deferred('throttled', '110010')],
    ['110019', deferred('quota-spent', 'public: 110019')],
    ['110031', deferred('credential-refused', '110031')],
    ['110032', rejected('payload-invalid', '110032')],
    ['110033', deferred('credential-refused', '110033')],
    ['110051', deferred('quota-spent', 'public: 110051')],
    ['110053', rejected('payload-invalid', '110053')],
    ['99', rejected('unclassified', '99')],
  ])('the request is %s', (code, outcome) => {
    expect(read(answer(code), ['a', 'b'])).toEqual([outcome, outcome]);
  });

  it.each([
    ['110002', rejected('token-unregistered', '110002')],
    ['110003', rejected('token-malformed', '110003')],
    ['110005', rejected('unclassified', '110005')],
    ['110010', rejected('recipient-muted', '110010')],
    ['110011', rejected('recipient-muted', '110011')],
    ['201', rejected('category-refused', '201')],
    ['501', deferred('vendor-unavailable', '501')],
    ['513', deferred('vendor-unavailable', '513')],
    ['519', deferred('vendor-unavailable', '519')],
    ['520', accepted],
    ['99', rejected('unclassified', '99')],
  ])('a target is %s, another is good', (code, outcome) => {
    expect(read(answer('200', { [code]: ['b'] }), ['a', 'b'])).toEqual([accepted, outcome]);
  });

  it.each([
    ['good', answer('200', {}), accepted],
    ['good, with a text in place of the map', answer('200'), accepted],
    ['good, a map of nonsense', answer('200', { 110002: 'a', 110003: [1] }), accepted],
    ['good, without an id', raw(200, '{"code":"200","value":{}}'), { kind: 'accepted', vendorId: null }],
    [
      'too fast, with a hint',
      answer('110010', '', { 'retry-after': '2' }),
      deferred('throttled', '110010', 2_000),
    ],
    [
      'a number in place of the code',
      raw(200, '{"code":200}'),
      deferred('no-answer', 'http-200-without-code'),
    ],
    ['a page', raw(200, '<html>'), deferred('no-answer', 'http-200-without-code')],
    ['nothing', raw(200, ''), deferred('no-answer', 'http-200-without-code')],
    ['401', raw(401, ''), deferred('credential-refused', 'http-401')],
    ['403', raw(403, ''), deferred('credential-refused', 'http-403')],
    ['404', raw(404, ''), deferred('credential-refused', 'http-404')],
    ['413', raw(413, ''), rejected('payload-too-large', 'http-413')],
    ['418', raw(418, ''), rejected('unclassified', 'http-418')],
    ['429', raw(429, '', { 'retry-after': '7' }), deferred('throttled', 'http-429', 7_000)],
    ['503', raw(503, '<html>'), deferred('vendor-unavailable', 'http-503')],
    ['a cut', { kind: 'unknown', because: 'cut', cause: '' }, deferred('no-answer', 'cut')],
    ['not written', { kind: 'not-sent', because: 'cut', cause: '' }, deferred('not-sent', 'cut')],
    [
      'no connection',
      { kind: 'not-sent', because: 'unreachable', cause: '' },
      deferred('vendor-unavailable', 'unreachable'),
    ],
  ] as const)('%s', (_name, given, outcome) => {
    expect(read(given)).toEqual([outcome]);
  });
});

describe('Meizu requests', () => {
  it("signs as Meizu's page does", () => {
    const fields = {
      appId: '10000',
      pushIds: 'RA50c6348036344485d01776773577c64740465480a6b',
      messageJson: '{"title":"title","content":"content","pushTimeInfo":{"offLine":1,"validTime":24}}',
    };
    expect(signOf(fields, '<APP_SECRET>')).toBe('ac076ff25d9900015a681cb5172aa53b');
  });

  it('shows a private message', () => {
    const [built] = build(push(), {}, ['a', 'b']);
    expect(built?.request).toMatchObject({
      origin: 'https://server-api-push.meizu.com',
      path: '/garcia/api/server/push/varnished/pushByPushId',
      headers: {
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
        traceparent: 'trace-0',
      },
    });
    const { sign, ...fields } = formOf(built);
    expect(sign).toBe(signOf(fields, 's3cret'));
    expect(fields).toMatchObject({ appId: '10000', pushIds: 'a,b' });
    expect(messageOf(push())).toEqual({
      noticeBarInfo: { noticeMsgType: 1, noticeBarType: 0, title: 'Ann', content: 'Hello' },
      clickTypeInfo: { clickType: 0, parameters: { payload: 'p' } },
      pushTimeInfo: { offLine: 1, validTime: 5 },
      advanceInfo: {
        notificationType: { vibrate: 1, lights: 1, sound: 1 },
        notifyKey: expect.stringMatching(/^[\w-]{8}$/) as string,
      },
    });
  });

  it('puts up to 100 targets into a request', () => {
    const tokens = Array.from({ length: 201 }, (_, index) => `t${index}`);
    const built = build(push(), {}, tokens);
    expect(built.map(({ targets }) => targets.length)).toEqual([100, 100, 1]);
    expect(built.flatMap((one) => formOf(one)['pushIds']?.split(','))).toEqual(tokens);
    expect(built.map(({ request }) => request.headers['traceparent'])).toEqual([
      'trace-0',
      'trace-100',
      'trace-200',
    ]);
  });

  it('repeats under the same notify key', () => {
    const keyOf = (collapse: string) =>
      (messageOf(push({ collapse }))['advanceInfo'] as { notifyKey: string }).notifyKey;
    expect(keyOf('m1')).toBe(keyOf('m1'));
    expect(keyOf('m1')).not.toBe(keyOf('m2'));
  });

  it.each([
    [{ class: 'marketing' }, { noticeBarInfo: { noticeMsgType: 0 } }],
    [{ class: 'service', options: { messageType: 'public' } }, { noticeBarInfo: { noticeMsgType: 0 } }],
    [{ class: 'call' }, { noticeBarInfo: { noticeMsgType: 1 } }],
    [{ options: { floats: false } }, { advanceInfo: { suspend: 0 } }],
    [{ options: { floats: true } }, { advanceInfo: { suspend: 1 } }],
    [{ sound: null }, { advanceInfo: { notificationType: { vibrate: 0, lights: 1, sound: 0 } } }],
    [
      { clickAction: { kind: 'intent', intent: 'org.example.Chat' } },
      { clickTypeInfo: { clickType: 1, activity: 'org.example.Chat' } },
    ],
    [
      { clickAction: { kind: 'url', url: 'https://e.org/' } },
      { clickTypeInfo: { clickType: 2, url: 'https://e.org/' } },
    ],
  ])('%j is said in its own words', (more, expected) => {
    expect(messageOf(push({ resource: resource(more as Partial<PushResource>) }))).toMatchObject(expected);
  });

  it.each([
    [hourMs - 1, { offLine: 0 }],
    [hourMs, { offLine: 1, validTime: 1 }],
    [72 * hourMs, { offLine: 1, validTime: 72 }],
    [100 * hourMs, { offLine: 1, validTime: 72 }],
  ])('is kept for whole hours, and never longer than it is worth: %i ms', (forMs, expected) => {
    expect(messageOf(push({ expiresAt: now + forMs }))['pushTimeInfo']).toEqual(expected);
  });

  it('asks for receipts only where the console knows the address', () => {
    const given = { receiptUrl: 'https://r.example/receipts/shop/meizu/s', receiptParam: 'p1' };
    expect(messageOf(push(), {}, given)['extra']).toBeUndefined();
    expect(messageOf(push(), { receiptsRegistered: true }, given)['extra']).toEqual({
      callback: given.receiptUrl,
      'callback.param': 'p1',
      'callback.type': 3,
    });
    const long = { ...given, receiptUrl: `https://r.example/${'x'.repeat(128)}` };
    expect(messageOf(push(), { receiptsRegistered: true }, long)['extra']).toBeUndefined();
  });

  it.each([
    ['silent', { strategy: 'silent' }, 'payload-invalid', 'strategy-unsupported'],
    ['voip', { strategy: 'voip' }, 'payload-invalid', 'strategy-unsupported'],
    ['no text', { title: ' ', content: '' }, 'payload-invalid', 'no-text'],
    ['a payload that is too large', { payload: 'p'.repeat(4000) }, 'payload-too-large', 'not sent'],
  ] as const)('cannot be made of %s', (_name, more, reason, vendorCode) => {
    const targets = [targetOf('a'), targetOf('b')];
    expect(channel().buildRequests(push(more), targets, context)).toEqual([
      { kind: 'impossible', targets, outcome: rejected(reason, vendorCode) },
    ]);
  });

  const family = '👨‍👩‍👧‍👦';
  it.each([
    ['title', 'x'.repeat(32), 'x'.repeat(32)],
    ['title', 'x'.repeat(33), `${'x'.repeat(31)}…`],
    ['title', family.repeat(5), `${family.repeat(2)}…`],
    ['title', '', 'Hello'],
    ['content', '好'.repeat(100), '好'.repeat(100)],
    ['content', '好'.repeat(1400), `${'好'.repeat(99)}…`],
    ['content', 'مرحبا'.repeat(30), `${'مرحبا'.repeat(19)}مرحب…`],
    ['content', ' ', 'Ann'],
  ])('%s %s', (field, text, expected) => {
    expect(messageOf(push({ [field]: text }))['noticeBarInfo']).toMatchObject({ [field]: expected });
  });

  it.each([
    ['chat', {}, null],
    ['marketing', {}, { name: 'public', perDay: null, perDevicePerDay: 3 }],
    [
      'marketing',
      { publicPerDay: 9, publicPerDevicePerDay: 5 },
      { name: 'public', perDay: 9, perDevicePerDay: 5 },
    ],
  ] as const)('%s is counted as its type is, with %j', (pushClass, more, expected) => {
    expect(channel(more).quotaOf(push({ resource: resource({ class: pushClass }) }))).toEqual(expected);
  });
});

describe("Meizu's AppSecret", () => {
  const app = appSettingsSchema.parse({ app: 'shop', vendors: { meizu: settings } });
  const recipe = meizuCredential(app.vendors.meizu as MeizuSettings);
  it('is what the file holds', () => {
    const secret = recipe.read(' s3cret\n');
    if (secret.kind !== 'ready') throw new Error(secret.fault);
    expect(secret.obtain(now)).toMatchObject({ kind: 'signed', credential: { authorization: 's3cret' } });
  });
  it.each(['', 'two words', 'x'.repeat(257)])('%j is none, and is not quoted', (text) => {
    expect(recipe.read(text)).toEqual({
      kind: 'fault',
      fault: expect.stringContaining('one line') as string,
    });
  });
});

describe('Meizu receipts', () => {
  const receive = (form: Record<string, string>) =>
    meizuReceipts.read(
      { headers: {}, query: {}, body: Buffer.from(new URLSearchParams(form).toString()) },
      null,
      now,
    );
  it.each([
    ['1', 'delivered', 'type-1'],
    [2, 'clicked', 'type-2'],
    [3, 'unclassified', 'type-3'],
    [undefined, 'unclassified', 'type-missing'],
  ])('type %s', (type, status, vendorCode) => {
    const cb = JSON.stringify({ 'x-1-1': { param: 'p1', type, targets: ['a', 'b', 7] } });
    const one = { param: 'p1', vendorId: 'x-1', status, vendorCode, occurredAt: null };
    expect(receive({ cb, access_token: 't' })).toEqual({
      kind: 'receipts',
      receipts: [
        { token: 'a', ...one },
        { token: 'b', ...one },
      ],
      reply: { status: 200, contentType: 'text/plain', body: 'ok' },
    });
  });
  it.each([{}, { cb: '' }, { cb: 'nonsense' }, { cb: '[]' }])('%j is refused', (form) => {
    expect(receive(form)).toMatchObject({ kind: 'refused', reply: { status: 400 } });
  });
  it('pass over what is no message', () => {
    const cb = JSON.stringify({ a: null, b: { targets: 'a' }, c: {} });
    expect(receive({ cb })).toMatchObject({ kind: 'receipts', receipts: [] });
  });
});
