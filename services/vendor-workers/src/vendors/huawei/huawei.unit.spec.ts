import { constants, generateKeyPairSync, verify } from 'node:crypto';
import { appSettingsSchema } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import { describe, expect, it } from 'vitest';
import type { BuiltRequest, OpenTarget, RequestContext, VendorAnswer } from '../../vendor.js';
import { notifyIdOf } from '../notify-id.js';
import { readTokenAnswer } from './huawei.credential.js';
import { readHuaweiOutcomes } from './huawei.outcome.js';
import { huaweiVendor } from './huawei.vendor.js';

const now = 1_760_000_000_000;
const raw = (status: number, body: string, headers: Record<string, string> = {}): VendorAnswer => ({
  kind: 'answered',
  status,
  headers,
  body: Buffer.from(body),
});
const huawei = (status: number, code: string, msg = '', headers: Record<string, string> = {}): VendorAnswer =>
  raw(status, JSON.stringify({ code, msg, requestId: '1760.r' }), headers);
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

/** To be held next to Huawei's tables: code, the reason that it has for every target of the request. */
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
  ['a code wins over its status', huawei(503, '80000000'), accepted],
  ['an unknown code with 5xx', huawei(500, '89999999'), deferred('vendor-unavailable', '89999999')],
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
  ['a code with a hint', huawei(200, '80100017', '', hint), deferred('throttled', '80100017', 2_000)],
  ['504', raw(504, ''), deferred('vendor-unavailable', 'http-504')],
  ['200 a page', raw(200, '<html>Please log in'), deferred('no-answer', 'http-200-without-code')],
  ['200 another JSON', raw(200, '[1,null]'), deferred('no-answer', 'http-200-without-code')],
  ['200 a null', raw(200, 'null'), deferred('no-answer', 'http-200-without-code')],
  ['418', raw(418, 'teapot'), rejected('unclassified', 'http-418')],
  ['NSP_STATUS 6', raw(200, '', { nsp_status: '6' }), deferred('credential-expired', 'nsp-status-6')],
  ['NSP_STATUS 102', raw(401, '', { nsp_status: '102' }), deferred('credential-expired', 'nsp-status-102')],
  ['a cut', { kind: 'unknown', because: 'cut', cause: '' }, deferred('no-answer', 'cut')],
  ['a timeout', { kind: 'unknown', because: 'timeout', cause: '' }, deferred('no-answer', 'timeout')],
  ['cut before', { kind: 'not-sent', because: 'cut', cause: '' }, deferred('not-sent', 'cut')],
  [
    'no connection',
    { kind: 'not-sent', because: 'unreachable', cause: '' },
    deferred('vendor-unavailable', 'unreachable'),
  ],
];

describe('Huawei answers', () => {
  const pair = [targetCalled('a'), targetCalled('b')];

  it.each(codes)('%s', (code, outcome) => {
    expect(readHuaweiOutcomes(pair, huawei(200, code), now)).toEqual([outcome, outcome]);
  });

  it.each(rows)('%s', (_name, answer, outcome) => {
    expect(readHuaweiOutcomes([targetCalled('a')], answer, now)).toEqual([outcome]);
  });

  it('partly: the listed tokens are dead, the others have it', () => {
    const msg = '{"success":2,"failure":1,"illegal_tokens":["b","stranger"]}';
    const three = [...pair, targetCalled('c')];
    expect(readHuaweiOutcomes(three, huawei(200, '80100000', msg), now)).toEqual([
      accepted,
      rejected('token-unregistered', '80100000'),
      accepted,
    ]);
  });

  it('partly, without a list that can be read: nothing is guessed', () => {
    const unclassified = rejected('unclassified', '80100000 without illegal_tokens');
    for (const msg of ['', 'Check Parameter Partial Success.', '{"success":1}', '{"illegal_tokens":"b"}'])
      expect(readHuaweiOutcomes(pair, huawei(200, '80100000', msg), now)).toEqual([
        unclassified,
        unclassified,
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
    vendors: { huawei: { credential: 'file:/k.json', appId: '101', ...more } },
  });
  const found = huaweiVendor.channelOf(app);
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
  readonly token: string[];
  readonly data?: string;
  readonly android: Record<string, unknown> & { readonly notification?: Record<string, unknown> };
}
const textOf = ({ request }: BuiltRequest) => Buffer.from(request.body).toString();
const messageOf = (request: BuiltRequest) => (JSON.parse(textOf(request)) as { message: Sent }).message;
const shownOf = (request: BuiltRequest) => messageOf(request).android.notification ?? {};

describe('Huawei requests', () => {
  it('shows a notification whose notify id is the collapse key', () => {
    const alert = built(push(), {}, { receiptParam: 'm1.x' });
    expect(alert.request).toMatchObject({
      method: 'POST',
      origin: 'https://push-api.cloud.huawei.com',
      path: '/v1/101/messages:send',
      headers: { authorization: 'Bearer a', 'content-type': 'application/json; charset=UTF-8' },
    });
    expect(JSON.parse(textOf(alert))).toEqual({
      validate_only: false,
      message: {
        token: ['tok'],
        data: 'p',
        android: {
          urgency: 'HIGH',
          ttl: '60s',
          category: 'IM',
          bi_tag: 'm1.x',
          notification: {
            title: 'Ann',
            body: 'Hello',
            click_action: { type: 3 },
            notify_id: notifyIdOf('m1'),
            foreground_show: true,
            default_sound: true,
          },
        },
      },
    });
    expect(shownOf(built(push({ title: 'other', content: 'repeat' })))['notify_id']).toBe(notifyIdOf('m1'));
  });

  it('v2 names the project', () => {
    const { request } = built(push(), { api: 'v2', projectId: '202' });
    expect(request.path).toBe('/v2/202/messages:send');
  });

  it('hands a silent push over as data, never with high urgency unless the app has the right', () => {
    const silent = push({ strategy: 'silent' });
    expect(messageOf(built(silent))).toEqual({
      token: ['tok'],
      data: JSON.stringify({ payload: 'p', tag: 'm1' }),
      android: { urgency: 'NORMAL', ttl: '60s', category: 'IM' },
    });
    expect(messageOf(built(silent, { highPriorityData: true })).android['urgency']).toBe('HIGH');
  });

  it('every class has its category', () => {
    const categoryOf = (more: object, settings = {}) =>
      messageOf(built(push(resource(more)), settings)).android['category'];
    expect(categoryOf({ class: 'call' })).toBe('VOIP');
    expect(categoryOf({ class: 'chat' })).toBe('IM');
    expect(categoryOf({ class: 'marketing' })).toBe('MARKETING');
    expect(categoryOf({ class: 'service', options: { category: 'EXPRESS' } })).toBe('EXPRESS');
    expect(categoryOf({ class: 'chat' }, { category: null })).toBeUndefined();
    expect(categoryOf({ class: 'call' }, { category: null })).toBe('VOIP');
  });

  it('a strategy chooses channel, sound, click and urgency', () => {
    const options = {
      channelId: 'orders',
      importance: 'LOW',
      sound: 'bell',
      foregroundShow: false,
      collapseKey: 7,
    };
    const request = built(push(resource({ priority: 'normal', options })), { channelId: 'chat' });
    expect(messageOf(request).android).toMatchObject({ urgency: 'NORMAL', collapse_key: 7 });
    expect(shownOf(request)).toMatchObject({
      channel_id: 'orders',
      importance: 'LOW',
      default_sound: false,
      sound: '/raw/bell',
      foreground_show: false,
    });
    expect(messageOf(built(push(resource({ class: 'call', priority: 'normal' })))).android['urgency']).toBe(
      'HIGH',
    );
  });

  it('null is silence, whoever says it', () => {
    for (const [more, settings] of [
      [resource({ sound: null }), {}],
      [resource({ options: { sound: null } }), {}],
      [{}, { sound: null }],
    ] as const)
      expect(shownOf(built(push(more), settings))['default_sound']).toBe(false);
    expect(shownOf(built(push(resource({ sound: 'default' })), { sound: null }))['default_sound']).toBe(true);
  });

  it('a tap opens the app, a page, an intent or an action', () => {
    const click = (clickAction: object) =>
      shownOf(built(push(resource({ clickAction } as never))))['click_action'];
    expect(click({ kind: 'app' })).toEqual({ type: 3 });
    expect(click({ kind: 'url', url: 'https://shop.example/' })).toEqual({
      type: 2,
      url: 'https://shop.example/',
    });
    expect(click({ kind: 'intent', intent: 'intent://x#Intent;end' })).toEqual({
      type: 1,
      intent: 'intent://x#Intent;end',
    });
    expect(click({ kind: 'intent', intent: 'org.shop.OPEN' })).toEqual({ type: 1, action: 'org.shop.OPEN' });
  });

  it('counts on the icon only where the start activity is known', () => {
    const badge = (more: object, settings: object = { badgeClass: 'org.shop.Main' }) =>
      shownOf(built(push(more), settings))['badge'];
    expect(badge({ badge: 7, badgeIncrement: 2 })).toEqual({ class: 'org.shop.Main', set_num: 7 });
    expect(badge({ badge: 0 })).toEqual({ class: 'org.shop.Main', set_num: 0 });
    expect(badge({ badge: 500 })).toEqual({ class: 'org.shop.Main', set_num: 99 });
    expect(badge({ badgeIncrement: 2 })).toEqual({ class: 'org.shop.Main', add_num: 2 });
    expect(badge({})).toBeUndefined();
    expect(badge({ badge: 7 }, {})).toBeUndefined();
  });

  it('says whom to test and which receipt address to call', () => {
    const { android } = messageOf(built(push(), { testing: true, receiptId: 'rcp9' }));
    expect(android).toMatchObject({ target_user_type: 1, receipt_id: 'rcp9' });
  });

  it('puts every target in one request, each token once, and a thousand at most', () => {
    const twice = [targetCalled('a'), targetCalled('b'), { ...targetCalled('a'), user: 'eve' }];
    const one = built(push(), {}, { traceparentOf: (index) => `trace-${index}` }, twice);
    expect(one.targets).toEqual(twice);
    expect(messageOf(one).token).toEqual(['a', 'b']);
    expect(one.request.headers['traceparent']).toBe('trace-0');
    const many = Array.from({ length: 1001 }, (_, index) => targetCalled(`t${index}`));
    const requests = channel().buildRequests(push(), many, {
      ...context,
      traceparentOf: (index) => `trace-${index}`,
    }) as readonly BuiltRequest[];
    expect(requests.map(({ targets }) => targets.length)).toEqual([1000, 1]);
    expect(requests[1]?.request.headers['traceparent']).toBe('trace-1000');
  });

  it('a time to live is at most 15 days and at least a second', () => {
    const ttl = (expiresAt: number) => messageOf(built(push({ expiresAt }))).android['ttl'];
    expect(ttl(now + 1e10)).toBe('1296000s');
    expect(ttl(now + 10)).toBe('1s');
  });

  it('takes a strategy section that it cannot read for none', () => {
    expect(messageOf(built(push(resource({ options: { category: 'NEW' } })))).android['category']).toBe('IM');
  });

  it('another request of the same delivery is never made', () => {
    expect(channel().nextRequest(built(push()), huawei(503, ''))).toBeNull();
    expect(channel().endsConnection(huawei(503, ''))).toBe(false);
    expect(channel().feedback).toBeNull();
    expect(huaweiVendor.channelOf(appSettingsSchema.parse({ app: 'shop' }))).toBeNull();
  });
});

describe('what Huawei counts', () => {
  const quota = (more: object, settings = {}) => channel(settings).quotaOf(push(more));

  it('marketing, and what has no category', () => {
    const marketing = { name: 'marketing', perDay: null, perDevicePerDay: 2 };
    expect(quota(resource({ class: 'marketing' }))).toEqual(marketing);
    expect(quota({}, { category: null, marketingPerDevicePerDay: 5 })).toEqual({
      ...marketing,
      perDevicePerDay: 5,
    });
  });

  it('no chat, no call, nothing silent', () => {
    expect(quota({})).toBeNull();
    expect(quota(resource({ class: 'call' }), { category: null })).toBeNull();
    expect(quota({ strategy: 'silent' }, { category: null })).toBeNull();
  });

  it('everything that goes to test users', () => {
    expect(quota({}, { testing: true })).toEqual({ name: 'test', perDay: 500, perDevicePerDay: null });
  });
});

describe('Huawei sizes', () => {
  /** As Huawei counts it: the body without the tokens. */
  const counted = (request: BuiltRequest) =>
    Buffer.byteLength(textOf(request)) - Buffer.byteLength(JSON.stringify(messageOf(request).token)) + 2;
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

  it.each([
    ['Chinese', '你好世界', 4],
    ['emoji with joiners', '👩‍👩‍👧‍👦', 1],
    ['flags', '🇩🇪', 1],
    ['right to left', 'مرحبا', 5],
  ])('never cuts inside a character: %s', (_name, unit, characters) => {
    const request = built(push({ content: unit.repeat(2000) }));
    expect(counted(request)).toBeLessThanOrEqual(4096);
    const body = String(shownOf(request)['body']);
    const kept = [...new Intl.Segmenter('und').segment(body.replace(/…$/, ''))].map(({ segment }) => segment);
    const whole = [...new Intl.Segmenter('und').segment(unit)].map(({ segment }) => segment);
    expect(whole).toHaveLength(characters);
    expect(kept.every((segment, index) => segment === whole[index % characters])).toBe(true);
  });

  it('the token list does not count', () => {
    const many = Array.from({ length: 500 }, (_, index) => targetCalled(`t${index}`.padEnd(130, 'x')));
    const content = 'Hello'.padEnd(4096 - empty + 'Hello'.length, '.');
    expect(shownOf(built(push({ payload: '', content }), {}, {}, many))['body']).toBe(content);
  });

  it('a payload alone may be too large', () => {
    const outcome = rejected('payload-too-large', 'not sent');
    for (const strategy of ['alert', 'silent'] as const) {
      const targets = [targetCalled('a'), targetCalled('b')];
      const pushed = push({ strategy, payload: 'x'.repeat(4096) });
      expect(channel().buildRequests(pushed, targets, context)).toEqual([
        { kind: 'impossible', targets, outcome },
      ]);
    }
  });
});

describe('Huawei credentials', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = {
    project_id: '202',
    key_id: 'k1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    sub_account: 's1',
  };
  const obtained = (text: string) => {
    const read = channel().credential.read(text);
    if (read.kind !== 'ready') throw new Error(read.fault);
    return read.obtain(now);
  };

  it('asks for an access token with id and secret', () => {
    const asked = obtained('{"client_id":"101","client_secret":"s+/="}');
    if (asked.kind !== 'ask') throw new Error('signed');
    expect(asked.request).toMatchObject({
      method: 'POST',
      origin: 'https://oauth-login.cloud.huawei.com',
      path: '/oauth2/v3/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(Buffer.from(asked.request.body).toString()).toBe(
      'grant_type=client_credentials&client_id=101&client_secret=s%2B%2F%3D',
    );
    expect(
      asked.read(raw(200, '{"access_token":"a\\/b","expires_in":3600,"token_type":"Bearer"}'), now),
    ).toEqual({ kind: 'granted', credential: { authorization: 'Bearer a/b', renewAt: now + 3_300_000 } });
  });

  it('uses a short life for half of it', () => {
    expect(readTokenAnswer(raw(200, '{"access_token":"a","expires_in":10}'), now)).toMatchObject({
      credential: { renewAt: now + 5_000 },
    });
  });

  it.each([12304, 20002, 20003, 20171, 20172, 20182])('sub_error %s is final', (subError) => {
    const body = JSON.stringify({ error: 1101, sub_error: subError, error_description: 'no' });
    const refused = { kind: 'refused', cause: `token endpoint: 1101/${subError}` };
    expect(readTokenAnswer(raw(400, body), now)).toEqual(refused);
    expect(readTokenAnswer(raw(200, body), now)).toEqual(refused);
  });

  it.each([403, 404, 405])('HTTP %s is final', (status) => {
    expect(readTokenAnswer(raw(status, '<html>'), now)).toEqual({
      kind: 'refused',
      cause: `token endpoint: http-${status}`,
    });
  });

  it.each([500, 502, 503, 504, 590])('HTTP %s passes', (status) => {
    expect(readTokenAnswer(raw(status, '', { 'retry-after': '7' }), now)).toEqual({
      kind: 'unavailable',
      cause: `token endpoint: http-${status}`,
      retryAfterMs: 7_000,
    });
  });

  it('a cut passes, and so does a 200 that is no grant', () => {
    const cut = { kind: 'unknown', because: 'cut', cause: '' } as const;
    expect(readTokenAnswer(cut, now)).toMatchObject({ kind: 'unavailable', retryAfterMs: null });
    expect(readTokenAnswer(raw(200, '<html>'), now)).toMatchObject({ kind: 'unavailable' });
  });

  it('signs a JWT with a service account, an hour long', () => {
    const signed = obtained(JSON.stringify(account));
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
    'client_id=101',
    '{"client_id":"101"}',
    '{"client_id":"101","client_secret":""}',
    JSON.stringify({ ...account, private_key: 'SECRET-SENTENCE' }),
    JSON.stringify({ ...account, key_id: undefined }),
  ])('names the fault of a file and quotes nothing of it', (text) => {
    const read = channel().credential.read(text);
    expect(read).toMatchObject({ kind: 'fault', fault: expect.stringContaining('client_id') });
    expect(JSON.stringify(read)).not.toContain('SECRET-SENTENCE');
  });
});

describe('Huawei receipts', () => {
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
  const status = (more: object) => ({
    statuses: [{ token: 'tok', biTag: 'm1.x', status: 0, timestamp: now - 5, requestId: 'r', ...more }],
  });

  it('reads both shapes', () => {
    const second = {
      statuses: [
        {
          token: 'tok',
          pushType: 0,
          appPackageName: 'org.shop',
          biTag: 'm1.x',
          requestId: 'r',
          deliveryStatus: { result: 0, timestamp: now - 5 },
        },
      ],
    };
    const receipt = {
      token: 'tok',
      param: 'm1.x',
      vendorId: 'r',
      status: 'delivered',
      vendorCode: '0',
      occurredAt: now - 5,
    };
    for (const body of [status({ clientId: '101' }), status({ appid: '101' }), second])
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
  ])('status %s is %s', (code, meaning) => {
    expect(read(status({ status: code }))).toMatchObject({
      receipts: [{ status: meaning, vendorCode: String(code) }],
    });
  });

  it('a sub status goes along', () => {
    expect(read(status({ status: 201, subStatus: 3 }))).toMatchObject({
      receipts: [{ status: 'quota-spent', vendorCode: '201/3' }],
    });
  });

  it('leaves out what names no token or no status, and refuses what is no list', () => {
    expect(read({ statuses: [{}, null, 7, { token: 'a' }, { status: 0 }] })).toMatchObject({ receipts: [] });
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
      [newer, newerKey],
      [newer, `${newerKey}\n`],
    ] as const)
      expect(read(status({}), header(value), settings, key)).toMatchObject({ kind: 'receipts', reply: ok });
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
    expect(read(status({}), headers, settings, key)).toMatchObject({
      kind: 'refused',
      reply: { status: 401 },
    });
  });

  it("answers the console's unsigned test kindly, and believes nothing of it", () => {
    expect(read(status({}), {}, settings, olderKey)).toEqual({
      kind: 'refused',
      cause: 'unsigned',
      reply: ok,
    });
  });
});
