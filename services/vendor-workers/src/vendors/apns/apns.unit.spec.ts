import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { appSettingsSchema } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import { describe, expect, it } from 'vitest';
import type { BuiltRequest, OpenTarget, RequestContext, VendorAnswer } from '../../vendor.js';
import { readApnsOutcome } from './apns.outcome.js';
import { apnsId } from './apns.request.js';
import { apnsVendor } from './apns.vendor.js';

const now = 1_760_000_000_000;
const json = (status: number, body: object, headers: Record<string, string> = {}): VendorAnswer => ({
  kind: 'answered',
  status,
  headers,
  body: Buffer.from(JSON.stringify(body)),
});
const text = (status: number, body: string, headers: Record<string, string> = {}): VendorAnswer => ({
  kind: 'answered',
  status,
  headers,
  body: Buffer.from(body),
});

const main = { isMainTopic: true, isMainService: true };

/** Status, reason, outcome: to be held next to Apple's two tables of errors. */
const documented: readonly (readonly [number, string, string])[] = [
  [400, 'BadCollapseId', 'payload-invalid'],
  [400, 'BadDeviceToken', 'token-malformed'],
  [400, 'BadExpirationDate', 'payload-invalid'],
  [400, 'BadMessageId', 'payload-invalid'],
  [400, 'BadPriority', 'payload-invalid'],
  [400, 'BadTopic', 'credential-refused'],
  [400, 'DeviceTokenNotForTopic', 'token-wrong-app'],
  [400, 'DuplicateHeaders', 'payload-invalid'],
  [400, 'IdleTimeout', 'vendor-unavailable'],
  [400, 'InvalidPushType', 'payload-invalid'],
  [400, 'MissingDeviceToken', 'payload-invalid'],
  [400, 'MissingTopic', 'credential-refused'],
  [400, 'PayloadEmpty', 'payload-invalid'],
  [400, 'TopicDisallowed', 'credential-refused'],
  [403, 'BadCertificate', 'credential-refused'],
  [403, 'BadCertificateEnvironment', 'credential-refused'],
  [403, 'ExpiredProviderToken', 'credential-expired'],
  [403, 'Forbidden', 'credential-refused'],
  [403, 'InvalidProviderToken', 'credential-refused'],
  [403, 'MissingProviderToken', 'credential-refused'],
  [403, 'UnrelatedKeyIdInToken', 'credential-refused'],
  [403, 'BadEnvironmentKeyIdInToken', 'credential-refused'],
  [403, 'BadEnvironmentKeyInToken', 'credential-refused'],
  [404, 'BadPath', 'payload-invalid'],
  [405, 'MethodNotAllowed', 'payload-invalid'],
  [410, 'ExpiredToken', 'token-unregistered'],
  [410, 'Unregistered', 'token-unregistered'],
  [413, 'PayloadTooLarge', 'payload-too-large'],
  [429, 'TooManyProviderTokenUpdates', 'throttled'],
  [429, 'TooManyRequests', 'throttled'],
  [500, 'InternalServerError', 'vendor-unavailable'],
  [503, 'ServiceUnavailable', 'vendor-unavailable'],
  [503, 'Shutdown', 'vendor-unavailable'],
  // Channels and broadcasts.
  [400, 'BadChannelId', 'payload-invalid'],
  [400, 'BadRequestParams', 'payload-invalid'],
  [400, 'BadRequestPayload', 'payload-invalid'],
  [400, 'CannotCreateChannelConfig', 'payload-invalid'],
  [400, 'ChannelNotRegistered', 'payload-invalid'],
  [400, 'FeatureNotEnabled', 'credential-refused'],
  [400, 'MissingChannelId', 'payload-invalid'],
  [400, 'MissingPushType', 'payload-invalid'],
  [403, 'TopicMismatch', 'credential-refused'],
  [503, 'Service Unavailable', 'vendor-unavailable'],
];

describe('APNs answers', () => {
  it.each(documented)('%i %s is %s', (status, reason, meaning) => {
    const outcome = readApnsOutcome(json(status, { reason }), now, main);
    expect(outcome).toMatchObject({ reason: meaning, vendorCode: reason });
    expect(outcome.kind).toBe(/^(token|payload)-/.test(meaning) ? 'rejected' : 'deferred');
  });

  it.each([
    ['200', text(200, '', { 'apns-id': 'abc' }), { kind: 'accepted', vendorId: 'abc' }],
    [
      '410 with its time',
      json(410, { reason: 'Unregistered', timestamp: 1_700_000_000_123 }),
      {
        kind: 'rejected',
        reason: 'token-unregistered',
        vendorCode: 'Unregistered',
        observedAt: 1_700_000_000_123,
      },
    ],
    [
      'a time on another answer',
      json(400, { reason: 'BadDeviceToken', timestamp: 5 }),
      { kind: 'rejected', reason: 'token-malformed', vendorCode: 'BadDeviceToken', observedAt: null },
    ],
    [
      'an unknown reason',
      json(400, { reason: 'BadMood' }),
      { kind: 'rejected', reason: 'unclassified', vendorCode: 'BadMood', observedAt: null },
    ],
    [
      '410 without a reason',
      text(410, 'gone'),
      { kind: 'rejected', reason: 'unclassified', vendorCode: 'http-410', observedAt: null },
    ],
    [
      'an unknown 5xx',
      json(507, { reason: 'Full' }),
      { kind: 'deferred', reason: 'vendor-unavailable', vendorCode: 'Full', retryAfterMs: null },
    ],
    [
      'a page of a proxy',
      text(502, '<html>'),
      { kind: 'deferred', reason: 'vendor-unavailable', vendorCode: 'http-502', retryAfterMs: null },
    ],
    [
      'JSON that is no object',
      text(400, 'null'),
      { kind: 'rejected', reason: 'unclassified', vendorCode: 'http-400', observedAt: null },
    ],
    [
      '429 with seconds',
      json(429, { reason: 'TooManyRequests' }, { 'retry-after': '2' }),
      { kind: 'deferred', reason: 'throttled', vendorCode: 'TooManyRequests', retryAfterMs: 2_000 },
    ],
    [
      '503 with a date',
      json(503, { reason: 'Shutdown' }, { 'retry-after': new Date(now + 5_000).toUTCString() }),
      { kind: 'deferred', reason: 'vendor-unavailable', vendorCode: 'Shutdown', retryAfterMs: 5_000 },
    ],
    [
      '429 with nonsense',
      json(429, { reason: 'TooManyRequests' }, { 'retry-after': 'soon' }),
      { kind: 'deferred', reason: 'throttled', vendorCode: 'TooManyRequests', retryAfterMs: null },
    ],
    [
      'a bare 429',
      text(429, ''),
      { kind: 'deferred', reason: 'throttled', vendorCode: 'http-429', retryAfterMs: null },
    ],
    [
      'a timeout',
      { kind: 'unknown', because: 'timeout', cause: '' } as const,
      { kind: 'deferred', reason: 'no-answer', vendorCode: 'timeout', retryAfterMs: null },
    ],
    [
      'a refused stream',
      { kind: 'not-sent', because: 'refused', cause: '' } as const,
      { kind: 'deferred', reason: 'not-sent', vendorCode: 'refused', retryAfterMs: null },
    ],
    [
      'no connection',
      { kind: 'not-sent', because: 'unreachable', cause: '' } as const,
      { kind: 'deferred', reason: 'vendor-unavailable', vendorCode: 'unreachable', retryAfterMs: null },
    ],
  ])('%s', (_name, answer, outcome) => {
    expect(readApnsOutcome(answer, now, main)).toEqual(outcome);
  });

  /** Whose set-up is complained of: the app's, or that of pushes which go where a device chose. */
  it.each([
    ['the main topic', main, 'BadTopic', 'credential-refused'],
    ['the main topic', main, 'TopicDisallowed', 'credential-refused'],
    ['another topic', { ...main, isMainTopic: false }, 'BadTopic', 'vendor-unavailable'],
    ['another topic', { ...main, isMainTopic: false }, 'MissingTopic', 'vendor-unavailable'],
    ['another topic', { ...main, isMainTopic: false }, 'TopicDisallowed', 'vendor-unavailable'],
    ['another topic', { ...main, isMainTopic: false }, 'TopicMismatch', 'vendor-unavailable'],
    ['another topic', { ...main, isMainTopic: false }, 'DeviceTokenNotForTopic', 'token-wrong-app'],
    ['another topic', { ...main, isMainTopic: false }, 'InvalidProviderToken', 'credential-refused'],
    ['another topic', { ...main, isMainTopic: false }, 'BadEnvironmentKeyInToken', 'credential-refused'],
    ['the development service', { ...main, isMainService: false }, 'TopicDisallowed', 'vendor-unavailable'],
    ['the development service', { ...main, isMainService: false }, 'Forbidden', 'vendor-unavailable'],
    [
      'the development service',
      { ...main, isMainService: false },
      'InvalidProviderToken',
      'vendor-unavailable',
    ],
    [
      'the development service',
      { ...main, isMainService: false },
      'BadEnvironmentKeyInToken',
      'vendor-unavailable',
    ],
    [
      'the development service',
      { ...main, isMainService: false },
      'ExpiredProviderToken',
      'credential-expired',
    ],
    ['the development service', { ...main, isMainService: false }, 'BadDeviceToken', 'token-malformed'],
  ])('asked of %s (%j), %s is %s', (_name, asked, reason, meaning) => {
    expect(readApnsOutcome(json(403, { reason }), now, asked)).toMatchObject({
      reason: meaning,
      vendorCode: reason,
    });
  });

  it('leaves a connection that counts token updates, idles or shuts down', () => {
    for (const reason of ['TooManyProviderTokenUpdates', 'IdleTimeout', 'Shutdown'])
      expect(channel().endsConnection(json(429, { reason }))).toBe(true);
    expect(channel().endsConnection(json(400, { reason: 'BadDeviceToken' }))).toBe(false);
    expect(channel().endsConnection(text(200, ''))).toBe(false);
  });
});

const settings = (more: object = {}) =>
  appSettingsSchema.parse({
    app: 'shop',
    vendors: {
      apns: {
        credential: 'file:/k.p8',
        teamId: 'TEAM123456',
        keyId: 'KEY1234567',
        bundleId: 'com.shop',
        ...more,
      },
    },
  });
function channel(more: object = {}) {
  const found = apnsVendor.channelOf(settings(more));
  if (found === null) throw new Error('no channel');
  return found;
}
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
const target = (more: Partial<OpenTarget> = {}): OpenTarget => ({
  user: 'bob',
  deviceId: 'd1',
  token: 'ab'.repeat(32),
  environment: 'production',
  bundle: null,
  ...more,
});
const context: RequestContext = {
  messageId: 'm1',
  credential: { authorization: 'bearer x.y.z', renewAt: 0, generation: 0 },
  now,
  isUrgent: false,
  traceparentOf: () => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  receiptUrl: null,
  receiptParam: null,
  requestKeyOf: (index) => `key-${index}`,
  nonce: () => 'nonce',
};
function built(
  pushed: PushNotification,
  targets: readonly OpenTarget[] = [target()],
  more: object = {},
): BuiltRequest {
  const first = channel(more).buildRequests(pushed, targets, context)[0];
  if (first?.kind !== 'request') throw new Error('no request');
  return first;
}
const bodyOf = ({ request }: BuiltRequest) =>
  JSON.parse(Buffer.from(request.body).toString()) as Record<string, unknown>;

describe('APNs requests', () => {
  it('shows an alert', () => {
    const { request, requestId } = built(push({ threadId: 'c1', payload: '{"a":1}', badgeIncrement: 2 }));
    expect(request.origin).toBe('https://api.push.apple.com');
    expect(request.path).toBe(`/3/device/${'ab'.repeat(32)}`);
    expect(request.headers).toEqual({
      authorization: 'bearer x.y.z',
      'apns-topic': 'com.shop',
      'apns-push-type': 'alert',
      'apns-priority': '10',
      'apns-expiration': '1760000061',
      'apns-collapse-id': 'm1',
      'apns-id': requestId,
      traceparent: context.traceparentOf(0),
    });
    expect(bodyOf(built(push({ threadId: 'c1', payload: '{"a":1}', badgeIncrement: 2 })))).toEqual({
      aps: { alert: { title: 'Ann', body: 'Hello' }, sound: 'default', 'thread-id': 'c1' },
      payload: '{"a":1}',
      badgeIncrement: 2,
    });
  });

  it.each([0, 7])("sets the badge to the sender's number: %i", (badge) => {
    expect(bodyOf(built(push({ badge })))['aps']).toMatchObject({ badge });
    expect(bodyOf(built(push({ badge, strategy: 'silent' })))).toEqual({ aps: { 'content-available': 1 } });
    expect(bodyOf(built(push({ badge: null })))['aps']).not.toHaveProperty('badge');
  });

  it('gives alerts the priority of the app, calls and silent pushes their own', () => {
    const priorityOf = (strategy: PushNotification['strategy'], priority?: string) =>
      built(push({ strategy }), [target()], priority === undefined ? {} : { priority }).request.headers[
        'apns-priority'
      ];
    expect([priorityOf('alert'), priorityOf('alert', 'high'), priorityOf('alert', 'normal')]).toEqual([
      '10',
      '10',
      '5',
    ]);
    expect([priorityOf('voip', 'normal'), priorityOf('silent', 'high')]).toEqual(['10', '5']);
  });

  it('hands over silently, at priority 5 and without alert, sound or badge', () => {
    const silent = built(push({ strategy: 'silent', payload: 'p', badgeIncrement: 1 }), [target()], {
      mutableContent: true,
    });
    expect(silent.request.headers).toMatchObject({
      'apns-push-type': 'background',
      'apns-priority': '5',
      'apns-topic': 'com.shop',
    });
    expect(bodyOf(silent)).toEqual({ aps: { 'content-available': 1 }, payload: 'p' });
  });

  it('rings on the VoIP topic', () => {
    const ring = built(push({ strategy: 'voip', payload: 'call' }));
    expect(ring.request.headers).toMatchObject({
      'apns-push-type': 'voip',
      'apns-topic': 'com.shop.voip',
      'apns-priority': '10',
    });
    expect(bodyOf(ring)).toEqual({ aps: { alert: { title: 'Ann', body: 'Hello' } }, payload: 'call' });
  });

  it.each([
    ['a sound of its own', { sound: 'bell.caf' }, {}, { sound: 'bell.caf' }],
    ['silence', { sound: null }, {}, { sound: undefined }],
    ['a sound for Apple alone', { sound: 'bell' }, { sound: 'bell.caf' }, { sound: 'bell.caf' }],
    ['silence for Apple alone', { sound: 'bell' }, { sound: null }, { sound: undefined }],
    ['buttons', {}, { category: 'ORDER' }, { category: 'ORDER', sound: 'default' }],
    ['its urgency', {}, { interruptionLevel: 'time-sensitive' }, { 'interruption-level': 'time-sensitive' }],
    ['an extension that changes it', { mutableContent: true }, {}, { 'mutable-content': 1 }],
    ['a section that is none', {}, { category: 7 }, { sound: 'default', category: undefined }],
  ])('takes from the strategy %s', (_, common, options, expected) => {
    const resource = { resourcesId: 'x', revision: 1, class: 'chat' as const, ...common, options };
    const { aps } = bodyOf(built(push({ resource }))) as { aps: Record<string, unknown> };
    for (const [name, value] of Object.entries(expected)) expect(aps[name]).toEqual(value);
  });

  it.each([
    ['opens the app', { kind: 'app' }, undefined],
    [
      'opens a page',
      { kind: 'url', url: 'https://shop.example/' },
      { kind: 'url', url: 'https://shop.example/' },
    ],
    ['opens a screen', { kind: 'intent', intent: 'shop://o' }, { kind: 'intent', intent: 'shop://o' }],
  ] as const)('a tap that %s is told to the app', (_, clickAction, told) => {
    const resource = { resourcesId: 'x', revision: 1, class: 'chat', clickAction, options: {} } as const;
    expect(bodyOf(built(push({ resource })))['clickAction']).toEqual(told);
    expect(bodyOf(built(push({ resource, strategy: 'silent' })))).not.toHaveProperty('clickAction');
  });

  it('gives alerts the priority of their strategy', () => {
    const of = (priority: 'normal' | 'high', strategy: PushNotification['strategy'] = 'alert') =>
      built(
        push({ strategy, resource: { resourcesId: 'x', revision: 1, class: 'chat', priority, options: {} } }),
      ).request.headers['apns-priority'];
    expect([of('normal'), of('high'), of('high', 'silent'), of('normal', 'voip')]).toEqual([
      '5',
      '10',
      '5',
      '10',
    ]);
  });

  it('takes sound and mutable content from the app, the bundle from the device', () => {
    const request = built(push(), [target({ bundle: 'com.shop.beta' })], {
      mutableContent: true,
      sound: null,
      otherBundleIds: ['com.shop.beta'],
    });
    expect(bodyOf(request)).toEqual({
      aps: { alert: { title: 'Ann', body: 'Hello' }, 'mutable-content': 1 },
    });
    expect(request.request.headers['apns-topic']).toBe('com.shop.beta');
  });

  it.each([
    ['alert', 4096],
    ['silent', 4096],
    ['voip', 5120],
  ] as const)('%s: fits %i bytes or is not sent', (strategy, limit) => {
    const long = built(
      push({
        strategy,
        title: '好'.repeat(1024),
        content: '👩‍👩‍👦'.repeat(500),
        payload: 'p'.repeat(limit - 200),
      }),
    );
    expect(long.request.body.length).toBeLessThanOrEqual(limit);
    expect(bodyOf(long)['payload']).toHaveLength(limit - 200);
    const exact =
      limit -
      Buffer.byteLength(
        JSON.stringify({
          ...bodyOf(built(push({ strategy, title: '', content: '', payload: 'x' }))),
          payload: '',
        }),
      );
    expect(
      built(push({ strategy, title: '', content: '', payload: 'p'.repeat(exact) })).request.body,
    ).toHaveLength(limit);
    expect(
      channel().buildRequests(push({ strategy, payload: 'p'.repeat(exact + 1) }), [target()], context),
    ).toEqual([
      {
        kind: 'impossible',
        targets: [target()],
        outcome: { kind: 'rejected', reason: 'payload-too-large', vendorCode: 'not sent', observedAt: null },
      },
    ]);
  });

  it('names collapse keys that no header holds by their hash', () => {
    expect(built(push({ collapse: '会话'.repeat(20) })).request.headers['apns-collapse-id']).toMatch(
      /^[A-Za-z0-9_-]{43}$/,
    );
    expect(built(push({ collapse: 'x'.repeat(64) })).request.headers['apns-collapse-id']).toHaveLength(64);
  });

  it('makes the same canonical UUID of the same message and device, and no other', () => {
    const id = apnsId('m1', 'd1');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(apnsId('m1', 'd1')).toBe(id);
    expect(new Set([id, apnsId('m1', 'd2'), apnsId('m2', 'd1'), apnsId('m1\nd', '1')]).size).toBe(4);
  });

  it('tries the development service once, and only for a token of unknown environment', () => {
    const bad = json(400, { reason: 'BadDeviceToken' });
    const automatic = built(push(), [target({ environment: 'automatic' })]);
    expect(automatic.request.origin).toBe('https://api.push.apple.com');
    const other = channel().nextRequest(automatic, bad);
    expect(other?.request).toEqual({ ...automatic.request, origin: 'https://api.sandbox.push.apple.com' });
    expect(channel().nextRequest(automatic, json(410, { reason: 'Unregistered' }))).toBeNull();
    expect(channel().nextRequest(built(push()), bad)).toBeNull();
    const one = { developmentEndpoint: 'https://api.push.apple.com' };
    expect(channel(one).nextRequest(automatic, bad)).toBeNull();
    expect(built(push(), [target({ environment: 'development' })]).request.origin).toBe(
      'https://api.sandbox.push.apple.com',
    );
  });

  /** After production's BadDeviceToken: the development service's answer, and what the two mean together. */
  it.each([
    ['BadDeviceToken', 'rejected', 'token-malformed', 'BadDeviceToken'],
    ['Unregistered', 'rejected', 'token-unregistered', 'Unregistered'],
    // The key is good for production only, and production does not know the token.
    ['BadEnvironmentKeyInToken', 'rejected', 'token-malformed', 'BadDeviceToken/BadEnvironmentKeyInToken'],
    [
      'BadEnvironmentKeyIdInToken',
      'rejected',
      'token-malformed',
      'BadDeviceToken/BadEnvironmentKeyIdInToken',
    ],
    ['BadCertificateEnvironment', 'rejected', 'token-malformed', 'BadDeviceToken/BadCertificateEnvironment'],
    // Production took the same key, so nothing is known of the token yet.
    ['InvalidProviderToken', 'deferred', 'vendor-unavailable', 'InvalidProviderToken'],
    ['Forbidden', 'deferred', 'vendor-unavailable', 'Forbidden'],
    ['TopicDisallowed', 'deferred', 'vendor-unavailable', 'TopicDisallowed'],
    ['ExpiredProviderToken', 'deferred', 'vendor-unavailable', 'BadDeviceToken/ExpiredProviderToken'],
    ['TooManyRequests', 'deferred', 'throttled', 'TooManyRequests'],
    ['ServiceUnavailable', 'deferred', 'vendor-unavailable', 'ServiceUnavailable'],
    ['BadMood', 'rejected', 'unclassified', 'BadMood'],
  ])('production BadDeviceToken, then development %s: %s %s (%s)', (second, kind, meaning, vendorCode) => {
    const automatic = built(push(), [target({ environment: 'automatic' })]);
    const other = channel().nextRequest(automatic, json(400, { reason: 'BadDeviceToken' }));
    expect(other?.readOutcomes(json(400, { reason: second }), now)[0]).toMatchObject({
      kind,
      reason: meaning,
      vendorCode,
    });
  });

  it('halts the app for its own topic at its own service alone', () => {
    const refused = json(400, { reason: 'TopicDisallowed' });
    const reasonOf = (request: BuiltRequest, more: object = {}) => {
      const [outcome] = channel(more).readOutcomes(request, refused, now);
      return outcome !== undefined && 'reason' in outcome ? outcome.reason : outcome?.kind;
    };
    const beta = { otherBundleIds: ['com.shop.beta'] };
    expect(reasonOf(built(push()))).toBe('credential-refused');
    expect(reasonOf(built(push(), [target({ bundle: 'com.shop' })]))).toBe('credential-refused');
    expect(reasonOf(built(push(), [target({ bundle: 'com.shop.beta' })], beta), beta)).toBe(
      'vendor-unavailable',
    );
    expect(reasonOf(built(push({ strategy: 'voip' })))).toBe('vendor-unavailable');
    expect(reasonOf(built(push(), [target({ environment: 'development' })]))).toBe('vendor-unavailable');
    // An app that names the development service as its own lives there.
    const developer = { endpoint: 'https://api.sandbox.push.apple.com' };
    expect(reasonOf(built(push(), [target({ environment: 'development' })], developer), developer)).toBe(
      'credential-refused',
    );
  });

  it.each([
    ['that the app has not declared', 'com.mallory', {}, 'bundle not configured'],
    [
      'that no header carries',
      'com.shop\r\nx: y',
      { otherBundleIds: ['com.shop\r\nx: y'] },
      'bundle cannot stand in a header',
    ],
  ])('does not send to a bundle %s', (_name, bundle, more, vendorCode) => {
    expect(channel(more).buildRequests(push(), [target({ bundle })], context)[0]).toMatchObject({
      kind: 'impossible',
      outcome: { kind: 'rejected', reason: 'payload-invalid', vendorCode },
    });
  });

  it('does not let a token leave its path', () => {
    expect(built(push(), [target({ token: '../x y' })]).request.path).toBe('/3/device/..%2Fx%20y');
  });
});

describe('the APNs credential', () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  it('is a file where a library signs with it', () => {
    const sealed = { credential: `sealed:${'A'.repeat(43)}` };
    expect(channel({ ...sealed, sender: 'node-apn' }).credential.read('x')).toMatchObject({
      fault: 'node-apn signs from a file: name the key with file:',
    });
    expect(channel(sealed).credential.read(pem).kind).toBe('ready');
  });

  it('signs a JWT for the team with the key, to be renewed after 50 minutes', () => {
    const read = channel().credential.read(pem);
    if (read.kind !== 'ready') throw new Error(read.fault);
    const obtained = read.obtain(now);
    if (obtained.kind !== 'signed') throw new Error('expected a signed credential');
    expect(obtained.credential.renewAt).toBe(now + 3_000_000);
    const [header = '', claims = '', signature = ''] = obtained.credential.authorization
      .replace('bearer ', '')
      .split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      alg: 'ES256',
      kid: 'KEY1234567',
    });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      iss: 'TEAM123456',
      iat: now / 1000,
    });
    const key = createPublicKey(pair.privateKey);
    expect(
      verify(
        'sha256',
        Buffer.from(`${header}.${claims}`),
        { key, dsaEncoding: 'ieee-p1363' },
        Buffer.from(signature, 'base64url'),
      ),
    ).toBe(true);
  });

  it.each([
    [
      'an RSA key',
      generateKeyPairSync('rsa', { modulusLength: 2048 })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    ],
    [
      'another curve',
      generateKeyPairSync('ec', { namedCurve: 'P-384' })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    ],
    ['text', 'secret text'],
  ])('refuses %s without quoting it', (_name, file) => {
    const read = channel().credential.read(file);
    expect(read.kind).toBe('fault');
    expect(JSON.stringify(read)).not.toContain('secret');
  });
});
