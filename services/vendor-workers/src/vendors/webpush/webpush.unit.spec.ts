import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  verify,
} from 'node:crypto';
import { appSettingsSchema } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import type { PushResource } from '@reveille/contracts/push/resource';
import { webpushMessageSchema } from '@reveille/contracts/vendors/webpush';
import { describe, expect, it } from 'vitest';
import type { BuiltPush, BuiltRequest, OpenTarget, RequestContext, VendorAnswer } from '../../vendor.js';
import { isServiceOf } from './webpush.endpoint.js';
import { readWebpushOutcome } from './webpush.outcome.js';
import { topicOf } from './webpush.request.js';
import { webpushVendor } from './webpush.vendor.js';

const now = 1_760_000_000_000;
const raw = (status: number, body = '', headers: Record<string, string> = {}): VendorAnswer => ({
  kind: 'answered',
  status,
  headers,
  body: Buffer.from(body),
});
const mozilla = (code: number, errno: number, headers: Record<string, string> = {}) =>
  raw(code, JSON.stringify({ code, errno, error: 'x', message: 'x', more_info: 'x' }), headers);
const apple = (status: number, reason: string) => raw(status, JSON.stringify({ reason }));
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

/** To be held next to RFC 8030, RFC 8292 and the pages of the push services. */
const rows: readonly (readonly [string, VendorAnswer, object])[] = [
  ['201', raw(201, '', { location: 'https://push.example/m/1' }), accepted('https://push.example/m/1')],
  ['201 of Apple', raw(201, '', { 'apns-id': 'A-1' }), accepted('A-1')],
  ['201 without a place', raw(201), accepted(null)],
  ['202: a receipt was asked for', raw(202, '', { location: '/m/2' }), accepted('/m/2')],
  ['200 a page', raw(200, '<html>Please log in'), deferred('no-answer', 'http-200')],
  ['204', raw(204), deferred('no-answer', 'http-204')],
  ['307', raw(307, '', { location: 'https://elsewhere.example/' }), rejected('unclassified', 'http-307')],
  ['400', raw(400), rejected('payload-invalid', 'http-400')],
  ['400 a page', raw(400, '<html>Bad request'), rejected('payload-invalid', 'http-400')],
  [
    '400 no VAPID, at Google',
    raw(400, '<TITLE>UnauthorizedRegistration</TITLE>'),
    deferred('credential-refused', 'UnauthorizedRegistration'),
  ],
  ['401', raw(401), deferred('vendor-unavailable', 'http-401')],
  [
    '403 another VAPID key',
    raw(403, 'the VAPID credentials do not correspond to the credentials used to create the subscriptions'),
    rejected('token-wrong-app', 'http-403'),
  ],
  ['403 a bad JWT', raw(403, 'invalid JWT provided'), deferred('credential-refused', 'http-403-jwt')],
  ['403', raw(403), rejected('token-wrong-app', 'http-403')],
  ['404', raw(404), rejected('token-unregistered', 'http-404')],
  ['405', raw(405), rejected('unclassified', 'http-405')],
  ['406 of WNS', raw(406), deferred('throttled', 'http-406')],
  ['406 of WNS with a wait', raw(406, '', { 'retry-after': '7' }), deferred('throttled', 'http-406', 7_000)],
  ['408', raw(408), deferred('vendor-unavailable', 'http-408')],
  ['410', raw(410), rejected('token-unregistered', 'http-410')],
  ['413', raw(413), rejected('payload-too-large', 'http-413')],
  ['429', raw(429), deferred('throttled', 'http-429')],
  ['429 with seconds', raw(429, '', { 'retry-after': '120' }), deferred('throttled', 'http-429', 120_000)],
  [
    '429 with a date',
    raw(429, '', { 'retry-after': new Date(now + 5_000).toUTCString() }),
    deferred('throttled', 'http-429', 5_000),
  ],
  ['429 with nonsense', raw(429, '', { 'retry-after': 'soon' }), deferred('throttled', 'http-429')],
  ['500', raw(500), deferred('vendor-unavailable', 'http-500')],
  ['502 a page', raw(502, '<html>'), deferred('vendor-unavailable', 'http-502')],
  ['503', raw(503, '', { 'retry-after': '3' }), deferred('vendor-unavailable', 'http-503', 3_000)],
  ['504', raw(504), deferred('vendor-unavailable', 'http-504')],
  ['401 of Mozilla', mozilla(401, 109), deferred('vendor-unavailable', 'errno-109')],
  ['404 of Mozilla', mozilla(404, 102), rejected('token-unregistered', 'errno-102')],
  ['410/103', mozilla(410, 103), rejected('token-unregistered', 'errno-103')],
  ['413/104', mozilla(413, 104), rejected('payload-too-large', 'errno-104')],
  ['410/105', mozilla(410, 105), rejected('token-unregistered', 'errno-105')],
  ['410/106', mozilla(410, 106), rejected('token-unregistered', 'errno-106')],
  ['400/110 crypto', mozilla(400, 110), rejected('payload-invalid', 'errno-110')],
  ['400/111 a missing header', mozilla(400, 111), rejected('payload-invalid', 'errno-111')],
  ['400/112 TTL', mozilla(400, 112), rejected('payload-invalid', 'errno-112')],
  ['400/113 topic', mozilla(400, 113), rejected('payload-invalid', 'errno-113')],
  ['400/114 TTL', mozilla(400, 114), rejected('payload-invalid', 'errno-114')],
  [
    '503/201 with a wait',
    mozilla(503, 201, { 'retry-after': '120' }),
    deferred('vendor-unavailable', 'errno-201', 120_000),
  ],
  ['503/202', mozilla(503, 202), deferred('vendor-unavailable', 'errno-202')],
  ['502/900', mozilla(502, 900), deferred('vendor-unavailable', 'errno-900')],
  ['502/901', mozilla(502, 901), deferred('vendor-unavailable', 'errno-901')],
  ['502/902', mozilla(502, 902), deferred('vendor-unavailable', 'errno-902')],
  ['502/903', mozilla(502, 903), deferred('vendor-unavailable', 'errno-903')],
  ['an unknown errno', mozilla(401, 777), rejected('unclassified', 'errno-777')],
  ['an unknown errno of a dead one', mozilla(410, 777), rejected('token-unregistered', 'errno-777')],
  ['BadTtl', apple(400, 'BadTtl'), rejected('payload-invalid', 'BadTtl')],
  ['BadUrgency', apple(400, 'BadUrgency'), rejected('payload-invalid', 'BadUrgency')],
  ['BadWebPushRequest', apple(400, 'BadWebPushRequest'), rejected('payload-invalid', 'BadWebPushRequest')],
  ['BadWebPushTopic', apple(400, 'BadWebPushTopic'), rejected('payload-invalid', 'BadWebPushTopic')],
  ['BadPath', apple(404, 'BadPath'), rejected('token-malformed', 'BadPath')],
  ['MethodNotAllowed', apple(405, 'MethodNotAllowed'), rejected('payload-invalid', 'MethodNotAllowed')],
  [
    'VapidPkHashMismatch',
    apple(400, 'VapidPkHashMismatch'),
    rejected('token-wrong-app', 'VapidPkHashMismatch'),
  ],
  [
    'BadAuthorizationHeader',
    apple(403, 'BadAuthorizationHeader'),
    deferred('credential-refused', 'BadAuthorizationHeader'),
  ],
  ['BadJwtToken', apple(403, 'BadJwtToken'), deferred('credential-refused', 'BadJwtToken')],
  ['BadVapidPublicKey', apple(400, 'BadVapidPublicKey'), deferred('credential-refused', 'BadVapidPublicKey')],
  ['PayloadTooLarge', apple(413, 'PayloadTooLarge'), rejected('payload-too-large', 'PayloadTooLarge')],
  ['TooManyRequests', apple(429, 'TooManyRequests'), deferred('throttled', 'TooManyRequests')],
  ['IdleTimeout', apple(400, 'IdleTimeout'), deferred('vendor-unavailable', 'IdleTimeout')],
  [
    'InternalServerError',
    apple(500, 'InternalServerError'),
    deferred('vendor-unavailable', 'InternalServerError'),
  ],
  [
    'ServiceUnavailable',
    apple(503, 'ServiceUnavailable'),
    deferred('vendor-unavailable', 'ServiceUnavailable'),
  ],
  ['Shutdown', apple(503, 'Shutdown'), deferred('vendor-unavailable', 'Shutdown')],
  ['an unknown reason', apple(403, 'NewReason'), rejected('unclassified', 'NewReason')],
  [
    'an unknown reason of a dead one',
    apple(410, 'Unregistered'),
    rejected('token-unregistered', 'Unregistered'),
  ],
  ['a reason that is no word', apple(403, '<b>'), rejected('token-wrong-app', 'http-403')],
  ['a JSON text', raw(410, '"gone"'), rejected('token-unregistered', 'http-410')],
  ['an unknown status', raw(418, 'teapot'), rejected('unclassified', 'http-418')],
  ['a cut', { kind: 'unknown', because: 'cut', cause: '' }, deferred('no-answer', 'cut')],
  ['silence', { kind: 'unknown', because: 'timeout', cause: '' }, deferred('no-answer', 'timeout')],
  ['above a GOAWAY', { kind: 'not-sent', because: 'goaway', cause: '' }, deferred('not-sent', 'goaway')],
  [
    'no connection',
    { kind: 'not-sent', because: 'unreachable', cause: '' },
    deferred('vendor-unavailable', 'unreachable'),
  ],
];

describe('answers of push services', () => {
  it.each(rows)('%s', (_name, answer, outcome) => {
    expect(readWebpushOutcome(answer, true, now)).toEqual(outcome);
  });

  it('a stranger’s complaint about our key is no reason to halt', () => {
    const refusals = [
      raw(401),
      mozilla(401, 109),
      apple(403, 'BadJwtToken'),
      raw(403, 'invalid JWT provided'),
    ];
    for (const answer of refusals)
      expect(readWebpushOutcome(answer, false, now)).toMatchObject({
        kind: 'deferred',
        reason: 'vendor-unavailable',
      });
    expect(readWebpushOutcome(raw(410), false, now)).toMatchObject({ reason: 'token-unregistered' });
  });

  it.each([
    ['https://fcm.googleapis.com', true],
    ['https://web.push.apple.com', true],
    ['https://push.apple.com', false],
    ['https://evilpush.apple.com.example', false],
    ['https://fcm.googleapis.com:8443', false],
    ['http://fcm.googleapis.com', false],
    ['https://notpush.apple.com', false],
  ])('relies on %s: %s', (origin, isTrusted) => {
    expect(isServiceOf(['https://fcm.googleapis.com', 'https://*.push.apple.com'], origin)).toBe(isTrusted);
  });
});

/** RFC 8291, written down once more for the browser's side. */
function decrypt(message: Uint8Array, browser: ReturnType<typeof createECDH>, auth: Buffer): string {
  const body = Buffer.from(message);
  const salt = body.subarray(0, 16);
  const senderKey = body.subarray(21, 21 + body.readUInt8(20));
  const sealed = body.subarray(21 + senderKey.length);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), senderKey]);
  const ikm = Buffer.from(hkdfSync('sha256', browser.computeSecret(senderKey), auth, info, 32));
  const derive = (what: string, length: number) =>
    Buffer.from(hkdfSync('sha256', ikm, salt, Buffer.from(`Content-Encoding: ${what}\0`), length));
  const gcm = createDecipheriv('aes-128-gcm', derive('aes128gcm', 16), derive('nonce', 12));
  gcm.setAuthTag(sealed.subarray(-16));
  const padded = Buffer.concat([gcm.update(sealed.subarray(0, -16)), gcm.final()]);
  expect(padded.at(-1)).toBe(2);
  return padded.subarray(0, -1).toString();
}

const browser = createECDH('prime256v1');
browser.generateKeys();
const auth = Buffer.from('0123456789abcdef');
const subscription = (endpoint = 'https://push.example/s/1?k=2', keys: object = {}) =>
  JSON.stringify({
    endpoint,
    expirationTime: null,
    keys: { p256dh: browser.getPublicKey('base64url'), auth: auth.toString('base64url'), ...keys },
  });
const target = (token: string): OpenTarget => ({
  user: 'bob',
  deviceId: 'd1',
  token,
  environment: 'production',
  bundle: null,
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
const resource = (more: Partial<PushResource>): PushResource => ({
  resourcesId: 'r',
  revision: 1,
  class: 'chat',
  options: {},
  ...more,
});
const context: RequestContext = {
  messageId: 'm1',
  credential: {
    authorization: '',
    authorizationOf: (origin) => `vapid for ${origin}`,
    renewAt: 0,
    generation: 0,
  },
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
    vendors: { webpush: { credential: 'file:/v.json', subject: 'mailto:ops@shop.example', ...more } },
  });
  const found = webpushVendor.channelOf(app);
  if (found === null) throw new Error('no channel');
  return found;
}
function pushTo(token: string, pushed = push(), more: object = {}, at = now): BuiltPush {
  const [first] = channel(more).buildRequests(pushed, [target(token)], { ...context, now: at });
  if (first === undefined) throw new Error('nothing built');
  return first;
}
function built(pushed = push(), more: object = {}, at = now): BuiltRequest {
  const first = pushTo(subscription(), pushed, more, at);
  if (first.kind !== 'request') throw new Error(`impossible: ${JSON.stringify(first.outcome)}`);
  return first;
}
const messageOf = ({ request }: BuiltRequest) =>
  webpushMessageSchema.strict().parse(JSON.parse(decrypt(request.body, browser, auth)));

describe('web push requests', () => {
  it('reads the example of RFC 8291, so that the reader below is right', () => {
    const ua = createECDH('prime256v1');
    ua.setPrivateKey(Buffer.from('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94', 'base64url'));
    const message =
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN';
    const secret = Buffer.from('BTBZMqHH6r4Tts7J_aSIgg', 'base64url');
    expect(decrypt(Buffer.from(message, 'base64url'), ua, secret)).toBe(
      'When I grow up, I want to be a watermelon',
    );
  });

  it('go to the endpoint, sealed for the browser', () => {
    const alert = built(push({ badge: 7, badgeIncrement: 1, threadId: 'c1' }), {
      webLink: 'https://shop.example/chat',
    });
    expect(alert.request).toMatchObject({
      method: 'POST',
      origin: 'https://push.example',
      path: '/s/1?k=2',
      headers: {
        authorization: 'vapid for https://push.example',
        ttl: '60',
        urgency: 'high',
        topic: 'm1',
        'content-encoding': 'aes128gcm',
      },
    });
    expect(messageOf(alert)).toEqual({
      title: 'Ann',
      body: 'Hello',
      tag: 'm1',
      payload: 'p',
      threadId: 'c1',
      badge: 7,
      badgeIncrement: 1,
      url: 'https://shop.example/chat',
      sentAt: now,
    });
  });

  it('never use a key or a salt twice', () => {
    const heads = [1, 2, 3].map(() => Buffer.from(built().request.body));
    expect(new Set(heads.map((body) => body.subarray(0, 16).toString('hex'))).size).toBe(3);
    expect(new Set(heads.map((body) => body.subarray(21, 86).toString('hex'))).size).toBe(3);
  });

  it('are sealed once, when they are written', () => {
    const { request } = built();
    expect(Object.getOwnPropertyDescriptor(request, 'body')?.get).toBeTypeOf('function');
    expect(request.body).toBe(request.body);
  });

  it.each([
    ['high', {}, {}],
    ['normal', { urgency: 'normal' }, {}],
    ['high', { urgency: 'low' }, { class: 'call' }],
    ['low', {}, { class: 'marketing' }],
    ['normal', {}, { priority: 'normal' }],
    ['high', { urgency: 'low' }, { priority: 'high' }],
    ['very-low', {}, { class: 'marketing', options: { urgency: 'very-low' } }],
    ['high', {}, { options: { urgency: 'of another revision' } }],
  ] as const)('urgency %s of %j and %j', (urgency, settings, more) => {
    expect(built(push({ resource: resource(more) }), settings).request.headers['urgency']).toBe(urgency);
  });

  it('take what the strategy says', () => {
    const more = resource({
      sound: null,
      clickAction: { kind: 'url', url: 'https://shop.example/order/1' },
      options: { icon: 'https://shop.example/i.png', requireInteraction: true },
    });
    expect(messageOf(built(push({ resource: more }), { webLink: 'https://shop.example/' }))).toEqual({
      title: 'Ann',
      body: 'Hello',
      tag: 'm1',
      payload: 'p',
      silent: true,
      requireInteraction: true,
      icon: 'https://shop.example/i.png',
      url: 'https://shop.example/order/1',
      sentAt: now,
    });
  });

  it('compute the time to live at each attempt, of at most four weeks', () => {
    const ttl = (at: number, expiresAt = now + 60_500) =>
      built(push({ expiresAt }), {}, at).request.headers['ttl'];
    expect([ttl(now), ttl(now + 30_000), ttl(now + 60_400), ttl(now, now + 4e12)]).toEqual([
      '60',
      '30',
      '1',
      '2419200',
    ]);
  });

  it('have a topic of at most 32 characters of base64url, the same for the same key', () => {
    expect(topicOf('0197c1b2-0000-7000-8000-0000000000')).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(topicOf('a'.repeat(32))).toBe('a'.repeat(32));
    expect(topicOf('a'.repeat(33))).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(topicOf('a'.repeat(33))).not.toBe(topicOf('a'.repeat(34)));
    expect(topicOf('会话')).toBe(topicOf('会话'));
    expect(topicOf('会话')).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });

  it('fill 4096 bytes and no more, cut between characters', () => {
    const family = '👩‍👩‍👦';
    const texts = { title: 'שלום'.repeat(30), content: family.repeat(500) };
    const { request } = built(push({ ...texts, payload: 'p'.repeat(1500) }));
    expect(request.body.length).toBeLessThanOrEqual(4096);
    expect(request.body.length).toBeGreaterThan(4096 - 2 * Buffer.byteLength(family));
    const { title, body, payload } = messageOf({ ...built(), request });
    expect(payload).toHaveLength(1500);
    expect(title).toBe(texts.title);
    expect((body ?? '').replaceAll(family, '')).toBe('…');
  });

  it('are not made with one byte too many, and are with none', () => {
    const room = 3993 - JSON.stringify({ title: '', body: '', tag: 'm1', payload: '', sentAt: now }).length;
    const texts = { title: '', content: '' };
    const full = built(push({ ...texts, payload: 'p'.repeat(room) }));
    expect(full.request.body).toHaveLength(4096);
    expect(pushTo(subscription(), push({ ...texts, payload: 'p'.repeat(room + 1) }))).toMatchObject({
      kind: 'impossible',
      outcome: { reason: 'payload-too-large' },
    });
  });

  it.each([
    ['no JSON', 'nonsense'],
    ['no keys', '{"endpoint":"https://push.example/"}'],
    ['no https', subscription('http://push.example/s')],
    ['a password', subscription('https://a:b@push.example/s')],
    ['a short secret', subscription(undefined, { auth: 'AAAA' })],
    ['a point off the curve', subscription(undefined, { p256dh: `B${'A'.repeat(86)}` })],
  ])('are not made for a token that is %s', (_name, token) => {
    expect(pushTo(token)).toMatchObject({ kind: 'impossible', outcome: { reason: 'token-malformed' } });
  });

  it.each([
    'https://127.0.0.1/s',
    'https://0x7f.1/s',
    'https://2130706433/s',
    'https://169.254.169.254/latest',
    'https://[::1]/s',
    'https://8.8.8.8/s',
    'https://localhost/s',
    'https://localhost./s',
    'https://nats/s',
    'https://nats.local/s',
    'https://db.internal/s',
    'https://push.example:8443/s',
  ])('do not go to %s unless the settings let them', (endpoint) => {
    const token = subscription(endpoint);
    expect(pushTo(token)).toMatchObject({ kind: 'impossible', outcome: { reason: 'payload-invalid' } });
    expect(pushTo(token, push(), { allowPrivateEndpoints: true })).toMatchObject({ kind: 'request' });
  });

  it('say where they go to a server that the app does not rely on', () => {
    expect(built().isToStranger).toBe(true);
    expect(built(push(), { services: ['https://push.example'] }).isToStranger).toBe(false);
  });

  it('go to the services of the app alone where the settings say so', () => {
    const refused = { otherServices: 'refused' };
    expect(pushTo(subscription(), push(), refused)).toMatchObject({
      kind: 'impossible',
      outcome: { reason: 'payload-invalid', vendorCode: 'endpoint is at no service of the app' },
    });
    expect(pushTo(subscription('https://web.push.apple.com/s'), push(), refused).kind).toBe('request');
  });

  it('have the sender look where a public name leads to', () => {
    expect(channel().wire.onlyPublicAddresses).toBe(true);
    expect(channel({ allowPrivateEndpoints: true }).wire.onlyPublicAddresses).toBe(false);
  });
});

describe('the VAPID credential', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const jwk = privateKey.export({ format: 'jwk' });
  const point = Buffer.concat([
    Buffer.of(4),
    Buffer.from(jwk.x ?? '', 'base64url'),
    Buffer.from(jwk.y ?? '', 'base64url'),
  ]).toString('base64url');
  const json = JSON.stringify({ publicKey: point, privateKey: jwk.d });
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

  function credentialOf(text: string, at = now) {
    const read = channel().credential.read(text);
    if (read.kind !== 'ready') throw new Error(read.fault);
    const obtained = read.obtain(at);
    if (obtained.kind !== 'signed') throw new Error('asks for a token');
    return obtained.credential;
  }

  it.each([
    ['JSON', json],
    ['PEM', pem],
  ])('signs for each origin, from %s', (_name, text) => {
    const credential = credentialOf(text);
    const header = credential.authorizationOf?.('https://push.example') ?? '';
    const [, token = '', k] = /^vapid t=([^,]+), k=(.+)$/.exec(header) ?? [];
    expect(k).toBe(point);
    const [head = '', claims = '', signature = ''] = token.split('.');
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({ typ: 'JWT', alg: 'ES256' });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      aud: 'https://push.example',
      exp: now / 1000 + 43_200,
      sub: 'mailto:ops@shop.example',
    });
    const key = createPublicKey(privateKey);
    const signed = Buffer.from(`${head}.${claims}`);
    expect(
      verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')),
    ).toBe(true);
  });

  it('signs once per origin and hour', () => {
    const credential = credentialOf(json);
    const first = credential.authorizationOf?.('https://a.example');
    expect(credential.authorizationOf?.('https://a.example')).toBe(first);
    expect(credential.authorizationOf?.('https://b.example')).not.toBe(first);
    expect(credential.renewAt).toBe(now + 3_600_000);
    expect(credentialOf(json, now + 3_600_000).authorizationOf?.('https://a.example')).not.toBe(first);
  });

  it('does not grow without end', () => {
    const credential = credentialOf(json);
    for (let i = 0; i < 1_000; i += 1) credential.authorizationOf?.(`https://p${i}.example`);
    const kept = credential.authorizationOf?.('https://p0.example');
    expect(credential.authorizationOf?.('https://p0.example')).toBe(kept);
    const late = credential.authorizationOf?.('https://late.example');
    // ES256 is random: another signature shows that it was made anew.
    expect(credential.authorizationOf?.('https://late.example')).not.toBe(late);
  });

  it.each([
    ['nothing', ''],
    ['no key', '{}'],
    [
      'another public key',
      JSON.stringify({ publicKey: browser.getPublicKey('base64url'), privateKey: jwk.d }),
    ],
    [
      'a key of another curve',
      generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
        .privateKey.export({ format: 'pem', type: 'pkcs8' })
        .toString(),
    ],
  ])('is refused with %s, quoting nothing', (_name, text) => {
    expect(channel().credential.read(text)).toEqual({
      kind: 'fault',
      fault: 'the VAPID key is neither JSON with a matching publicKey and privateKey nor a P-256 key in PEM',
    });
  });
});
