import { saidTimes } from './apns-bench.js';
import { alert, projectId, strangerProject, type HarmonyBench, type SendRequest } from './harmony-bench.js';
import { codeIn, said } from './huawei-bench.js';
import type { Checks } from './rows.js';

type Json = Record<string, unknown>;
type Check = (bench: HarmonyBench) => Promise<string>;

const send =
  (request: SendRequest): Check =>
  (bench) =>
    bench.say(request);
const withJwt =
  (...change: Parameters<HarmonyBench['jwt']>): Check =>
  (bench) =>
    bench.say({ authorization: `Bearer ${bench.jwt(...change)}` });
const each =
  (requests: readonly SendRequest[]): Check =>
  async (bench) => {
    const sayings: string[] = [];
    for (const request of requests) sayings.push(await bench.say(request));
    return saidTimes(sayings);
  };
const notifications = (...changes: readonly Json[]): Check =>
  each(changes.map((change) => ({ payload: alert(change) })));
const options = (...changes: readonly Json[]): Check => each(changes.map((pushOptions) => ({ pushOptions })));
const body =
  (text: string): Check =>
  async (bench) =>
    said(await bench.send({ body: text }));
const planned =
  (fault: Json): Check =>
  async (bench) => {
    await bench.fault(fault);
    return bench.say();
  };

async function tokenCount(bench: HarmonyBench, count: number, request: SendRequest = {}): Promise<string> {
  const { token } = await bench.phone();
  return said(await bench.send({ tokens: Array.from({ length: count }, () => token), ...request }));
}

/** Exactly so many bytes without the tokens. */
async function ofBytes(bench: HarmonyBench, bytes: number): Promise<string> {
  const { token } = await bench.phone();
  const write = (extraData: string, tokens: readonly string[]): string =>
    JSON.stringify({ payload: { extraData }, target: { token: tokens } });
  const frame = Buffer.byteLength(write('', [])) - Buffer.byteLength('[]');
  return said(await bench.send({ pushType: '6', body: write('x'.repeat(bytes - frame), [token]) }));
}

async function mixed(bench: HarmonyBench): Promise<string> {
  const [live, other] = await Promise.all([bench.phone(), bench.phone({ projectId: strangerProject })]);
  const [dead, android] = [await bench.deadToken(), await bench.androidToken()];
  const answer = await bench.send({ tokens: [live.token, other.token, dead, android, 'nonsense'] });
  const { msg } = codeIn(answer.body) ?? {};
  const detail = (typeof msg === 'string' ? JSON.parse(msg) : msg) as {
    readonly success: number;
    readonly failure: number;
    readonly illegalTokens: Readonly<Record<string, readonly string[]>>;
  };
  const named = Object.entries(detail.illegalTokens).map(([reason, tokens]) => `${reason} ${tokens.length}`);
  return `${said(answer)}, ${typeof msg}, success ${detail.success}, failure ${detail.failure}: ${named.toSorted((a, b) => a.localeCompare(b)).join(', ')}`;
}

async function reasonFor(bench: HarmonyBench, tokens: readonly string[], pushType = '0'): Promise<string> {
  const payload = pushType === '0' ? alert() : { extraData: 'x' };
  const answer = await bench.send({ tokens, pushType, payload });
  const { msg = '' } = codeIn(answer.body) ?? {};
  if (!msg.startsWith('{')) return `${said(answer)}, ${msg}`;
  const { illegalTokens } = JSON.parse(msg) as { illegalTokens: Readonly<Record<string, unknown>> };
  return `${said(answer)}, ${Object.keys(illegalTokens).join(', ')}`;
}

async function plannedReasons(bench: HarmonyBench): Promise<string> {
  const [phone, other] = await Promise.all([bench.phone(), bench.phone()]);
  const wrong: string[] = [];
  for (const reason of [
    'appinfoError',
    'disableSendHuaweiMsgBecauseOfPenalty',
    'countryNotSupport',
    'differentImgVerifyPolicy',
    'notSupportPlayVoice',
    'noRightToSendThisLiveNotificationEvent',
    'atomicUnableSendUnsubscribedMsg',
  ]) {
    await bench.fault({ token: phone.token, reason });
    const answer = await reasonFor(bench, [phone.token, other.token]);
    if (answer !== `200 80100000, ${reason}`) wrong.push(answer);
  }
  return wrong.length === 0 ? '7 reasons, each its own name' : wrong.join('; ');
}

/** Codes that no cause in the sandbox leads to. */
const plannedCodes = [
  '80100002',
  '80100017',
  '80100018',
  '80100022',
  '80200003',
  '80200006',
  '80300011',
  ...Array.from({ length: 13 }, (_, at) => String(82_000_001 + at)),
];

async function everyOtherCode(bench: HarmonyBench): Promise<string> {
  const wrong: string[] = [];
  for (const code of plannedCodes) {
    const answer = await planned({ reason: code })(bench);
    if (!answer.endsWith(` ${code}`)) wrong.push(answer);
  }
  return wrong.length === 0 ? `${plannedCodes.length} codes, each its own` : wrong.join('; ');
}

async function ending(bench: HarmonyBench, kind: string): Promise<string> {
  const phone = await bench.phone();
  await bench.fault({ kind });
  const answer = await bench.send({ tokens: [phone.token] }).then(said, () => 'no answer');
  return `${answer}, ${(await bench.screen(phone)).notifications.length} shown`;
}

export const harmonySendChecks: Checks<HarmonyBench> = {
  '1.4.1-1': withJwt(),
  '1.4.1-2': withJwt({}, { kid: 'nobody' }),
  '1.4.1-3': withJwt({ iss: 'account-9' }),
  '1.4.1-4': withJwt({ aud: 'https://example.org/token' }),
  '1.4.1-5': (bench) => withJwt({ exp: bench.seconds() - 1 })(bench),
  '1.4.1-6': (bench) => withJwt({ exp: bench.seconds() + 86_400 })(bench),
  '1.4.1-7': (bench) => withJwt({ exp: bench.seconds() + 86_401 })(bench),
  '1.4.1-8': (bench) => withJwt({}, {}, bench.keys.stranger)(bench),
  '1.4.1-9': withJwt({}, { alg: 'RS256' }),
  '1.4.1-10': send({ authorization: 'Bearer a.b.c' }),
  '1.4.1-11': send({ authorization: 'Bearer an-access-token' }),
  '1.4.1-12': send({ authorization: null }),
  '1.4.1-13': withJwt({ exp: undefined }),

  '1.4.2-1': send({ path: `/v3/${strangerProject}/messages:send` }),
  '1.4.2-2': send({ path: '/v3/4711/messages:send' }),
  '1.4.2-3': send({ path: `/v3/${projectId}/messages` }),
  '1.4.2-4': send({ path: `/v1/${projectId}/messages:send` }),
  '1.4.2-5': async (bench) => {
    await bench.registerProject({ isPushOn: false });
    return bench.say();
  },
  '1.4.2-6': async (bench) => {
    await bench.registerProject({ isUnderPenalty: true });
    return bench.say();
  },
  '1.4.2-7': send({ over: 'h2' }),

  '1.4.3-1': send({}),
  '1.4.3-2': send({ pushType: null }),
  '1.4.3-3': each(['3', '9', 'alert'].map((pushType) => ({ pushType }))),
  '1.4.3-4': send({ pushType: '6', payload: { extraData: 'x' } }),
  '1.4.3-5': send({ pushType: '10', payload: { extraData: 'x' } }),
  '1.4.3-6': each(['6', '10'].map((pushType) => ({ pushType, payload: { extraData: { a: 1 } } }))),
  '1.4.3-7': send({ pushType: '2', payload: { ...alert({ category: 'PLAY_VOICE' }), extraData: 'x' } }),
  '1.4.3-8': send({ payload: alert({ category: 'PLAY_VOICE' }) }),
  '1.4.3-9': send({ pushType: '7', payload: { activityId: 1 } }),
  '1.4.3-10': send({ pushType: '1', payload: { formId: 1 } }),
  '1.4.3-11': (bench) => tokenCount(bench, 2, { pushType: '1', payload: { formId: 1 } }),
  '1.4.3-12': async (bench) => {
    const phone = await bench.phone();
    await bench.send({ tokens: [phone.token], pushType: '6', payload: { extraData: 'x' } });
    await bench.send({ tokens: [phone.token], pushType: '10', payload: { extraData: 'x' } });
    const { notifications: shown, data, calls } = await bench.screen(phone);
    return `${shown.length} shown, ${data.length} handed, ${calls.length} rung`;
  },

  '1.4.4-1': body('{"payload":'),
  '1.4.4-2': body('{"payload":{}}'),
  '1.4.4-3': (bench) => tokenCount(bench, 0),
  '1.4.4-4': (bench) => tokenCount(bench, 1_000),
  '1.4.4-5': (bench) => tokenCount(bench, 1_001),
  '1.4.4-6': (bench) => ofBytes(bench, 4_096),
  '1.4.4-7': (bench) => ofBytes(bench, 4_097),
  '1.4.4-8': send({ payload: {} }),
  '1.4.4-9': notifications(
    { category: undefined },
    { title: undefined },
    { body: undefined },
    { clickAction: undefined },
  ),
  '1.4.4-10': notifications(
    ...[
      'IM',
      'VOIP',
      'MISS_CALL',
      'SUBSCRIPTION',
      'TRAVEL',
      'HEALTH',
      'WORK',
      'ACCOUNT',
      'EXPRESS',
      'FINANCE',
      'DEVICE_REMINDER',
      'MAIL',
      'MARKETING',
    ].map((category) => ({ category })),
  ),
  '1.4.4-11': notifications({ category: 'CHAT' }),
  '1.4.4-12': notifications(
    { clickAction: { actionType: 0, data: { a: 'b' } } },
    { clickAction: { actionType: 1, action: 'org.example.open' } },
    { clickAction: { actionType: 1, uri: 'https://example.org/' } },
  ),
  '1.4.4-13': notifications(
    { clickAction: {} },
    { clickAction: { actionType: 1 } },
    { clickAction: { actionType: 2 } },
    { clickAction: { actionType: 0, data: 'x' } },
  ),
  '1.4.4-14': notifications({ style: 3, inboxContent: ['a', 'b'] }),
  '1.4.4-15': notifications({ style: 3 }, { style: 1 }, { style: 2 }),
  '1.4.4-16': notifications({ badge: { addNum: 1 } }, { badge: { setNum: 0 } }, { badge: { setNum: 99 } }),
  '1.4.4-17': notifications({ badge: { addNum: 0 } }, { badge: { addNum: 100 } }, { badge: { setNum: 100 } }),
  '1.4.4-18': notifications({ appMessageId: '' }, { appMessageId: 'x'.repeat(65) }),
  '1.4.4-19': notifications({ profileId: 'x'.repeat(65) }),
  '1.4.4-20': notifications({ image: 'http://example.org/a.png' }),
  '1.4.4-21': notifications({ notifyId: '1' }, { notifyId: -1 }, { notifyId: 1.5 }),
  '1.4.4-22': notifications({ foregroundShow: 'yes' }, { sound: 7 }),
  '1.4.4-23': options({ ttl: 1 }, { ttl: 1_296_000 }),
  '1.4.4-24': options({ ttl: '60' }, { ttl: 1_296_001 }, { ttl: -1 }),
  '1.4.4-25': options({ ttl: 0 }),
  '1.4.4-26': options({ collapseKey: -1 }, { collapseKey: 0 }, { collapseKey: 100 }),
  '1.4.4-27': options({ collapseKey: -2 }, { collapseKey: 101 }, { collapseKey: '1' }),
  '1.4.4-28': send({ pushType: '6', payload: { extraData: 'x' }, pushOptions: { collapseKey: 1 } }),
  '1.4.4-29': options({ biTag: 'x'.repeat(64) }),
  '1.4.4-30': options({ biTag: 'x'.repeat(65) }),
  '1.4.4-31': options({ testMessage: 'yes' }),
  '1.4.4-32': options({ receiptId: 'nowhere' }),
  '1.4.4-33': notifications({ body: 'a sensitive-sample of words' }),

  '1.4.5-1': async (bench) => reasonFor(bench, ['nonsense']),
  '1.4.5-2': mixed,
  '1.4.5-3': async (bench) => {
    await bench.switches({ detailIsText: false });
    return mixed(bench);
  },
  '1.4.5-4': async (bench) => {
    await bench.registerProject({ pushTypes: ['0'] });
    const { token } = await bench.phone();
    return reasonFor(bench, [token, 'nonsense'], '10');
  },
  '1.4.5-5': plannedReasons,
  '1.4.5-6': async (bench) => {
    const phone = await bench.phone();
    await bench.send({ tokens: [phone.token, phone.token], payload: alert({ notifyId: 5 }) });
    const [shown] = (await bench.screen(phone)).notifications;
    return `shown ${shown?.shownCount ?? 0} times`;
  },

  '1.4.6-1': async (bench) => {
    await bench.switches({ devicesPerSecond: 3 });
    return tokenCount(bench, 4);
  },
  '1.4.6-2': (bench) => tokenCount(bench, 10, { pushOptions: { testMessage: true } }),
  '1.4.6-3': (bench) => tokenCount(bench, 11, { pushOptions: { testMessage: true } }),
  '1.4.6-4': async (bench) => {
    await bench.switches({ testPushesPerDay: 1 });
    const test = { pushOptions: { testMessage: true } };
    await bench.turnClock(86_400_000);
    return `${await bench.say(test)}, then ${await bench.say(test)}`;
  },

  '1.4.9-1': async (bench) => {
    const sayings: string[] = [];
    for (const status of [500, 502, 503, 504]) sayings.push(await planned({ status })(bench));
    return sayings.join(', ');
  },
  '1.4.9-2': planned({ reason: '80600003' }),
  '1.4.9-3': planned({ reason: '81000001' }),
  '1.4.9-4': planned({ kind: 'nonsense', status: 502, body: '<html>' }),
  '1.4.9-5': (bench) => ending(bench, 'cut-before'),
  '1.4.9-6': (bench) => ending(bench, 'cut-after'),
  '1.4.9-7': everyOtherCode,
};
