import { appSettingsSchema } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import { describe, expect, it } from 'vitest';
import type { BuiltPush, BuiltRequest, OpenTarget, RequestContext, VendorAnswer } from '../../vendor.js';
import { notifyIdOf } from '../notify-id.js';
import { oppoSign, readAuthAnswer } from './oppo.credential.js';
import { readOppoOutcomes } from './oppo.outcome.js';
import { oppoVendor } from './oppo.vendor.js';

const now = 1_760_000_000_000;
const raw = (status: number, body: string, headers: Record<string, string> = {}): VendorAnswer => ({
  kind: 'answered',
  status,
  headers,
  body: Buffer.from(body),
});
const code = (number: number, message = '', data?: unknown) =>
  raw(200, JSON.stringify({ code: number, message, data }));
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

/** To be held next to OPPO's table of return codes (11235) and of unicast (11238). */
const rows: readonly (readonly [string, VendorAnswer, object])[] = [
  ['0', code(0, '', { messageId: 'app-1-1-622f' }), accepted('app-1-1-622f')],
  ['0 with data as a text', code(0, '', '{"messageId":"app-1-1-622f"}'), accepted('app-1-1-622f')],
  ['0 without an id', code(0), accepted(null)],
  ['0 written as a text', raw(200, '{"code":"0","data":{"messageId":"m"}}'), accepted('m')],
  ['-2 flow control', code(-2), deferred('throttled', '-2')],
  ['-1 service unavailable', code(-1), deferred('vendor-unavailable', '-1')],
  ['11 auth token', code(11), deferred('credential-expired', '11')],
  ['12 HTTP method', code(12), deferred('credential-refused', '12')],
  ['13 call limit', code(13), deferred('throttled', '13')],
  ['14 app key invalid', code(14), deferred('credential-refused', '14')],
  ['15 app key missing', code(15), deferred('credential-refused', '15')],
  ['16 sign invalid', code(16), deferred('credential-refused', '16')],
  ['17 sign missing', code(17), deferred('credential-refused', '17')],
  ['18 timestamp missing', code(18), deferred('credential-refused', '18')],
  ['19 timestamp invalid', code(19), deferred('credential-refused', '19')],
  ...[20, 21, 22, 23, 24].map(
    (number) =>
      [`${number} method or version`, code(number), deferred('credential-refused', String(number))] as const,
  ),
  ['25 encoding', code(25), rejected('payload-invalid', '25')],
  ['26 address is blacklisted', code(26), deferred('credential-refused', '26')],
  ['27 no right to the feature', code(27), rejected('category-refused', '27')],
  ['28 app disabled', code(28), deferred('credential-refused', '28')],
  ['29 auth token missing', code(29), deferred('credential-expired', '29')],
  ['30 no right to push', code(30), deferred('credential-refused', '30')],
  ['31 data missing', code(31), rejected('payload-invalid', '31')],
  ['32 duplicate of nothing', code(32), rejected('unclassified', '32')],
  ['33 over the daily limit', code(33), deferred('quota-spent', 'marketing: 33')],
  ['34 pictures over the limit', code(34), rejected('payload-invalid', '34')],
  ['40 argument missing', code(40), rejected('payload-invalid', '40')],
  ['41 argument', code(41, 'title is too long'), rejected('payload-invalid', '41')],
  ['41 registration_id', code(41, 'Invalid registration_id'), rejected('token-malformed', '41')],
  ['42 saved bodies over the limit', code(42), deferred('quota-spent', 'broadcast: 42')],
  ['54 no template', code(54, 'private_msg_template_id is null'), rejected('category-refused', '54')],
  ['51 picture', code(51), rejected('payload-invalid', '51')],
  ['55 frequency', code(55), deferred('throttled', '55')],
  ['59 fallback link', code(59), rejected('payload-invalid', '59')],
  ['67 category or level', code(67), rejected('category-refused', '67')],
  ['69 global limit', code(69), deferred('throttled', '69')],
  ['10000 registration id', code(10_000, 'registration_id格式不正确'), rejected('token-malformed', '10000')],
  ['10001 of one call', code(10_001), rejected('unclassified', '10001')],
  ['20000 of one call', code(20_000), rejected('unclassified', '20000')],
  ['500', code(500), deferred('vendor-unavailable', '500')],
  ['599', code(599), deferred('vendor-unavailable', '599')],
  ['a new code', code(77), rejected('unclassified', '77')],
  ['HTTP 500', raw(500, ''), deferred('vendor-unavailable', 'http-500')],
  [
    'HTTP 502 with a hint',
    raw(502, '<html>Bad gateway', { 'retry-after': '7' }),
    deferred('vendor-unavailable', 'http-502', 7_000),
  ],
  ['HTTP 503 that looks good', raw(503, '{"code":0}'), deferred('vendor-unavailable', 'http-503')],
  ['HTTP 403', raw(403, ''), deferred('vendor-unavailable', 'http-403')],
  ['HTTP 404', raw(404, '<html>'), deferred('vendor-unavailable', 'http-404')],
  ['HTTP 302', raw(302, ''), deferred('vendor-unavailable', 'http-302')],
  ['HTTP 429', raw(429, '', { 'retry-after': '2' }), deferred('throttled', 'http-429', 2_000)],
  ['half a body', raw(200, '{"code":0,"da'), deferred('no-answer', 'http-200-without-code')],
  ['a page', raw(200, '<html>Please log in'), deferred('no-answer', 'http-200-without-code')],
  ['another JSON', raw(200, '{"ok":true}'), deferred('no-answer', 'http-200-without-code')],
  ['a list', raw(200, '[]'), deferred('no-answer', 'http-200-without-code')],
  ['a word as code', raw(200, '{"code":"good"}'), deferred('no-answer', 'http-200-without-code')],
  ['a cut', { kind: 'unknown', because: 'cut', cause: '' }, deferred('no-answer', 'cut')],
  ['no answer', { kind: 'unknown', because: 'timeout', cause: '' }, deferred('no-answer', 'timeout')],
  ['not sent', { kind: 'not-sent', because: 'cut', cause: '' }, deferred('not-sent', 'cut')],
  [
    'no connection',
    { kind: 'not-sent', because: 'unreachable', cause: '' },
    deferred('vendor-unavailable', 'unreachable'),
  ],
];

describe('OPPO answers', () => {
  it.each(rows)('%s', (_name, answer, outcome) => {
    expect(readOppoOutcomes({ targets: [targetOf('a')] }, answer, now)).toEqual([outcome]);
  });

  const three = { targets: ['a', 'b', 'c'].map(targetOf) };

  it('a batch has an outcome per target', () => {
    const data = [
      { messageId: 'm-a', registrationId: 'a' },
      { messageId: 'm-b', registrationId: 'b', errorCode: 10_000, errorMessage: 'bad' },
      { messageId: 'm-c', registrationId: 'c', errorCode: 41, errorMessage: 'registration_id' },
    ];
    expect(readOppoOutcomes(three, code(0, '', data), now)).toEqual([
      accepted('m-a'),
      rejected('token-malformed', '10000'),
      rejected('token-malformed', '41'),
    ]);
  });

  it('in any order, as a text, with entries missing or unnamed', () => {
    const [a, b, c] = [
      { messageId: 'm-a', registrationId: 'a' },
      { messageId: 'm-b', registrationId: 'b', errorCode: '33' },
      { messageId: 'm-c', registrationId: 'c', errorCode: 0 },
    ];
    const quota = deferred('quota-spent', 'marketing: 33');
    const lost = deferred('no-answer', 'missing from the answer');
    expect(readOppoOutcomes(three, code(0, '', [c, a, b]), now)).toEqual([
      accepted('m-a'),
      quota,
      accepted('m-c'),
    ]);
    expect(readOppoOutcomes(three, code(0, '', JSON.stringify([a, b, c])), now)).toEqual([
      accepted('m-a'),
      quota,
      accepted('m-c'),
    ]);
    expect(readOppoOutcomes(three, code(0, '', [a, c]), now)).toEqual([
      accepted('m-a'),
      lost,
      accepted('m-c'),
    ]);
    expect(readOppoOutcomes(three, code(0, '', [{ messageId: '1' }, null, { messageId: '3' }]), now)).toEqual(
      [accepted('1'), lost, accepted('3')],
    );
    expect(readOppoOutcomes(three, code(0), now)).toEqual([lost, lost, lost]);
  });

  it('32 is good news for a target that an earlier message may have reached, and for no other', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((token) => ({ ...targetOf(token), mayHaveArrived: token !== 'b' }));
    const targets = [a, b, c] as OpenTarget[];
    const unknown = rejected('unclassified', '32');
    expect(readOppoOutcomes({ targets }, code(32), now)).toEqual([accepted(null), unknown, accepted(null)]);
    const item = (registrationId: string) => ({ registrationId, errorCode: 32 });
    const items = [item('a'), item('b'), { registrationId: 'c', messageId: 'm' }];
    expect(readOppoOutcomes({ targets }, code(0, '', items), now)).toEqual([
      accepted(null),
      unknown,
      accepted('m'),
    ]);
  });

  it('a code for a whole batch condemns no token', () => {
    const all = (outcome: object) => [outcome, outcome, outcome];
    expect(readOppoOutcomes(three, code(10_000), now)).toEqual(all(rejected('unclassified', '10000')));
    expect(readOppoOutcomes(three, code(41, 'registration_id'), now)).toEqual(
      all(rejected('payload-invalid', '41')),
    );
    expect(readOppoOutcomes(three, code(11), now)).toEqual(all(deferred('credential-expired', '11')));
    expect(readOppoOutcomes(three, raw(502, ''), now)).toEqual(
      all(deferred('vendor-unavailable', 'http-502')),
    );
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
const context: RequestContext = {
  messageId: 'm1',
  credential: { authorization: 'token &=', renewAt: 0, generation: 0 },
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
    vendors: { oppo: { credential: 'file:/k.json', ...more } },
  });
  const found = oppoVendor.channelOf(app);
  if (found === null) throw new Error('no channel');
  return found;
}
const tokens = (count: number) => Array.from({ length: count }, (_, index) => targetOf(`t${index}`));
function requests(built: readonly BuiltPush[]): readonly BuiltRequest[] {
  return built.map((each) => {
    if (each.kind !== 'request') throw new Error('no request');
    return each;
  });
}
const formOf = ({ request }: BuiltRequest) => new URLSearchParams(Buffer.from(request.body).toString());
interface Message {
  readonly target_value: string;
  readonly notification: Readonly<Record<string, unknown>>;
}
function notificationOf(pushed: PushNotification, settings: object = {}, more: object = {}) {
  const [only] = requests(channel(settings).buildRequests(pushed, tokens(1), { ...context, ...more }));
  if (only === undefined) throw new Error('no request');
  return (JSON.parse(formOf(only).get('message') ?? '') as Message).notification;
}
const resource = (options: object, more: object = {}) => ({
  resourcesId: 'r',
  revision: 1,
  class: 'chat' as const,
  options: { ...options },
  ...more,
});

describe('OPPO requests', () => {
  it('sends one message to one target as a form', () => {
    const [only, ...others] = requests(channel().buildRequests(push(), [targetOf('CN_a')], context));
    expect(others).toEqual([]);
    expect(only?.request).toMatchObject({
      method: 'POST',
      origin: 'https://api.push.oppomobile.com',
      path: '/server/v1/message/notification/unicast',
      headers: { 'content-type': 'application/x-www-form-urlencoded', traceparent: 'trace-0' },
    });
    const form = formOf(only as BuiltRequest);
    expect([...form.keys()]).toEqual(['auth_token', 'message']);
    expect(form.get('auth_token')).toBe('token &=');
    expect(JSON.parse(form.get('message') ?? '')).toEqual({
      target_type: 2,
      target_value: 'CN_a',
      verify_registration_id: true,
      notification: {
        app_message_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        style: 1,
        title: 'Ann',
        content: 'Hello',
        click_action_type: 0,
        action_parameters: '{"payload":"p"}',
        off_line: true,
        off_line_ttl: 60,
        notify_id: notifyIdOf('m1'),
      },
    });
  });

  it('sends many as batches of up to 1000, each message with an id of its own', () => {
    const built = requests(channel().buildRequests(push(), tokens(1500), context));
    expect(built.map(({ targets }) => targets.length)).toEqual([1000, 500]);
    expect(built.map(({ request }) => request.headers['traceparent'])).toEqual(['trace-0', 'trace-1000']);
    const messages = built.flatMap((each) => {
      expect(each.request.path).toBe('/server/v1/message/notification/unicast_batch');
      return JSON.parse(formOf(each).get('messages') ?? '') as Message[];
    });
    expect(messages.map((each) => each.target_value)).toEqual(tokens(1500).map(({ token }) => token));
    expect(new Set(messages.map((each) => each.notification['app_message_id'])).size).toBe(1500);
    const again = requests(channel().buildRequests(push(), tokens(2), { ...context, now: now + 9 }));
    const repeated = JSON.parse(formOf(again[0] as BuiltRequest).get('messages') ?? '') as Message[];
    expect(repeated[1]?.notification['app_message_id']).toBe(messages[1]?.notification['app_message_id']);
    const requestKeyOf = (index: number) => `other-${index}`;
    const anew = requests(channel().buildRequests(push(), tokens(1), { ...context, requestKeyOf }));
    const { notification } = JSON.parse(formOf(anew[0] as BuiltRequest).get('message') ?? '') as Message;
    expect(notification['app_message_id']).not.toBe(messages[0]?.notification['app_message_id']);
  });

  it('keeps a batch within what servers take', () => {
    const built = requests(
      channel().buildRequests(push({ payload: '好'.repeat(3900) }), tokens(60), context),
    );
    expect(built.length).toBeGreaterThan(1);
    expect(built.flatMap(({ targets }) => targets)).toEqual(tokens(60));
    for (const { request } of built) expect(request.body.length).toBeLessThan(1_000_000);
  });

  it('takes category, level, channel, template and style from the strategy', () => {
    const options = {
      category: 'IM',
      notifyLevel: 16,
      channelId: 'chat',
      style: 'long',
      template: { id: 't1', titleParameters: { who: 'title' }, contentParameters: { text: 'content' } },
    };
    expect(notificationOf(push({ resource: resource(options) }))).toMatchObject({
      category: 'IM',
      notify_level: 16,
      channel_id: 'chat',
      style: 2,
      private_msg_template_id: 't1',
      private_title_parameters: '{"who":"Ann"}',
      private_content_parameters: '{"text":"Hello"}',
    });
  });

  it('takes them from the app where there is no strategy, or one that it cannot read', () => {
    const settings = { channelId: 'all', categories: { chat: 'IM', call: 'TODO' }, imTemplate: { id: 't0' } };
    const shown = { category: 'IM', channel_id: 'all', private_msg_template_id: 't0' };
    expect(notificationOf(push(), settings)).toMatchObject(shown);
    expect(notificationOf(push({ resource: resource({ category: 'NEW' }) }), settings)).toMatchObject(shown);
    const call = notificationOf(push({ resource: resource({}, { class: 'call' }) }), settings);
    expect(call).toMatchObject({ category: 'TODO' });
    expect(call).not.toHaveProperty('private_msg_template_id');
  });

  it.each([
    [{ kind: 'app' }, { click_action_type: 0, action_parameters: '{"payload":"p"}' }],
    // OPPO appends parameters to a page's address, where a payload has no business.
    [
      { kind: 'url', url: 'https://a.example/x' },
      { click_action_type: 2, click_action_url: 'https://a.example/x' },
    ],
    [
      { kind: 'intent', intent: 'com.example.OPEN' },
      {
        click_action_type: 1,
        click_action_activity: 'com.example.OPEN',
        action_parameters: '{"payload":"p"}',
      },
    ],
    [
      { kind: 'intent', intent: 'intent:#Intent;end' },
      { click_action_type: 5, click_action_url: 'intent:#Intent;end', action_parameters: '{"payload":"p"}' },
    ],
  ] as const)('a tap: %j', (clickAction, expected) => {
    const sent = notificationOf(push({ resource: resource({}, { clickAction }) }));
    expect(Object.fromEntries(Object.entries(sent).filter(([key]) => /action/.test(key)))).toEqual(expected);
  });

  it('sets the badge, or adds to it', () => {
    const badges = [{ badge: 7, badgeIncrement: 1 }, { badgeIncrement: 2 }, { badgeIncrement: 0 }].map(
      (more) => {
        const sent = notificationOf(push(more));
        return [sent['badge_operation_type'], sent['badge_message_count']];
      },
    );
    expect(badges).toEqual([
      [0, 7],
      [1, 2],
      [undefined, undefined],
    ]);
  });

  it('asks for a receipt where the address fits', () => {
    const receipt = { receiptUrl: `https://a.example/${'r'.repeat(182)}`, receiptParam: 'm1' };
    expect(notificationOf(push(), {}, receipt)).toMatchObject({
      call_back_url: receipt.receiptUrl,
      call_back_parameter: 'm1',
    });
    const tooLong = { ...receipt, receiptUrl: `${receipt.receiptUrl}r` };
    expect(notificationOf(push(), {}, tooLong)).not.toHaveProperty('call_back_url');
    expect(notificationOf(push(), {}, { ...receipt, receiptParam: null })).not.toHaveProperty(
      'call_back_parameter',
    );
  });

  it.each([
    ['a minute', 60_500, 60],
    ['less than a second', 100, 1],
    ['more than ten days', 900_000_000, 864_000],
  ])('lives for %s', (_name, lifeMs, seconds) => {
    expect(notificationOf(push({ expiresAt: now + lifeMs }))['off_line_ttl']).toBe(seconds);
  });

  const family = '👩‍👩‍👦';
  it.each([
    ['at the limit', 'x'.repeat(50), 'y'.repeat(50), {}, 'x'.repeat(50), 'y'.repeat(50)],
    ['one over', 'x'.repeat(51), 'y'.repeat(51), {}, `${'x'.repeat(49)}…`, `${'y'.repeat(49)}…`],
    ['Chinese', '好'.repeat(51), '好'.repeat(4096), {}, `${'好'.repeat(49)}…`, `${'好'.repeat(49)}…`],
    ['the older limit', 'x', 'y'.repeat(201), { contentCharacters: 200 }, 'x', `${'y'.repeat(199)}…`],
    ['long text', 'x', 'y'.repeat(129), { style: 'long' }, 'x', `${'y'.repeat(127)}…`],
    // Eight units each.
    ['joined emoji', 'x', family.repeat(7), {}, 'x', `${family.repeat(6)}…`],
    ['right to left', 'x', 'שלום '.repeat(11), {}, 'x', `${'שלום '.repeat(9)}שלום…`],
    ['no title', ' ', 'Hello', {}, 'Hello', 'Hello'],
    ['no text', 'Ann', '', {}, 'Ann', 'Ann'],
  ])('fits texts: %s', (_name, title, content, settings, expectedTitle, expectedContent) => {
    const sent = notificationOf(push({ title, content }), settings);
    expect([sent['title'], sent['content']]).toEqual([expectedTitle, expectedContent]);
  });

  it.each([
    ['a payload of 4000 characters', { payload: 'p'.repeat(4000 - '{"payload":""}'.length) }, null],
    ['one over', { payload: 'p'.repeat(4001 - '{"payload":""}'.length) }, 'payload-too-large'],
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

describe('the OPPO quota', () => {
  const quota = { name: 'marketing', perDay: null, perDevicePerDay: 2 };
  it.each([
    ['a chat without category', {}, 'chat', null],
    ['a service', { category: 'ORDER' }, 'service', null],
    ['marketing without category', {}, 'marketing', quota],
    ['news', { category: 'NEWS' }, 'chat', quota],
  ] as const)('%s', (_name, options, pushClass, expected) => {
    expect(channel().quotaOf(push({ resource: resource(options, { class: pushClass }) }))).toEqual(expected);
  });
  it('is what the app says', () => {
    const settings = { marketingPerDay: 100_000, marketingPerDevicePerDay: 5 };
    expect(channel(settings).quotaOf(push({ resource: resource({}, { class: 'marketing' }) }))).toEqual({
      name: 'marketing',
      perDay: 100_000,
      perDevicePerDay: 5,
    });
  });
});

describe('the OPPO credential', () => {
  const file = JSON.stringify({ appKey: 'app-key', masterSecret: 'master-secret' });

  it('signs as the document does', () => {
    expect(oppoSign({ appKey: 'app-key', masterSecret: 'master-secret' }, '1700000000123')).toBe(
      '41f69ec5ec800437d06dbec0dfcc8d402c8a5532022a0c86671562fa114e614a',
    );
  });

  it('exchanges a signed form', () => {
    const read = channel({ endpoint: 'https://localhost:9' }).credential.read(file);
    if (read.kind !== 'ready') throw new Error(read.fault);
    const asked = read.obtain(1_700_000_000_123);
    if (asked.kind !== 'ask') throw new Error('expected a request');
    expect(asked.request).toMatchObject({
      method: 'POST',
      origin: 'https://localhost:9',
      path: '/server/v1/auth',
    });
    expect(Object.fromEntries(new URLSearchParams(Buffer.from(asked.request.body).toString()))).toEqual({
      app_key: 'app-key',
      timestamp: '1700000000123',
      sign: '41f69ec5ec800437d06dbec0dfcc8d402c8a5532022a0c86671562fa114e614a',
    });
  });

  const hour = 3_600_000;
  const granted = (renewAt: number) => ({ kind: 'granted', credential: { authorization: 't', renewAt } });
  const unavailable = (cause: string, retryAfterMs: number | null = null) => ({
    kind: 'unavailable',
    cause: `auth: ${cause}`,
    retryAfterMs,
  });
  it.each([
    ['a token', code(0, '', { auth_token: 't', create_time: now - 1 }), granted(now - 1 + 20 * hour)],
    [
      'a token that was made before',
      code(0, '', { auth_token: 't', create_time: now - 10 * hour }),
      granted(now + 10 * hour),
    ],
    [
      'a token that ends soon',
      code(0, '', { auth_token: 't', create_time: now - 22 * hour }),
      granted(now + hour),
    ],
    [
      'a clock that is ahead',
      code(0, '', { auth_token: 't', create_time: now + 5 }),
      granted(now + 20 * hour),
    ],
    ['no time', code(0, '', { auth_token: 't' }), granted(now + 20 * hour)],
    ['data as a text', code(0, '', '{"auth_token":"t"}'), granted(now + 20 * hour)],
    [
      'an extra flag',
      raw(200, '{"success":true,"code":0,"data":{"auth_token":"t"}}'),
      granted(now + 20 * hour),
    ],
    ['no token', code(0, '', {}), unavailable('no auth_token')],
    ['a bad key', code(14), { kind: 'refused', cause: 'auth: 14' }],
    ['a bad sign', code(16), { kind: 'refused', cause: 'auth: 16' }],
    ['a bad clock', code(19), { kind: 'refused', cause: 'auth: 19 (timestamp: is the clock right?)' }],
    ['a disabled app', code(28), { kind: 'refused', cause: 'auth: 28' }],
    ['flow control', code(-2), unavailable('-2')],
    ['too often', code(13), unavailable('13')],
    ['service unavailable', code(-1), unavailable('-1')],
    ['HTTP 503', raw(503, '', { 'retry-after': '3' }), unavailable('http-503', 3_000)],
    ['nonsense', raw(200, '<html>'), unavailable('http-200')],
    ['silence', { kind: 'unknown', because: 'timeout', cause: '' } as const, unavailable('timeout')],
  ])('%s', (_name, answer, expected) => {
    expect(readAuthAnswer(answer, now)).toEqual(expected);
  });

  it.each(['{}', 'secret', '[]', '{"appKey":"secret"}', '{"appKey":"secret","masterSecret":""}'])(
    'refuses %s without quoting it',
    (text) => {
      const read = channel().credential.read(text);
      expect(read.kind).toBe('fault');
      expect(JSON.stringify(read)).not.toContain('secret');
    },
  );
});

describe('OPPO receipts', () => {
  const read = (body: string) =>
    channel().receipts?.read({ headers: {}, query: {}, body: Buffer.from(body) }, null, now);
  const entry = (eventType: string, registrationIds: string) => ({
    messageId: 'msg-1',
    appId: 'a',
    taskId: 'msg-1',
    registrationIds,
    eventTime: '1760000000001',
    param: 'm1',
    eventType,
  });
  const receipt = (token: string, status: string, vendorCode: string) => ({
    token,
    param: 'm1',
    vendorId: 'msg-1',
    status,
    vendorCode,
    occurredAt: 1_760_000_000_001,
  });

  it('come many at once, for one or more registration ids', () => {
    const body = [
      entry('push_arrive', 'a, b'),
      entry('regid_invalid', 'c'),
      entry('user_daily_limit', 'd'),
      entry('app_daily_limit', 'e'),
    ];
    expect(read(JSON.stringify(body))).toMatchObject({
      kind: 'receipts',
      reply: { status: 200 },
      receipts: [
        receipt('a', 'delivered', 'push_arrive'),
        receipt('b', 'delivered', 'push_arrive'),
        receipt('c', 'token-unregistered', 'regid_invalid'),
        receipt('d', 'quota-spent', 'user_daily_limit'),
        receipt('e', 'unclassified', 'app_daily_limit'),
      ],
    });
  });

  it('may lack everything but the registration id', () => {
    expect(read('[{"registrationIds":"a"},{},null,7,{"registrationIds":","}]')).toMatchObject({
      receipts: [
        { token: 'a', param: null, vendorId: null, status: 'unclassified', vendorCode: '', occurredAt: null },
      ],
    });
  });

  it.each(['', '{}', '<html>', '"a"'])('are refused as %j', (body) => {
    expect(read(body)).toMatchObject({ kind: 'refused', reply: { status: 400 } });
  });
});

describe("OPPO's list of dead ids", () => {
  it('is asked for with the auth token', () => {
    const { feedback } = channel({ feedbackEverySeconds: 60 });
    expect(feedback?.everyMs).toBe(60_000);
    expect(feedback?.request(context.credential, now)).toMatchObject({
      method: 'GET',
      origin: 'https://feedback.push.oppomobile.com',
      path: '/server/v1/feedback/fetch_invalid_regidList?auth_token=token%20%26%3D',
      headers: { auth_token: 'token &=' },
    });
    expect(channel({ feedbackEndpoint: null }).feedback).toBeNull();
  });

  it.each([
    ['ids', code(0, '', { registration_ids: ['a', 'b', ''], totalCount: 2 }), ['a', 'b']],
    ['none', code(0, '', { registration_ids: [], totalCount: 0 }), []],
    ['a refusal', code(11), null],
    ['no list', code(0, '', {}), null],
    ['a page', raw(200, '<html>'), null],
    ['HTTP 500', raw(500, '{"code":0,"data":{"registration_ids":["a"]}}'), null],
    ['silence', { kind: 'unknown', because: 'cut', cause: '' } as const, null],
  ])('%s', (_name, answer, expected) => {
    expect(channel().feedback?.read(answer)).toEqual(expected);
  });
});
