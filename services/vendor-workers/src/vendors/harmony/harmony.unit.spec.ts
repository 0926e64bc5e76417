import { constants, generateKeyPairSync, verify } from 'node:crypto';
import { appSettingsSchema } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import { describe, expect, it } from 'vitest';
import type { BuiltRequest, OpenTarget, RequestContext, VendorAnswer } from '../../vendor.js';
import { notifyIdOf } from '../notify-id.js';
import { readHarmonyOutcomes } from './harmony.outcome.js';
import { harmonyVendor } from './harmony.vendor.js';

const now = 1_760_000_000_000;
const raw = (status: number, body: string, headers: Record<string, string> = {}): VendorAnswer => ({
  kind: 'answered',
  status,
  headers,
  body: Buffer.from(body),
});
const answered = (
  status: number,
  code: string,
  msg: unknown = '',
  headers: Record<string, string> = {},
): VendorAnswer => raw(status, JSON.stringify({ code, msg, requestId: '1760.r' }), headers);
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
const accepted = { kind: 'accepted', vendorId: '1760.r' };
const targetCalled = (token: string): OpenTarget => ({
  user: 'bob',
  deviceId: `d-${token}`,
  token,
  environment: 'production',
  bundle: null,
});

/** To be held next to Huawei's tables: code, the outcome that it has for every target of the request. */
const codes: readonly (readonly [string, object])[] = [
  ['80000000', accepted],
  ['80100001', rejected('payload-invalid', '80100001')],
  ['80100002', rejected('payload-invalid', '80100002')],
  ['80100003', rejected('payload-invalid', '80100003')],
  ['80100004', rejected('payload-invalid', '80100004')],
  ['80100013', rejected('payload-invalid', '80100013')],
  ['80100016', rejected('category-refused', '80100016')],
  ['80100017', deferred('throttled', '80100017')],
  ['80100018', rejected('payload-invalid', '80100018')],
  ['80100022', rejected('payload-invalid', '80100022')],
  ['80200001', deferred('credential-expired', '80200001')],
  ['80200003', deferred('credential-expired', '80200003')],
  ['80200005', deferred('credential-expired', '80200005')],
  ['80200006', deferred('credential-refused', '80200006')],
  ['80300002', deferred('credential-refused', '80300002')],
  ['80300007', rejected('token-wrong-app', '80300007')],
  ['80300008', rejected('payload-too-large', '80300008')],
  ['80300010', rejected('payload-invalid', '80300010')],
  ['80300011', rejected('category-refused', '80300011')],
  ['80300013', deferred('credential-refused', '80300013')],
  ['80300029', deferred('quota-spent', 'test: 80300029')],
  ['80300030', rejected('payload-invalid', '80300030')],
  ['80300036', deferred('credential-refused', '80300036')],
  ['80300037', deferred('credential-refused', '80300037')],
  ['80600003', deferred('vendor-unavailable', '80600003')],
  ['81000001', deferred('vendor-unavailable', '81000001')],
  ['82000001', rejected('payload-invalid', '82000001')],
  ['82000002', rejected('payload-invalid', '82000002')],
  ['82000003', rejected('payload-invalid', '82000003')],
  ['82000004', rejected('payload-invalid', '82000004')],
  ['82000005', rejected('payload-invalid', '82000005')],
  ['82000006', rejected('payload-invalid', '82000006')],
  ['82000007', rejected('payload-invalid', '82000007')],
  ['82000008', rejected('payload-invalid', '82000008')],
  ['82000009', rejected('payload-invalid', '82000009')],
  ['82000010', rejected('payload-invalid', '82000010')],
  ['82000011', rejected('payload-invalid', '82000011')],
  ['82000012', deferred('credential-refused', '82000012')],
  ['82000013', deferred('credential-refused', '82000013')],
  ['89999999', rejected('unclassified', '89999999')],
];
const hint = { 'retry-after': '2' };
const rows: readonly (readonly [string, VendorAnswer, object])[] = [
  ['a code as a number', raw(200, '{"code":80300008}'), rejected('payload-too-large', '80300008')],
  ['no request id', raw(200, '{"code":"80000000"}'), { kind: 'accepted', vendorId: null }],
  ['a code wins over its status', answered(503, '80000000'), accepted],
  ['an unknown code with 5xx', answered(500, '89999999'), deferred('vendor-unavailable', '89999999')],
  ['400 without a code', raw(400, ''), rejected('unclassified', 'http-400')],
  ['401 without a code', raw(401, ''), deferred('credential-expired', 'http-401')],
  ['403 a page', raw(403, '<html>'), deferred('credential-refused', 'http-403')],
  ['404 a page', raw(404, '<html>'), deferred('credential-refused', 'http-404')],
  ['429', raw(429, ''), deferred('throttled', 'http-429')],
  ['500', raw(500, ''), deferred('vendor-unavailable', 'http-500')],
  ['502 a page', raw(502, '<html>Bad gateway'), deferred('vendor-unavailable', 'http-502')],
  ['503 without a hint', raw(503, ''), deferred('throttled', 'http-503')],
  ['503 with a hint', raw(503, '', hint), deferred('throttled', 'http-503', 2_000)],
  [
    '503 with a date',
    raw(503, '', { 'retry-after': new Date(now + 4_000).toUTCString() }),
    deferred('throttled', 'http-503', 4_000),
  ],
  ['a code with a hint', answered(200, '80100017', '', hint), deferred('throttled', '80100017', 2_000)],
  ['504', raw(504, ''), deferred('vendor-unavailable', 'http-504')],
  ['200 a page', raw(200, '<html>Please log in'), deferred('no-answer', 'http-200-without-code')],
  ['200 another JSON', raw(200, '[1,null]'), deferred('no-answer', 'http-200-without-code')],
  ['418', raw(418, 'teapot'), rejected('unclassified', 'http-418')],
  ['a cut', { kind: 'unknown', because: 'cut', cause: '' }, deferred('no-answer', 'cut')],
  ['a timeout', { kind: 'unknown', because: 'timeout', cause: '' }, deferred('no-answer', 'timeout')],
  ['cut before', { kind: 'not-sent', because: 'cut', cause: '' }, deferred('not-sent', 'cut')],
  [
    'no connection',
    { kind: 'not-sent', because: 'unreachable', cause: '' },
    deferred('vendor-unavailable', 'unreachable'),
  ],
];
const reasons: readonly (readonly [string, (vendorCode: string) => object])[] = [
  ['tokenFormatError', (code) => rejected('token-malformed', code)],
  ['tokenPlatformNotSupport', (code) => rejected('token-wrong-app', code)],
  ['noRight', (code) => rejected('token-wrong-app', code)],
  ['noPushTypeRight', (code) => rejected('category-refused', code)],
  ['notSupportPlayVoice', (code) => rejected('category-refused', code)],
  ['noRightToSendThisLiveNotificationEvent', (code) => rejected('category-refused', code)],
  ['differentImgVerifyPolicy', (code) => rejected('category-refused', code)],
  ['countryNotSupport', (code) => rejected('category-refused', code)],
  ['atomicUnableSendUnsubscribedMsg', (code) => rejected('recipient-muted', code)],
  ['appinfoError', (code) => deferred('credential-refused', code)],
  ['disableSendHuaweiMsgBecauseOfPenalty', (code) => deferred('credential-refused', code)],
  ['newReason', (code) => rejected('unclassified', code)],
];

describe('HarmonyOS answers', () => {
  const pair = [targetCalled('a'), targetCalled('b')];

  it.each(codes)('%s', (code, outcome) => {
    expect(readHarmonyOutcomes(pair, answered(200, code), now)).toEqual([outcome, outcome]);
  });

  it.each(rows)('%s', (_name, answer, outcome) => {
    expect(readHarmonyOutcomes([targetCalled('a')], answer, now)).toEqual([outcome]);
  });

  it.each(reasons)('partly: %s', (reason, outcome) => {
    const detail = { success: 1, failure: 1, illegalTokens: { [reason]: ['b', 'stranger'] } };
    for (const msg of [detail, JSON.stringify(detail)])
      expect(readHarmonyOutcomes(pair, answered(200, '80100000', msg), now)).toEqual([
        accepted,
        outcome(`80100000/${reason}`),
      ]);
  });

  it('partly, for several reasons', () => {
    const illegalTokens = { tokenFormatError: ['c'], noRight: ['a'] };
    const three = [...pair, targetCalled('c')];
    expect(readHarmonyOutcomes(three, answered(200, '80100000', { illegalTokens }), now)).toEqual([
      rejected('token-wrong-app', '80100000/noRight'),
      accepted,
      rejected('token-malformed', '80100000/tokenFormatError'),
    ]);
  });

  it('partly, without a list that can be read: nothing is guessed', () => {
    const unclassified = rejected('unclassified', '80100000 without illegalTokens');
    for (const msg of ['', 'Check Parameter Partial Success.', {}, { illegalTokens: ['b'] }])
      expect(readHarmonyOutcomes(pair, answered(200, '80100000', msg), now)).toEqual([
        unclassified,
        unclassified,
      ]);
  });

  it('no valid token, with reasons: the reasons decide', () => {
    const illegalTokens = { tokenFormatError: ['a'] };
    expect(readHarmonyOutcomes(pair, answered(400, '80300007', { illegalTokens }), now)).toEqual([
      rejected('token-malformed', '80300007/tokenFormatError'),
      rejected('token-wrong-app', '80300007'),
    ]);
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
  expiresAt: now + 60_500,
  ...more,
});
const resource = (more: Partial<NonNullable<PushNotification['resource']>>) => ({
  resource: { resourcesId: 'r', revision: 1, class: 'chat' as const, options: {}, ...more },
});
const context: RequestContext = {
  messageId: 'm1',
  credential: { authorization: 'Bearer a', renewAt: 0, generation: 0 },
  now,
  isUrgent: false,
  traceparentOf: () => null,
  receiptUrl: null,
  receiptParam: null,
  requestKeyOf: (index) => `key-${index}`,
  nonce: () => 'nonce',
};
function channel(more: object = {}) {
  const app = appSettingsSchema.parse({
    app: 'shop',
    vendors: { harmony: { credential: 'file:/k.json', projectId: '202', ...more } },
  });
  const found = harmonyVendor.channelOf(app);
  if (found === null) throw new Error('no channel');
  return found;
}
function built(
  pushed: PushNotification,
  more: object = {},
  over: Partial<RequestContext> = {},
  targets: readonly OpenTarget[] = [targetCalled('tok')],
): BuiltRequest {
  const first = channel(more).buildRequests(pushed, targets, { ...context, ...over })[0];
  if (first?.kind !== 'request') throw new Error('no request');
  return first;
}
interface Sent {
  readonly payload: { readonly notification?: Record<string, unknown>; readonly extraData?: string };
  readonly target: { readonly token: string[] };
  readonly pushOptions: Record<string, unknown>;
}
const textOf = ({ request }: BuiltRequest) => Buffer.from(request.body).toString();
const sentIn = (request: BuiltRequest) => JSON.parse(textOf(request)) as Sent;
const shownOf = (request: BuiltRequest) => sentIn(request).payload.notification ?? {};

describe('HarmonyOS requests', () => {
  it('shows a notification whose notify id is the collapse key', () => {
    const alert = built(push(), {}, { receiptParam: 'm1.x' });
    expect(alert.request).toMatchObject({
      method: 'POST',
      origin: 'https://push-api.cloud.huawei.com',
      path: '/v3/202/messages:send',
      headers: { authorization: 'Bearer a', 'push-type': '0' },
    });
    expect(sentIn(alert)).toEqual({
      payload: {
        notification: {
          category: 'IM',
          title: 'Ann',
          body: 'Hello',
          clickAction: { actionType: 0, data: { payload: 'p' } },
          notifyId: notifyIdOf('m1'),
          appMessageId: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
          foregroundShow: true,
        },
      },
      target: { token: ['tok'] },
      pushOptions: { ttl: 60, biTag: 'm1.x' },
    });
  });

  it('a repeat has the same app message id, and another message another', () => {
    const idOf = (more: Partial<PushNotification>, over: Partial<RequestContext> = {}) =>
      shownOf(built(push(more), {}, over))['appMessageId'];
    expect(idOf({ expiresAt: now + 5_000 }, { now: now + 1_000 })).toBe(idOf({}));
    expect(idOf({}, { messageId: 'm2' })).not.toBe(idOf({}));
    expect(idOf({ content: 'withdrawn' })).not.toBe(idOf({}));
  });

  it('hands over in the background, and calls in a type of their own', () => {
    const silent = built(push({ strategy: 'silent' }));
    expect(silent.request.headers['push-type']).toBe('6');
    expect(sentIn(silent)).toEqual({
      payload: { extraData: JSON.stringify({ payload: 'p', tag: 'm1' }) },
      target: { token: ['tok'] },
      pushOptions: { ttl: 60 },
    });
    const call = built(push({ strategy: 'voip' }));
    expect(call.request.headers['push-type']).toBe('10');
    expect(sentIn(call).payload).toEqual({
      extraData: JSON.stringify({ title: 'Ann', body: 'Hello', payload: 'p', tag: 'm1' }),
    });
  });

  it('every class has its category', () => {
    const categoryOf = (more: object, settings = {}) =>
      shownOf(built(push(resource(more)), settings))['category'];
    expect(categoryOf({ class: 'call' })).toBe('VOIP');
    expect(categoryOf({ class: 'chat' })).toBe('IM');
    expect(categoryOf({ class: 'marketing' })).toBe('MARKETING');
    expect(categoryOf({ class: 'service', options: { category: 'EXPRESS' } })).toBe('EXPRESS');
    expect(categoryOf({ class: 'chat' }, { category: 'WORK' })).toBe('WORK');
  });

  it('a strategy chooses sound and what is kept', () => {
    const options = { sound: 'bell.mp3', foregroundShow: false, collapseKey: 7 };
    const request = built(push(resource({ options })), { sound: 'app.mp3' });
    expect(shownOf(request)).toMatchObject({ sound: 'bell.mp3', foregroundShow: false });
    expect(sentIn(request).pushOptions).toMatchObject({ collapseKey: 7 });
    expect(shownOf(built(push(resource({ sound: 'other.mp3' })), { sound: 'app.mp3' }))['sound']).toBe(
      'other.mp3',
    );
    expect(shownOf(built(push(), { sound: 'app.mp3' }))['sound']).toBe('app.mp3');
    for (const sound of [null, 'default'])
      expect(shownOf(built(push(resource({ sound })), { sound: 'app.mp3' }))['sound']).toBeUndefined();
  });

  it('a tap opens the app, a page of it, or hands over a page to open', () => {
    const click = (clickAction: object) =>
      shownOf(built(push({ payload: '', ...resource({ clickAction } as never) })))['clickAction'];
    expect(click({ kind: 'app' })).toEqual({ actionType: 0 });
    expect(click({ kind: 'url', url: 'https://shop.example/' })).toEqual({
      actionType: 0,
      data: { clickUrl: 'https://shop.example/' },
    });
    expect(click({ kind: 'intent', intent: 'shop://orders' })).toEqual({
      actionType: 1,
      uri: 'shop://orders',
    });
    expect(click({ kind: 'intent', intent: 'org.shop.open' })).toEqual({
      actionType: 1,
      action: 'org.shop.open',
    });
  });

  it('counts on the icon', () => {
    const badge = (more: object) => shownOf(built(push(more)))['badge'];
    expect(badge({ badge: 7, badgeIncrement: 2 })).toEqual({ setNum: 7 });
    expect(badge({ badge: 0 })).toEqual({ setNum: 0 });
    expect(badge({ badge: 500 })).toEqual({ setNum: 99 });
    expect(badge({ badgeIncrement: 2 })).toEqual({ addNum: 2 });
    expect(badge({})).toBeUndefined();
  });

  it('says what is a test and which receipt address to call', () => {
    const { pushOptions } = sentIn(built(push(), { testing: true, receiptId: 'rcp9' }));
    expect(pushOptions).toMatchObject({ testMessage: true, receiptId: 'rcp9' });
  });

  it('puts every target in one request, each token once, a thousand at most, ten of a test', () => {
    const twice = [targetCalled('a'), targetCalled('b'), { ...targetCalled('a'), user: 'eve' }];
    const one = built(push(), {}, { traceparentOf: (index) => `trace-${index}` }, twice);
    expect(one.targets).toEqual(twice);
    expect(sentIn(one).target.token).toEqual(['a', 'b']);
    const many = Array.from({ length: 1001 }, (_, index) => targetCalled(`t${index}`));
    const sizes = (settings: object, targets: readonly OpenTarget[]) =>
      channel(settings)
        .buildRequests(push(), targets, { ...context, traceparentOf: (index) => `trace-${index}` })
        .map((request) => [
          request.targets.length,
          request.kind === 'request' && request.request.headers['traceparent'],
        ]);
    expect(sizes({}, many)).toEqual([
      [1000, 'trace-0'],
      [1, 'trace-1000'],
    ]);
    expect(sizes({ testing: true }, many.slice(0, 11))).toEqual([
      [10, 'trace-0'],
      [1, 'trace-10'],
    ]);
  });

  it('a time to live is at most 15 days and at least a second', () => {
    const ttl = (expiresAt: number) => sentIn(built(push({ expiresAt }))).pushOptions['ttl'];
    expect(ttl(now + 1e10)).toBe(1_296_000);
    expect(ttl(now + 10)).toBe(1);
  });

  it('takes a strategy section that it cannot read for none', () => {
    expect(shownOf(built(push(resource({ options: { category: 'NEW' } }))))['category']).toBe('IM');
  });

  it('another request of the same delivery is never made', () => {
    expect(channel().nextRequest(built(push()), answered(503, ''))).toBeNull();
    expect(channel().endsConnection(answered(503, ''))).toBe(false);
    expect(channel().feedback).toBeNull();
    expect(harmonyVendor.channelOf(appSettingsSchema.parse({ app: 'shop' }))).toBeNull();
  });
});

describe('what is counted', () => {
  const quota = (more: object, settings = {}) => channel(settings).quotaOf(push(more));

  it('marketing', () => {
    const marketing = { name: 'marketing', perDay: null, perDevicePerDay: 2 };
    expect(quota(resource({ class: 'marketing' }))).toEqual(marketing);
    expect(quota({}, { category: 'MARKETING', marketingPerDevicePerDay: 5 })).toEqual({
      ...marketing,
      perDevicePerDay: 5,
    });
  });

  it('no chat, no call, nothing silent', () => {
    expect(quota({})).toBeNull();
    expect(quota(resource({ class: 'call' }))).toBeNull();
    expect(quota({ strategy: 'silent', ...resource({ class: 'marketing' }) })).toBeNull();
    expect(quota({ strategy: 'voip' })).toBeNull();
  });

  it('every test message', () => {
    expect(quota({}, { testing: true })).toEqual({ name: 'test', perDay: 1000, perDevicePerDay: null });
  });
});

describe('HarmonyOS sizes', () => {
  /** The body without the tokens. */
  const counted = (request: BuiltRequest) =>
    Buffer.byteLength(textOf(request)) - Buffer.byteLength(JSON.stringify(sentIn(request).target.token)) + 2;
  const empty = counted(built(push({ payload: '' })));

  it.each([4096 - empty, 4096 - empty - 1])('fits a text of the last %s bytes whole', (length) => {
    const content = 'Hello'.padEnd(length + 'Hello'.length, '.');
    const request = built(push({ payload: '', content }));
    expect(shownOf(request)['body']).toBe(content);
    expect(counted(request)).toBeLessThanOrEqual(4096);
  });

  it('cuts one byte over', () => {
    const content = 'Hello'.padEnd(4096 - empty + 1 + 'Hello'.length, '.');
    const request = built(push({ payload: '', content }));
    expect(shownOf(request)['body']).toMatch(/^Hello\.+…$/);
    expect(counted(request)).toBeLessThanOrEqual(4096);
  });

  const kinds = [
    ['Chinese', '你好世界', 4],
    ['emoji with joiners', '👩‍👩‍👧‍👦', 1],
    ['flags', '🇩🇪', 1],
    ['right to left', 'مرحبا', 5],
    ['quotes', '"', 1],
  ] as const;
  it.each(kinds)('never cuts inside a character: %s', (_name, unit, characters) => {
    for (const strategy of ['alert', 'voip'] as const) {
      const request = built(push({ strategy, content: unit.repeat(2100) }));
      expect(counted(request)).toBeLessThanOrEqual(4096);
      expect(counted(request)).toBeGreaterThan(4000);
      const { extraData } = sentIn(request).payload;
      const handed = JSON.parse(extraData ?? '{}') as { body?: string };
      const body = handed.body ?? String(shownOf(request)['body']);
      const segmenter = new Intl.Segmenter('und');
      const kept = [...segmenter.segment(body.replace(/…$/, ''))].map(({ segment }) => segment);
      const whole = [...segmenter.segment(unit)].map(({ segment }) => segment);
      expect(whole).toHaveLength(characters);
      expect(kept.every((segment, index) => segment === whole[index % characters])).toBe(true);
    }
  });

  it('a payload alone may be too large', () => {
    const outcome = rejected('payload-too-large', 'not sent');
    for (const strategy of ['alert', 'silent', 'voip'] as const) {
      const targets = [targetCalled('a'), targetCalled('b')];
      const pushed = push({ strategy, payload: 'x'.repeat(4096) });
      expect(channel().buildRequests(pushed, targets, context)).toEqual([
        { kind: 'impossible', targets, outcome },
      ]);
    }
  });
});

describe('HarmonyOS credentials', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = {
    project_id: '202',
    key_id: 'k1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    sub_account: 's1',
  };

  it('signs a JWT, an hour long', () => {
    const read = channel().credential.read(JSON.stringify(account));
    if (read.kind !== 'ready') throw new Error(read.fault);
    const signed = read.obtain(now);
    if (signed.kind !== 'signed') throw new Error('asked');
    expect(signed.credential.renewAt).toBe(now + 3_300_000);
    const [header = '', claims = '', signature = ''] = signed.credential.authorization
      .replace('Bearer ', '')
      .split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      kid: 'k1',
      typ: 'JWT',
      alg: 'PS256',
    });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      iss: 's1',
      aud: 'https://oauth-login.cloud.huawei.com/oauth2/v3/token',
      iat: now / 1000,
      exp: now / 1000 + 3600,
    });
    const isGood = verify(
      'sha256',
      Buffer.from(`${header}.${claims}`),
      { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
      Buffer.from(signature, 'base64url'),
    );
    expect(isGood).toBe(true);
  });

  it.each([
    'not JSON',
    '{"client_id":"101","client_secret":"s"}',
    JSON.stringify({ ...account, private_key: 'SECRET-SENTENCE' }),
    JSON.stringify({ ...account, key_id: undefined }),
  ])('names the fault of a file and quotes nothing of it', (text) => {
    const read = channel().credential.read(text);
    expect(read).toMatchObject({ kind: 'fault', fault: expect.stringContaining('service account') });
    expect(JSON.stringify(read)).not.toContain('SECRET-SENTENCE');
  });
});

describe('HarmonyOS receipts', () => {
  const ok = { status: 200, contentType: 'application/json', body: '{"code":"0","message":"success"}' };
  const read = (
    body: unknown,
    headers: Record<string, string> = {},
    settings = {},
    key: string | null = null,
  ) => {
    const recipe = channel(settings).receipts;
    if (recipe === null) throw new Error('no receipts');
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return recipe.read({ headers, query: {}, body: Buffer.from(text) }, key, now);
  };
  const status = (result: number, name = 'deliveryStatus') => ({
    statuses: [
      {
        token: 'tok',
        pushType: 0,
        appPackageName: 'org.shop',
        biTag: 'm1.x',
        requestId: 'r',
        [name]: { result, timestamp: now - 5 },
      },
    ],
  });

  it('reads what became of a message', () => {
    const receipt = {
      token: 'tok',
      param: 'm1.x',
      vendorId: 'r',
      status: 'delivered',
      vendorCode: '0',
      occurredAt: now - 5,
    };
    for (const body of [status(0), status(0, 'formStatus')])
      expect(read(body)).toEqual({ kind: 'receipts', receipts: [receipt], reply: ok });
  });

  it.each([
    [0, 'delivered'],
    [2, 'token-unregistered'],
    [5, 'token-unregistered'],
    [6, 'muted'],
    [10, 'muted'],
    [14, 'refused'],
    [15, 'replaced'],
    [22, 'refused'],
    [27, 'muted'],
    [31, 'refused'],
    [51, 'muted'],
    [102, 'quota-spent'],
    [144, 'refused'],
    [151, 'refused'],
    [155, 'refused'],
    [156, 'refused'],
    [158, 'refused'],
    [188, 'refused'],
    [191, 'refused'],
    [201, 'quota-spent'],
    [256, 'quota-spent'],
    [259, 'refused'],
    [261, 'refused'],
    [262, 'refused'],
    [264, 'refused'],
    [265, 'refused'],
    [268, 'refused'],
    [269, 'refused'],
    [999, 'unclassified'],
  ])('result %s is %s', (code, meaning) => {
    expect(read(status(code))).toMatchObject({ receipts: [{ status: meaning, vendorCode: String(code) }] });
  });

  it('leaves out what names no token or no result, and refuses what is no list', () => {
    expect(read({ statuses: [{}, null, 7, { token: 'a' }] })).toMatchObject({ receipts: [] });
    for (const nonsense of ['', '<html>', 'null', '{}', '{"statuses":7}', '[]'])
      expect(read(nonsense)).toMatchObject({ kind: 'refused', reply: { status: 400 } });
  });

  const settings = { receiptSignature: { userName: 'push-user', key: 'file:/receipt.key' } };
  const nonce = '7b5a9b2c-0f4f-4f6e-9a70-0d6a9a4a6f11';
  const header = (value: string, timestamp = now) => ({
    'x-huawei-callback-id': `timestamp=${timestamp}; nonce=${nonce}; value=${value}`,
  });
  // Both made by `openssl dgst -sha256 -hmac`.
  const olderKey = 'old-style key';
  const older = 'OGtAwzYQ6S0ZKG+vL+t9w2ELcDPynE6BNZJChhzQedk=';
  const newerKey = 'AAECAwQFBgcICQoLDA0ODw==';
  const newer = 'fwbBwUKfyyYhJj7q6mRPeLfrPXCze4Ye4q7fYkEWnd8=';

  it('takes signatures of older and newer keys', () => {
    for (const [value, key] of [
      [older, olderKey],
      [newer, `${newerKey}\n`],
    ] as const)
      expect(read(status(0), header(value), settings, key)).toMatchObject({ kind: 'receipts', reply: ok });
    expect(channel(settings).receipts?.keyReference).toBe('file:/receipt.key');
    expect(channel().receipts?.keyReference).toBeNull();
  });

  it.each([
    ['another value', header(newer), olderKey],
    ['no value', { 'x-huawei-callback-id': `timestamp=${now}; nonce=${nonce}` }, olderKey],
    ['nonsense', { 'x-huawei-callback-id': 'hello' }, olderKey],
    ['an old one', header(older, now - 300_001), olderKey],
    ['one of tomorrow', header(older, now + 300_001), olderKey],
    ['a key that is not there', header(older), null],
  ])('refuses a signature: %s', (_name, headers, key) => {
    expect(read(status(0), headers, settings, key)).toMatchObject({
      kind: 'refused',
      reply: { status: 401 },
    });
  });

  it("answers the console's unsigned test kindly, and believes nothing of it", () => {
    expect(read(status(0), {}, settings, olderKey)).toEqual({
      kind: 'refused',
      cause: 'unsigned',
      reply: ok,
    });
  });
});
