import { generateKeyPairSync, verify } from 'node:crypto';
import { appSettingsSchema } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import { describe, expect, it } from 'vitest';
import type { BuiltRequest, OpenTarget, RequestContext, VendorAnswer } from '../../vendor.js';
import { readTokenAnswer } from './fcm.credential.js';
import { readFcmOutcome } from './fcm.outcome.js';
import { fcmVendor } from './fcm.vendor.js';

const now = 1_760_000_000_000;
const raw = (status: number, body: string, headers: Record<string, string> = {}): VendorAnswer => ({
  kind: 'answered',
  status,
  headers,
  body: Buffer.from(body),
});
const fcmError = (errorCode: string) => ({
  '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError',
  errorCode,
});
const apnsError = (statusCode: number, reason: string) => ({
  '@type': 'type.googleapis.com/google.firebase.fcm.v1.ApnsError',
  statusCode,
  reason,
});
const badRequest = (field: string) => ({
  '@type': 'type.googleapis.com/google.rpc.BadRequest',
  fieldViolations: [{ field, description: 'x' }],
});
const errorInfo = (reason: string) => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
});
const quota = {
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ subject: 'device:x', description: 'x' }],
};
const google = (
  code: number,
  status: string,
  details: readonly object[] = [],
  message = '',
  headers: Record<string, string> = {},
) => raw(code, JSON.stringify({ error: { code, status, message, details } }), headers);
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

/** To be held next to Google's table of error codes. */
const rows: readonly (readonly [string, VendorAnswer, object])[] = [
  [
    '200',
    raw(200, '{"name":"projects/p/messages/1"}'),
    { kind: 'accepted', vendorId: 'projects/p/messages/1' },
  ],
  [
    '400 a malformed field',
    google(400, 'INVALID_ARGUMENT', [badRequest('message.android.ttl')]),
    rejected('payload-invalid', 'INVALID_ARGUMENT'),
  ],
  [
    '400 an unknown token',
    google(
      400,
      'INVALID_ARGUMENT',
      [fcmError('INVALID_ARGUMENT')],
      'The registration token is not a valid FCM registration token',
    ),
    rejected('token-malformed', 'INVALID_ARGUMENT'),
  ],
  [
    '400 the token field',
    google(400, 'INVALID_ARGUMENT', [fcmError('INVALID_ARGUMENT'), badRequest('message.token')]),
    rejected('token-malformed', 'INVALID_ARGUMENT'),
  ],
  [
    '400 something else',
    google(400, 'INVALID_ARGUMENT', [fcmError('INVALID_ARGUMENT')], 'Invalid data payload key: gcm'),
    rejected('payload-invalid', 'INVALID_ARGUMENT'),
  ],
  [
    '400 too big',
    google(400, 'INVALID_ARGUMENT', [fcmError('INVALID_ARGUMENT')], 'Android message is too big'),
    rejected('payload-too-large', 'INVALID_ARGUMENT'),
  ],
  [
    '400 a dead Apple device',
    google(
      400,
      'INVALID_ARGUMENT',
      [fcmError('INVALID_ARGUMENT'), apnsError(410, 'Unregistered')],
      'APNs device token is disabled',
    ),
    rejected('token-unregistered', 'INVALID_ARGUMENT/Unregistered'),
  ],
  [
    '400 a bad Apple token',
    google(400, 'INVALID_ARGUMENT', [fcmError('INVALID_ARGUMENT'), apnsError(400, 'BadDeviceToken')]),
    rejected('token-malformed', 'INVALID_ARGUMENT/BadDeviceToken'),
  ],
  [
    "400 another app's Apple token",
    google(400, 'INVALID_ARGUMENT', [fcmError('INVALID_ARGUMENT'), apnsError(400, 'DeviceTokenNotForTopic')]),
    rejected('token-wrong-app', 'INVALID_ARGUMENT/DeviceTokenNotForTopic'),
  ],
  [
    '400 with another status',
    google(400, 'FAILED_PRECONDITION'),
    rejected('unclassified', 'FAILED_PRECONDITION'),
  ],
  [
    '401 an old access token',
    google(401, 'UNAUTHENTICATED', [errorInfo('ACCESS_TOKEN_EXPIRED')]),
    deferred('credential-expired', 'ACCESS_TOKEN_EXPIRED'),
  ],
  [
    '401 no access token',
    google(401, 'UNAUTHENTICATED', [errorInfo('CREDENTIALS_MISSING')]),
    deferred('credential-expired', 'CREDENTIALS_MISSING'),
  ],
  ['401 without details', google(401, 'UNAUTHENTICATED'), deferred('credential-expired', 'UNAUTHENTICATED')],
  [
    "401 the project's Apple key",
    google(401, 'UNAUTHENTICATED', [
      fcmError('THIRD_PARTY_AUTH_ERROR'),
      apnsError(403, 'InvalidProviderToken'),
    ]),
    deferred('vendor-unavailable', 'THIRD_PARTY_AUTH_ERROR/InvalidProviderToken'),
  ],
  [
    "403 another project's token",
    google(403, 'PERMISSION_DENIED', [fcmError('SENDER_ID_MISMATCH')]),
    rejected('token-wrong-app', 'SENDER_ID_MISMATCH'),
  ],
  [
    '403 the API is off',
    google(403, 'PERMISSION_DENIED', [errorInfo('SERVICE_DISABLED')]),
    deferred('credential-refused', 'SERVICE_DISABLED'),
  ],
  ['403 no role', google(403, 'PERMISSION_DENIED'), deferred('credential-refused', 'PERMISSION_DENIED')],
  [
    '404 a dead token',
    google(404, 'NOT_FOUND', [fcmError('UNREGISTERED')]),
    rejected('token-unregistered', 'UNREGISTERED'),
  ],
  ['404 no such project', google(404, 'NOT_FOUND'), deferred('credential-refused', 'NOT_FOUND')],
  ['404 a page', raw(404, '<html>'), deferred('credential-refused', 'http-404')],
  [
    '429 with Retry-After',
    google(429, 'RESOURCE_EXHAUSTED', [fcmError('QUOTA_EXCEEDED'), quota], '', { 'retry-after': '2' }),
    deferred('throttled', 'QUOTA_EXCEEDED', 2_000),
  ],
  [
    '429 without',
    google(429, 'RESOURCE_EXHAUSTED', [fcmError('QUOTA_EXCEEDED'), quota]),
    deferred('throttled', 'QUOTA_EXCEEDED', 60_000),
  ],
  [
    '429 without details',
    google(429, 'RESOURCE_EXHAUSTED'),
    deferred('throttled', 'RESOURCE_EXHAUSTED', 60_000),
  ],
  ['500', google(500, 'INTERNAL', [fcmError('INTERNAL')]), deferred('vendor-unavailable', 'INTERNAL')],
  [
    '503 with a date',
    google(503, 'UNAVAILABLE', [fcmError('UNAVAILABLE')], '', {
      'retry-after': new Date(now + 4_000).toUTCString(),
    }),
    deferred('vendor-unavailable', 'UNAVAILABLE', 4_000),
  ],
  [
    '503 without',
    google(503, 'UNAVAILABLE', [fcmError('UNAVAILABLE')]),
    deferred('vendor-unavailable', 'UNAVAILABLE'),
  ],
  [
    'unspecified',
    google(400, 'UNKNOWN', [fcmError('UNSPECIFIED_ERROR')]),
    deferred('vendor-unavailable', 'UNSPECIFIED_ERROR'),
  ],
  ['502 a page', raw(502, '<html>Bad gateway'), deferred('vendor-unavailable', 'http-502')],
  ['504 a page', raw(504, ''), deferred('vendor-unavailable', 'http-504')],
  ['200 a page', raw(200, '<html>Please log in'), deferred('no-answer', 'http-200-without-name')],
  [
    'an unknown code',
    google(400, 'INVALID_ARGUMENT', [fcmError('NEW_CODE')]),
    rejected('unclassified', 'NEW_CODE'),
  ],
  ['an unknown status', raw(418, 'teapot'), rejected('unclassified', 'http-418')],
  ['a cut', { kind: 'unknown', because: 'cut', cause: '' }, deferred('no-answer', 'cut')],
  ['above a GOAWAY', { kind: 'not-sent', because: 'goaway', cause: '' }, deferred('not-sent', 'goaway')],
  [
    'no connection',
    { kind: 'not-sent', because: 'unreachable', cause: '' },
    deferred('vendor-unavailable', 'unreachable'),
  ],
];

describe('FCM answers', () => {
  it.each(rows)('%s', (_name, answer, outcome) => {
    expect(readFcmOutcome(answer, now)).toEqual(outcome);
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
const target: OpenTarget = {
  user: 'bob',
  deviceId: 'd1',
  token: 'tok',
  environment: 'production',
  bundle: null,
};
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
    vendors: { fcm: { credential: 'file:/k.json', projectId: 'p1', ...more } },
  });
  const found = fcmVendor.channelOf(app);
  if (found === null) throw new Error('no channel');
  return found;
}
function built(pushed: PushNotification, more: object = {}, at = now): BuiltRequest {
  const first = channel(more).buildRequests(pushed, [target], { ...context, now: at })[0];
  if (first?.kind !== 'request') throw new Error('no request');
  return first;
}
const messageOf = ({ request }: BuiltRequest) =>
  (JSON.parse(Buffer.from(request.body).toString()) as { message: Record<string, unknown> }).message;

describe('FCM requests', () => {
  const headers = { 'apns-expiration': '1760000061', 'apns-collapse-id': 'm1' };

  it('shows a notification under a tag on every platform, without a collapse key', () => {
    const alert = built(push({ badgeIncrement: 3, badge: 7, threadId: 'c1' }), {
      channelId: 'chat',
      webLink: 'https://shop.example/chat',
    });
    expect(alert.request).toMatchObject({
      origin: 'https://fcm.googleapis.com',
      path: '/v1/projects/p1/messages:send',
      headers: { authorization: 'Bearer a', 'content-type': 'application/json' },
    });
    expect(messageOf(alert)).toEqual({
      token: 'tok',
      notification: { title: 'Ann', body: 'Hello' },
      data: { payload: 'p' },
      android: {
        priority: 'high',
        ttl: '60s',
        notification: { tag: 'm1', channel_id: 'chat', sound: 'default', notification_count: 3 },
      },
      webpush: {
        headers: { TTL: '60', Urgency: 'high' },
        notification: { tag: 'm1' },
        fcm_options: { link: 'https://shop.example/chat' },
      },
      apns: {
        headers: { ...headers, 'apns-priority': '10' },
        payload: { aps: { sound: 'default', badge: 7, 'thread-id': 'c1' } },
      },
    });
    expect(JSON.stringify(messageOf(alert))).not.toContain('collapse_key');
  });

  it('takes priority and sound from the app, on every platform', () => {
    const { android, webpush, apns } = messageOf(built(push(), { priority: 'normal', sound: null }));
    expect({ android, webpush, apns }).toEqual({
      android: { priority: 'normal', ttl: '60s', notification: { tag: 'm1' } },
      webpush: { headers: { TTL: '60', Urgency: 'normal' }, notification: { tag: 'm1' } },
      apns: { headers: { ...headers, 'apns-priority': '5' } },
    });
  });

  it.each([
    ['a sound', { sound: 'bell' }, {}, { sound: 'bell' }, { sound: 'bell' }],
    ['silence', { sound: null }, {}, { sound: undefined }, undefined],
    ['a sound for Google alone', { sound: 'bell' }, { sound: 'ping' }, { sound: 'ping' }, { sound: 'ping' }],
    ['a channel', {}, { channelId: 'offers' }, { channel_id: 'offers' }, { sound: 'default' }],
    [
      'an extension that changes it',
      { mutableContent: true },
      {},
      { channel_id: 'chat' },
      { sound: 'default', 'mutable-content': 1 },
    ],
    [
      'what a tap starts',
      { clickAction: { kind: 'intent', intent: 'OPEN_ORDER' } },
      {},
      { click_action: 'OPEN_ORDER' },
      { sound: 'default' },
    ],
  ] as const)('takes from the strategy %s', (_, common, options, shown, aps) => {
    const resource = { resourcesId: 'x', revision: 1, class: 'chat' as const, ...common, options };
    const message = messageOf(built(push({ resource }), { channelId: 'chat' })) as {
      android: { notification: Record<string, unknown> };
      apns: { payload?: { aps: object } };
    };
    for (const [name, value] of Object.entries(shown))
      expect(message.android.notification[name]).toEqual(value);
    expect(message.apns.payload?.aps).toEqual(aps);
  });

  it('takes from the strategy priority and page, and tells the app which page', () => {
    const clickAction = { kind: 'url', url: 'https://shop.example/o' } as const;
    const resource = {
      resourcesId: 'x',
      revision: 1,
      class: 'chat',
      priority: 'normal',
      clickAction,
      options: {},
    } as const;
    const { android, webpush, data, apns } = messageOf(built(push({ resource })));
    expect(data).toEqual({ payload: 'p', clickUrl: clickAction.url });
    expect(android).toMatchObject({ priority: 'normal' });
    expect(webpush).toMatchObject({ headers: { Urgency: 'normal' }, fcm_options: { link: clickAction.url } });
    expect(apns).toMatchObject({ headers: { 'apns-priority': '5' } });
    const handed = messageOf(built(push({ resource }), { alerts: 'data' }));
    expect(handed['android']).toMatchObject({ data: { clickUrl: clickAction.url } });
  });

  it('alerts as data: the Android app shows them, iPhones and the web are shown as ever', () => {
    const more = { threadId: 'c1', badge: 7, badgeIncrement: 3 };
    expect(messageOf(built(push(more), { alerts: 'data', sound: null }))).toEqual({
      token: 'tok',
      data: { payload: 'p' },
      android: {
        priority: 'high',
        ttl: '60s',
        data: {
          title: 'Ann',
          body: 'Hello',
          payload: 'p',
          tag: 'm1',
          threadId: 'c1',
          badge: '7',
          badgeIncrement: '3',
        },
      },
      webpush: {
        headers: { TTL: '60', Urgency: 'high' },
        notification: { title: 'Ann', body: 'Hello', tag: 'm1' },
      },
      apns: {
        headers: { ...headers, 'apns-priority': '10' },
        payload: { aps: { alert: { title: 'Ann', body: 'Hello' }, badge: 7, 'thread-id': 'c1' } },
      },
    });
  });

  it('names collapse keys that no Apple header holds by their hash', () => {
    const { apns, android } = messageOf(built(push({ collapse: '会话' }))) as Record<string, object>;
    expect(apns).toMatchObject({
      headers: { 'apns-collapse-id': expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as string },
    });
    expect(android).toMatchObject({ notification: { tag: '会话' } });
  });

  it('links web notifications to https pages alone', () => {
    expect(() => channel({ webLink: 'http://shop.example/' })).toThrow(/webLink/);
    expect(() => channel({ webLink: 'javascript:alert(1)' })).toThrow(/webLink/);
  });

  const handedToApple = {
    headers: { ...headers, 'apns-push-type': 'background', 'apns-priority': '5' },
    payload: { aps: { 'content-available': 1 } },
  };

  it('hands over silently as data only, at normal priority', () => {
    expect(messageOf(built(push({ strategy: 'silent' })))).toEqual({
      token: 'tok',
      data: { payload: 'p', tag: 'm1' },
      android: { priority: 'normal', ttl: '60s' },
      webpush: { headers: { TTL: '60', Urgency: 'normal' } },
      apns: handedToApple,
    });
  });

  it('rings as data only, at high priority', () => {
    expect(messageOf(built(push({ strategy: 'voip' }), { priority: 'normal' }))).toEqual({
      token: 'tok',
      data: { title: 'Ann', body: 'Hello', payload: 'p', tag: 'm1' },
      android: { priority: 'high', ttl: '60s' },
      webpush: { headers: { TTL: '60', Urgency: 'high' } },
      apns: handedToApple,
    });
  });

  it('computes the time to live at each attempt', () => {
    const ttl = (at: number) => {
      const { android, webpush, apns } = messageOf(built(push(), {}, at)) as Record<string, object>;
      return [
        (android as { ttl: string }).ttl,
        (webpush as { headers: { TTL: string } }).headers.TTL,
        (apns as { headers: object }).headers,
      ];
    };
    const apple = { ...headers, 'apns-priority': '10' };
    expect(ttl(now)).toEqual(['60s', '60', apple]);
    expect(ttl(now + 30_000)).toEqual(['30s', '30', apple]);
    expect(ttl(now + 60_400)).toEqual(['1s', '1', apple]);
    expect((messageOf(built(push({ expiresAt: now + 4e12 })))['android'] as { ttl: string }).ttl).toBe(
      '2419200s',
    );
  });

  it.each(['notification', 'data'])('as %s: fits 4096 bytes without touching the payload', (alerts) => {
    const texts = { title: '好'.repeat(500), content: '👩‍👩‍👦'.repeat(500), payload: 'p'.repeat(3500) };
    const { token: _token, android, webpush, apns, ...common } = messageOf(built(push(texts), { alerts }));
    // Android's own data lies over the common one.
    const { notification } = common;
    const forAndroid = alerts === 'data' ? { notification } : common;
    const views = [
      { ...forAndroid, android },
      { ...common, webpush },
      { ...common, apns },
    ].map((view) => Buffer.byteLength(JSON.stringify(view)));
    // No platform gets more than 4096 bytes, and the fullest gets nearly all of them.
    expect(Math.max(...views)).toBeLessThanOrEqual(4096);
    expect(Math.max(...views)).toBeGreaterThan(4060);
    expect((common['data'] as { payload: string }).payload).toHaveLength(3500);
  });

  it('is not sent with a payload that does not fit', () => {
    expect(channel().buildRequests(push({ payload: 'p'.repeat(4096) }), [target], context)[0]).toMatchObject({
      kind: 'impossible',
      outcome: { kind: 'rejected', reason: 'payload-too-large' },
    });
  });
});

describe('the FCM credential', () => {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = JSON.stringify({
    client_email: 'push@p1.iam.gserviceaccount.com',
    private_key_id: 'k1',
    private_key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  });

  it('exchanges a signed assertion at the token endpoint', () => {
    const read = channel({ tokenEndpoint: 'https://localhost:9/token' }).credential.read(account);
    if (read.kind !== 'ready') throw new Error(read.fault);
    const asked = read.obtain(now);
    if (asked.kind !== 'ask') throw new Error('expected a request');
    expect(asked.request).toMatchObject({
      origin: 'https://localhost:9',
      path: '/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const form = new URLSearchParams(Buffer.from(asked.request.body).toString());
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      alg: 'RS256',
      typ: 'JWT',
      kid: 'k1',
    });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      iss: 'push@p1.iam.gserviceaccount.com',
      scope: 'https://www.googleapis.com/auth/firebase.messaging',
      aud: 'https://localhost:9/token',
      iat: now / 1000,
      exp: now / 1000 + 3600,
    });
    expect(
      verify(
        'sha256',
        Buffer.from(`${header}.${claims}`),
        pair.publicKey,
        Buffer.from(signature, 'base64url'),
      ),
    ).toBe(true);
  });

  it.each([
    [
      'a grant',
      raw(200, '{"access_token":"t","expires_in":3599,"token_type":"Bearer"}'),
      { kind: 'granted', credential: { authorization: 'Bearer t', renewAt: now + 3_299_000 } },
    ],
    [
      'a short grant',
      raw(200, '{"access_token":"t","expires_in":4}'),
      { kind: 'granted', credential: { authorization: 'Bearer t', renewAt: now + 2_000 } },
    ],
    [
      'a refusal',
      raw(400, '{"error":"invalid_grant"}'),
      { kind: 'refused', cause: 'token endpoint: invalid_grant' },
    ],
    [
      'a wrong client',
      raw(401, '{"error":"invalid_client"}'),
      { kind: 'refused', cause: 'token endpoint: invalid_client' },
    ],
    [
      'overload',
      raw(503, 'x', { 'retry-after': '3' }),
      { kind: 'unavailable', cause: 'token endpoint: http-503', retryAfterMs: 3_000 },
    ],
    [
      'nonsense',
      raw(200, '<html>'),
      { kind: 'unavailable', cause: 'token endpoint: http-200', retryAfterMs: null },
    ],
    [
      'silence',
      { kind: 'unknown', because: 'timeout', cause: '' } as const,
      { kind: 'unavailable', cause: 'token endpoint: timeout', retryAfterMs: null },
    ],
  ])('%s', (_name, answer, expected) => {
    expect(readTokenAnswer(answer, now)).toEqual(expected);
  });

  it.each([
    ['an empty object', '{}'],
    ['text', 'secret'],
    [
      'an EC key',
      JSON.stringify({
        client_email: 'secret',
        private_key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
          type: 'pkcs8',
          format: 'pem',
        }),
      }),
    ],
  ])('refuses %s without quoting it', (_name, file) => {
    const read = channel().credential.read(file);
    expect(read.kind).toBe('fault');
    expect(JSON.stringify(read)).not.toContain('secret');
  });
});
