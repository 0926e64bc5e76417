import { appSettingsSchema } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import { describe, expect, it } from 'vitest';
import type { BuiltPush, BuiltRequest, OpenTarget, RequestContext, VendorAnswer } from '../../vendor.js';
import { notifyIdOf } from '../notify-id.js';
import { readVivoAuth, vivoSign } from './vivo.credential.js';
import { readSaveOutcome, readVivoOutcomes } from './vivo.outcome.js';
import { vivoVendor } from './vivo.vendor.js';

// 2025-10-09 16:53:20 in China.
const now = 1_760_000_000_000;
const raw = (status: number, body: string, headers: Record<string, string> = {}): VendorAnswer => ({
  kind: 'answered',
  status,
  headers,
  body: Buffer.from(body),
});
const result = (number: number, more: object = {}) =>
  raw(200, JSON.stringify({ result: number, desc: 'x', ...more }));
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
const accepted = (vendorId: string | null) => ({ kind: 'accepted', vendorId });
const targetOf = (token: string): OpenTarget => ({
  user: 'bob',
  deviceId: `device-${token}`,
  token,
  environment: 'production',
  bundle: null,
});
const each = (numbers: readonly number[], outcome: (code: string) => object) =>
  numbers.map((number) => [String(number), result(number), outcome(String(number))] as const);
const untilMorning = (7 + 24 - 16) * 3_600_000 - (53 * 60 + 20) * 1000;

/** To be held next to vivo's table of return codes (document 362). */
const rows: readonly (readonly [string, VendorAnswer, object])[] = [
  ['0', result(0, { taskId: '333459281990557696' }), accepted('333459281990557696')],
  ['0 without an id', result(0), accepted(null)],
  ['0 written as a text', raw(200, '{"result":"0","taskId":7}'), accepted('7')],
  ['10000 authToken', result(10_000), deferred('credential-expired', '10000')],
  ...each([10_040, 10_155], (code) => deferred('vendor-unavailable', code)),
  ...each([10_043, 10_045, 10_094, 10_200, 10_201, 10_202, 10_203, 10_204, 10_205, 10_206, 10_207], (code) =>
    deferred('credential-refused', code),
  ),
  ['10070 operational volume', result(10_070), deferred('quota-spent', 'operational: 10070')],
  ['10071 outside allowed hours', result(10_071), deferred('throttled', '10071', untilMorning)],
  ['10072 too fast', result(10_072), deferred('throttled', '10072')],
  ['10073 system volume', result(10_073), deferred('quota-spent', 'system: 10073')],
  ['10093 too many authentications', result(10_093), deferred('throttled', '10093')],
  ['10252 saved bodies', result(10_252), deferred('quota-spent', 'list: 10252')],
  ['10254 to everybody', result(10_254), deferred('quota-spent', 'all: 10254')],
  ...each([10_051, 10_082, 10_096, 10_097], (code) => rejected('category-refused', code)),
  ...each([10_056, 10_058], (code) => rejected('payload-too-large', code)),
  ...each(
    [
      10_050, 10_054, 10_055, 10_057, 10_059, 10_060, 10_065, 10_067, 10_085, 10_095, 10_103, 10_104, 10_150,
      10_151, 10_152, 10_153, 10_154, 10_304, 10_305, 10_306, 10_307, 10_352, 10_353, 10_800, 10_801,
    ],
    (code) => rejected('payload-invalid', code),
  ),
  [
    '10302 not of this app',
    result(10_302, { invalidUser: { status: 1, userid: 'a' } }),
    rejected('token-wrong-app', '10302/1'),
  ],
  [
    '10302 uninstalled',
    result(10_302, { invalidUser: { status: 2, userid: 'a' } }),
    rejected('token-unregistered', '10302/2'),
  ],
  [
    '10302 without the id',
    result(10_302, { invalidUser: { status: '2' } }),
    rejected('token-unregistered', '10302/2'),
  ],
  [
    '10302 no test device',
    result(10_302, { invalidUser: { status: 4, userid: 'a' } }),
    rejected('category-refused', '10302/4'),
  ],
  [
    '10302 of a new status',
    result(10_302, { invalidUser: { status: 3, userid: 'a' } }),
    rejected('unclassified', '10302/3'),
  ],
  ['10302 that says no more', result(10_302), rejected('unclassified', '10302')],
  ['10311 cannot receive now', result(10_311), rejected('recipient-muted', '10311')],
  ['10910 duplicate of nothing', result(10_910), rejected('unclassified', '10910')],
  ['a new code', result(12_345), rejected('unclassified', '12345')],
  ['HTTP 500', raw(500, ''), deferred('vendor-unavailable', 'http-500')],
  ['HTTP 500 that looks good', raw(500, '{"result":0}'), deferred('vendor-unavailable', 'http-500')],
  [
    'HTTP 502 with a hint',
    raw(502, '<html>', { 'retry-after': '7' }),
    deferred('vendor-unavailable', 'http-502', 7_000),
  ],
  ['HTTP 404', raw(404, '<html>'), deferred('vendor-unavailable', 'http-404')],
  ['HTTP 429', raw(429, '', { 'retry-after': '2' }), deferred('throttled', 'http-429', 2_000)],
  ['half a body', raw(200, '{"result":0,"ta'), deferred('no-answer', 'http-200-without-result')],
  ['a page', raw(200, '<html>'), deferred('no-answer', 'http-200-without-result')],
  ['another JSON', raw(200, '{"ok":true}'), deferred('no-answer', 'http-200-without-result')],
  ['a list', raw(200, '[0]'), deferred('no-answer', 'http-200-without-result')],
  ['a cut', { kind: 'unknown', because: 'cut', cause: '' }, deferred('no-answer', 'cut')],
  ['no answer', { kind: 'unknown', because: 'timeout', cause: '' }, deferred('no-answer', 'timeout')],
  ['not sent', { kind: 'not-sent', because: 'cut', cause: '' }, deferred('not-sent', 'cut')],
  [
    'no connection',
    { kind: 'not-sent', because: 'unreachable', cause: '' },
    deferred('vendor-unavailable', 'unreachable'),
  ],
];

describe('vivo answers', () => {
  it.each(rows)('%s', (_name, answer, outcome) => {
    expect(readVivoOutcomes([targetOf('a')], answer, now)).toEqual([outcome]);
  });

  it('10910 is good news for a target that an earlier request may have reached, and for no other', () => {
    const list = [{ ...targetOf('a'), mayHaveArrived: true }, targetOf('b')];
    expect(readVivoOutcomes(list, result(10_910), now)).toEqual([
      accepted(null),
      rejected('unclassified', '10910'),
    ]);
  });

  it.each([
    ['at night', '2025-10-08T16:00:00Z', 7 * 3_600_000],
    ['late', '2025-10-08T15:30:00Z', 7.5 * 3_600_000],
    ['at seven', '2025-10-08T23:00:00Z', 0],
  ])('10071 waits until seven in China: %s', (_name, at, waitMs) => {
    expect(readVivoOutcomes([targetOf('a')], result(10_071), Date.parse(at))).toEqual([
      deferred('throttled', '10071', waitMs),
    ]);
  });

  it('a list has an outcome per target', () => {
    const list = ['a', 'b', 'c', 'd'].map(targetOf);
    const invalidUsers = [
      { status: 2, userid: 'b' },
      { status: 1, userid: 'd' },
      { status: 2, userid: 'stranger' },
      null,
    ];
    expect(readVivoOutcomes(list, result(0, { taskId: 't', invalidUsers }), now)).toEqual([
      accepted('t'),
      rejected('token-unregistered', '10302/2'),
      accepted('t'),
      rejected('token-wrong-app', '10302/1'),
    ]);
    expect(readVivoOutcomes(list, result(10_072, { invalidUsers }), now)).toMatchObject([
      { reason: 'throttled' },
      { reason: 'token-unregistered' },
      { reason: 'throttled' },
      { reason: 'token-wrong-app' },
    ]);
  });

  it.each([
    ['a code', result(10_252), deferred('quota-spent', 'list: 10252')],
    ['no task id', result(0), deferred('vendor-unavailable', 'saved without taskId')],
    [
      'a cut, which has reached nobody',
      { kind: 'unknown', because: 'cut', cause: '' },
      deferred('vendor-unavailable', 'cut'),
    ],
    ['not sent', { kind: 'not-sent', because: 'queue-full', cause: '' }, deferred('not-sent', 'queue-full')],
    ['a page', raw(200, '<html>'), deferred('vendor-unavailable', 'http-200')],
    ['HTTP 429', raw(429, ''), deferred('throttled', 'http-429')],
  ] as const)('a body that was not saved: %s', (_name, answer, outcome) => {
    expect(readSaveOutcome(answer, now)).toEqual(outcome);
  });
});

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
  expiresAt: now + 3_600_500,
  ...more,
});
const context: RequestContext = {
  messageId: 'm1',
  credential: { authorization: 'token', renewAt: 0, generation: 0 },
  now,
  isUrgent: false,
  traceparentOf: (index) => `trace-${index}`,
  receiptUrl: null,
  receiptParam: null,
  requestKeyOf: (index) => `key-${index}`,
  nonce: () => 'nonce',
};
function channel(more: object = {}) {
  const app = appSettingsSchema.parse({
    app: 'shop',
    vendors: { vivo: { credential: 'file:/k.json', appId: 10004, ...more } },
  });
  const found = vivoVendor.channelOf(app);
  if (found === null) throw new Error('no channel');
  return found;
}
const tokens = (count: number) => Array.from({ length: count }, (_, index) => targetOf(`t${index}`));
function requests(built: readonly BuiltPush[]): readonly BuiltRequest[] {
  return built.map((one) => {
    if (one.kind !== 'request') throw new Error('no request');
    return one;
  });
}
const bodyOf = ({ request }: Pick<BuiltRequest, 'request'>) =>
  JSON.parse(Buffer.from(request.body).toString()) as Record<string, unknown>;
function messageOf(pushed: PushNotification, settings: object = {}, more: object = {}, targets = 1) {
  const [only] = requests(channel(settings).buildRequests(pushed, tokens(targets), { ...context, ...more }));
  if (only === undefined) throw new Error('no request');
  return bodyOf(only);
}
const resource = (options: object, more: object = {}) => ({
  resourcesId: 'r',
  revision: 1,
  class: 'chat' as const,
  options: { ...options },
  ...more,
});

describe('vivo requests', () => {
  it('sends one message to one target', () => {
    const [only, ...others] = requests(channel().buildRequests(push(), [targetOf('a')], context));
    expect(others).toEqual([]);
    expect(only?.request).toMatchObject({
      method: 'POST',
      origin: 'https://api-push.vivo.com.cn',
      path: '/message/send',
      headers: {
        authtoken: 'token',
        'content-type': 'application/json;charset=UTF-8',
        traceparent: 'trace-0',
      },
    });
    expect(bodyOf(only as BuiltRequest)).toEqual({
      appId: 10004,
      regId: 'a',
      title: 'Ann',
      content: 'Hello',
      notifyType: 4,
      timeToLive: 3_600,
      skipType: 1,
      networkType: -1,
      classification: 1,
      clientCustomMap: { payload: 'p' },
      pushMode: 0,
      notifyId: notifyIdOf('m1'),
      requestId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
    });
  });

  it('saves a body for many, and sends its list with the task id', () => {
    const vivo = channel({ testMode: true });
    const built = requests(vivo.buildRequests(push(), tokens(1001), context));
    expect(built.map(({ request, targets }) => [request.path, targets.length])).toEqual([
      ['/message/saveListPayload', 1000],
      ['/message/send', 1],
    ]);
    const [save] = built as [BuiltRequest];
    expect(bodyOf(save)).not.toHaveProperty('regId');
    expect(bodyOf(save)['requestId']).toBe('nonce');
    const next = vivo.nextRequest(save, result(0, { taskId: 't1' }));
    expect(next?.repeatsTargets).toBe(false);
    expect(next?.request).toMatchObject({
      path: '/message/pushToList',
      headers: { authtoken: 'token', traceparent: 'trace-0' },
    });
    expect(bodyOf({ request: next?.request as BuiltRequest['request'] })).toEqual({
      appId: 10004,
      regIds: tokens(1000).map(({ token }) => token),
      taskId: 't1',
      requestId: save.requestId,
      pushMode: 1,
    });
    expect(next?.readOutcomes(result(0), now)[0]).toEqual(accepted('t1'));
    expect(vivo.nextRequest(save, result(10_252))).toBeNull();
    expect(vivo.nextRequest(save, { kind: 'unknown', because: 'cut', cause: '' })).toBeNull();
    expect(vivo.nextRequest(built[1] as BuiltRequest, result(0, { taskId: 't1' }))).toBeNull();
    expect(vivo.readOutcomes(save, result(10_252), now)).toHaveLength(1000);
  });

  it('has the same request id for the same keys alone', () => {
    const idOf = (targets: readonly OpenTarget[], word = 'key') =>
      requests(
        channel().buildRequests(push(), targets, {
          ...context,
          requestKeyOf: (index) => `${word}-${index}`,
          now: now + 9,
        }),
      )[0]?.requestId;
    expect(idOf(tokens(3))).toBe(idOf(tokens(3)));
    const ids = [idOf(tokens(3)), idOf(tokens(2)), idOf(tokens(1)), idOf(tokens(3), 'other')];
    expect(new Set(ids).size).toBe(4);
  });

  it('takes category, classification and look from the strategy', () => {
    const options = { category: 'TODO', notify: 'ring', foregroundShow: false, sendOnline: true };
    expect(messageOf(push({ resource: resource(options), badgeIncrement: 1 }))).toMatchObject({
      classification: 1,
      category: 'TODO',
      notifyType: 2,
      foregroundShow: false,
      sendOnline: true,
      addBadge: true,
    });
    expect(messageOf(push({ resource: resource({ notify: 'ring' }, { sound: null }) }))['notifyType']).toBe(
      1,
    );
  });

  it.each([
    [{}, 'chat', { classification: 1 }],
    [{}, 'call', { classification: 1 }],
    [{}, 'marketing', { classification: 0 }],
    [{ systemMessages: false }, 'chat', { classification: 0 }],
    [{ categories: { chat: 'IM' } }, 'chat', { classification: 1, category: 'IM' }],
    [{ categories: { marketing: 'NEWS' } }, 'marketing', { classification: 0, category: 'NEWS' }],
  ] as const)('an app of %j: a %s', (settings, pushClass, expected) => {
    expect(
      messageOf(push({ resource: resource({ unknown: 1 }, { class: pushClass }) }), settings),
    ).toMatchObject(expected);
  });

  it.each([
    [{ kind: 'app' }, { skipType: 1 }],
    [
      { kind: 'url', url: 'https://a.example/x' },
      { skipType: 2, skipContent: 'https://a.example/x' },
    ],
    [
      { kind: 'intent', intent: 'intent:#Intent;end' },
      { skipType: 4, skipContent: 'intent:#Intent;end' },
    ],
  ] as const)('a tap: %j', (clickAction, expected) => {
    expect(messageOf(push({ resource: resource({}, { clickAction }) }))).toMatchObject(expected);
  });

  const url = `https://a.example/${'r'.repeat(110)}`;
  it.each([
    ['an address that fits', {}, { receiptUrl: url }, 1, { callback: url, 'callback.param': 'm1' }],
    ['one that is too long', {}, { receiptUrl: `${url}r` }, 1, undefined],
    ['a list', {}, { receiptUrl: url }, 2, undefined],
    [
      'a registered address',
      { receiptId: '7' },
      { receiptUrl: url },
      1,
      { 'callback.id': '7', 'callback.param': 'm1' },
    ],
    [
      'a list with one',
      { receiptId: '7' },
      { receiptUrl: null },
      2,
      { 'callback.id': '7', 'callback.param': 'm1' },
    ],
    ['no parameter', { receiptId: '7' }, { receiptParam: null }, 1, { 'callback.id': '7' }],
  ])('asks for a receipt: %s', (_name, settings, more, count, extra) => {
    expect(messageOf(push(), settings, { receiptParam: 'm1', ...more }, count)['extra']).toEqual(extra);
  });

  it.each([
    ['an hour', 3_600_500, {}, 3_600],
    ['less than vivo takes', 1_000, {}, 60],
    ['more than a day', 90_000_000, {}, 86_400],
    ['more than a day, by the older document', 90_000_000, { longestTtlSeconds: 604_800 }, 90_000],
  ])('lives for %s', (_name, lifeMs, settings, seconds) => {
    expect(messageOf(push({ expiresAt: now + lifeMs }), settings)['timeToLive']).toBe(seconds);
  });

  const family = '👩‍👩‍👦';
  it.each([
    ['at the limit', 'x'.repeat(40), 'y'.repeat(100), {}, 'x'.repeat(40), 'y'.repeat(100)],
    ['one over', 'x'.repeat(41), 'y'.repeat(101), {}, `${'x'.repeat(39)}…`, `${'y'.repeat(99)}…`],
    ['Chinese', '好'.repeat(41), '好'.repeat(4096), {}, `${'好'.repeat(39)}…`, `${'好'.repeat(99)}…`],
    [
      'Chinese by the older document',
      '好'.repeat(21),
      '好'.repeat(51),
      { countsWideTwice: true },
      `${'好'.repeat(19)}…`,
      `${'好'.repeat(49)}…`,
    ],
    [
      'its limit',
      '好'.repeat(20),
      '好'.repeat(50),
      { countsWideTwice: true },
      '好'.repeat(20),
      '好'.repeat(50),
    ],
    // Eight units each.
    ['joined emoji', 'x', family.repeat(13), {}, 'x', `${family.repeat(12)}…`],
    ['right to left', 'x', 'שלום '.repeat(21), {}, 'x', `${'שלום '.repeat(19)}שלום…`],
    ['no title', ' ', 'Hello', {}, 'Hello', 'Hello'],
    ['no text', 'Ann', '', {}, 'Ann', 'Ann'],
  ])('fits texts: %s', (_name, title, content, settings, expectedTitle, expectedContent) => {
    const sent = messageOf(push({ title, content }), settings);
    expect([sent['title'], sent['content']]).toEqual([expectedTitle, expectedContent]);
  });

  it.each([
    ['a payload of 1024 characters with its key', { payload: 'p'.repeat(1024 - 'payload'.length) }, null],
    ['one over', { payload: 'p'.repeat(1025 - 'payload'.length) }, 'payload-too-large'],
    ['nothing to show', { title: '', content: ' ' }, 'payload-invalid'],
    ['a silent push', { strategy: 'silent' }, 'payload-invalid'],
    ['a call as VoIP', { strategy: 'voip' }, 'payload-invalid'],
  ] as const)('%s', (_name, more, reason) => {
    const built = channel().buildRequests(push(more), tokens(2), context);
    if (reason === null) expect(built).toMatchObject([{ kind: 'request' }]);
    else
      expect(built).toMatchObject([
        { kind: 'impossible', targets: tokens(2), outcome: { kind: 'rejected', reason } },
      ]);
  });
});

describe('the vivo quota', () => {
  const operational = { name: 'operational', perDay: null, perDevicePerDay: 2 };
  it.each([
    ['a chat', {}, {}, 'chat', null],
    [
      'a chat that is counted',
      { systemPerDay: 9 },
      {},
      'chat',
      { name: 'system', perDay: 9, perDevicePerDay: null },
    ],
    ['marketing', {}, {}, 'marketing', operational],
    ['a chat without the right', { systemMessages: false }, {}, 'chat', operational],
    [
      'what the app says',
      { operationalPerDay: 7, operationalPerDevicePerDay: 5 },
      {},
      'marketing',
      { name: 'operational', perDay: 7, perDevicePerDay: 5 },
    ],
    ['a test', { testMode: true }, {}, 'marketing', null],
  ] as const)('%s', (_name, settings, options, pushClass, expected) => {
    const pushed = push({ resource: resource(options, { class: pushClass }) });
    expect(channel(settings).quotaOf(pushed)).toEqual(expected);
  });
});

describe('the vivo credential', () => {
  const file = JSON.stringify({ appKey: ' app-key ', appSecret: 'app-secret' });

  it('signs as the document does', () => {
    expect(vivoSign(10004, { appKey: 'app-key', appSecret: 'app-secret' }, 1_700_000_000_123)).toBe(
      'f219178f7d7532debe389be1e07131b3',
    );
  });

  it('exchanges a signed body', () => {
    const read = channel({ endpoint: 'https://localhost:9' }).credential.read(file);
    if (read.kind !== 'ready') throw new Error(read.fault);
    const asked = read.obtain(1_700_000_000_123);
    if (asked.kind !== 'ask') throw new Error('expected a request');
    expect(asked.request).toMatchObject({
      method: 'POST',
      origin: 'https://localhost:9',
      path: '/message/auth',
    });
    expect(bodyOf(asked)).toEqual({
      appId: 10004,
      appKey: 'app-key',
      timestamp: 1_700_000_000_123,
      sign: 'f219178f7d7532debe389be1e07131b3',
    });
  });

  const unavailable = (cause: string, retryAfterMs: number | null = null) => ({
    kind: 'unavailable',
    cause: `auth: ${cause}`,
    retryAfterMs,
  });
  it.each([
    [
      'a token',
      result(0, { authToken: 't' }),
      { kind: 'granted', credential: { authorization: 't', renewAt: now + 7_200_000 } },
    ],
    ['no token', result(0), unavailable('no authToken')],
    ['a bad key', result(10_202), { kind: 'refused', cause: 'auth: 10202' }],
    ['a bad sign', result(10_206), { kind: 'refused', cause: 'auth: 10206' }],
    [
      'a bad clock',
      result(10_207),
      { kind: 'refused', cause: 'auth: 10207 (timestamp: is the clock right?)' },
    ],
    ['too often', result(10_093), unavailable('10093')],
    ['HTTP 500', raw(500, '', { 'retry-after': '3' }), unavailable('http-500', 3_000)],
    ['nonsense', raw(200, '<html>'), unavailable('http-200')],
    ['silence', { kind: 'unknown', because: 'timeout', cause: '' } as const, unavailable('timeout')],
  ])('%s', (_name, answer, expected) => {
    expect(readVivoAuth(answer, now)).toEqual(expected);
  });

  it.each(['{}', 'secret', '[]', '{"appKey":"secret"}', '{"appKey":"secret","appSecret":" "}'])(
    'refuses %s without quoting it',
    (text) => {
      const read = channel().credential.read(text);
      expect(read.kind).toBe('fault');
      expect(JSON.stringify(read)).not.toContain('secret');
    },
  );
});

describe('vivo receipts', () => {
  const read = (body: unknown) =>
    channel().receipts?.read(
      { headers: {}, query: {}, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) },
      null,
      now,
    );
  const receipt = (token: string, status: string, vendorCode: string, more: object = {}) => ({
    token,
    param: 'm1',
    vendorId: 'task-1',
    status,
    vendorCode,
    occurredAt: null,
    ...more,
  });

  it('are a map of task id to entry', () => {
    const time = { ackTime: '1760000000001' };
    expect(
      read({
        'task-1': { param: 'm1', targets: 'a, b', ...time },
        'task-2': [{ param: 'm2', targets: ['c'], ackType: 103 }],
      }),
    ).toMatchObject({
      kind: 'receipts',
      reply: { status: 200 },
      receipts: [
        receipt('a', 'delivered', '0', { occurredAt: 1_760_000_000_001 }),
        receipt('b', 'delivered', '0', { occurredAt: 1_760_000_000_001 }),
        receipt('c', 'replaced', '103', { param: 'm2', vendorId: 'task-2' }),
      ],
    });
  });

  it('or a list of entries', () => {
    expect(read([{ taskId: 'task-1', param: 'm1', targets: ['a'], ackType: 0 }, 7, null])).toMatchObject({
      receipts: [receipt('a', 'delivered', '0')],
    });
  });

  it.each([
    [0, undefined, 'delivered'],
    [101, undefined, 'refused'],
    [103, undefined, 'replaced'],
    [104, undefined, 'refused'],
    [101, 1000, 'refused'],
    [101, 10_012, 'expired'],
    [101, 1017, 'refused'],
    [101, 1020, 'refused'],
    [104, 1040, 'refused'],
    [101, 2124, 'refused'],
    [101, 2144, 'expired'],
    [101, 2158, 'refused'],
    [101, 2161, 'refused'],
    [101, 2162, 'refused'],
    [101, 2183, 'token-unregistered'],
    [101, 11_001, 'quota-spent'],
    [101, 12_000, 'quota-spent'],
    [101, 20_001, 'token-unregistered'],
    [101, 20_002, 'token-unregistered'],
    [101, 20_006, 'muted'],
    [301, 31_003, 'token-unregistered'],
    [301, 31_004, 'token-unregistered'],
    [301, 31_005, 'muted'],
    [101, 77, 'refused'],
    [999, undefined, 'unclassified'],
  ] as const)('type %s, sub type %s', (ackType, subAckType, status) => {
    const code = subAckType === undefined ? String(ackType) : `${ackType}/${subAckType}`;
    expect(read({ 'task-1': { param: 'm1', targets: 'a', ackType, subAckType } })).toMatchObject({
      receipts: [receipt('a', status, code)],
    });
  });

  it('may lack everything but the targets', () => {
    expect(read({ 'task-1': { targets: 'a' }, 'task-2': {}, 'task-3': 5 })).toMatchObject({
      receipts: [receipt('a', 'delivered', '0', { param: null })],
    });
  });

  it.each(['', '<html>', '"a"', '7'])('are refused as %j', (body) => {
    expect(read(body)).toMatchObject({ kind: 'refused', reply: { status: 400 } });
  });
});
