import { dayMs, minuteMs } from './apns-bench.js';
import type { Checks } from './rows.js';
import { reply, said, type VivoBench } from './vivo-bench.js';

type Json = Record<string, unknown>;

const say =
  (changes: Json) =>
  (bench: VivoBench): Promise<string> =>
    bench.say(changes);
const says =
  (first: Json, second: Json) =>
  async (bench: VivoBench): Promise<string> =>
    `${await bench.say(first)}, ${await bench.say(second)}`;
const characters = (count: number, one = 'x'): string => one.repeat(count);
const authSaid =
  (changes: Json, offsetMs = 0) =>
  async (bench: VivoBench): Promise<string> =>
    said(await bench.auth(changes, bench.now() + offsetMs));
const known =
  (knowledge: Json, changes: Json = {}) =>
  async (bench: VivoBench): Promise<string> => {
    await bench.know(knowledge);
    return bench.say(changes);
  };

async function tokenAt(bench: VivoBench, offsetMs: number): Promise<string> {
  await bench.token();
  await bench.turnClock(offsetMs);
  return bench.say();
}

async function tooOften(bench: VivoBench): Promise<string> {
  const answers = await Promise.all(Array.from({ length: 40 }, () => bench.auth()));
  return [...new Set(answers.map(said))].toSorted().join(' and ');
}

async function testMode(bench: VivoBench, isListed: boolean, knowledge: Json = {}): Promise<string> {
  const phone = await bench.phone();
  await bench.know({ testDevices: isListed ? [phone.token] : [], ...knowledge });
  return said(await bench.send(phone, { pushMode: 1 }));
}

/** Transport, authentication, and the token of a call. */
const doorChecks: Checks<VivoBench> = {
  '5.7.1-1': (bench) => bench.say(),
  '5.7.1-2': async (bench) => said(await bench.post('/message/pushToAll', {})),
  '5.7.1-3': async (bench) => said(await bench.get('/message/send')),
  '5.7.2-1': async (bench) => {
    const { result, authToken } = reply(await bench.auth());
    return `${result}, ${authToken === undefined ? '' : 'authToken'}`;
  },
  '5.7.2-2': authSaid({ appId: undefined }),
  '5.7.2-3': authSaid({ appKey: undefined }),
  '5.7.2-4': authSaid({ timestamp: undefined }),
  '5.7.2-5': authSaid({ sign: undefined }),
  '5.7.2-6': authSaid({ appId: 7 }),
  '5.7.2-7': authSaid({ appKey: 'other' }),
  '5.7.2-8': authSaid({ sign: characters(32, 'a') }),
  '5.7.2-9': authSaid({}, -11 * minuteMs),
  '5.7.2-10': authSaid({}, 11 * minuteMs),
  '5.7.2-11': authSaid({}, -9 * minuteMs),
  '5.7.2-12': authSaid({ appId: '10004' }),
  '5.7.2-13': tooOften,
  '5.7.3-1': async (bench) => said(await bench.post('/message/send', bench.message({}))),
  '5.7.3-2': async (bench) =>
    said(await bench.post('/message/send', bench.message({}), { authToken: 'other' })),
  '5.7.3-3': (bench) => tokenAt(bench, dayMs - minuteMs),
  '5.7.3-4': (bench) => tokenAt(bench, dayMs + minuteMs),
  '5.7.3-5': async (bench) => {
    await bench.token();
    await bench.freshToken();
    return bench.say();
  },
  '5.7.3-6': say({ appId: 10_005 }),
  '5.7.3-7': say({ appId: undefined }),
  '5.7.3-8': known({ isChannelOn: false }),
  '5.7.3-9': known({ isUnderReview: true }),
  '5.7.3-10': (bench) => testMode(bench, true, { isUnderReview: true }),
};

/** The fields of a message, its class, its target. */
const messageChecks: Checks<VivoBench> = {
  '5.7.4-1': async (bench) => said(await bench.call('/message/send', bench.message({}))),
  '5.7.4-2': say({ notifyType: undefined }),
  '5.7.4-3': say({ notifyType: 5 }),
  '5.7.4-4': say({ title: '' }),
  '5.7.4-5': says({ title: characters(40, '好') }, { title: characters(41, '好') }),
  '5.7.4-6': say({ content: undefined }),
  '5.7.4-7': says({ content: characters(100, '好') }, { content: characters(101, '好') }),
  '5.7.4-8': says({ content: characters(50, '👍') }, { content: characters(51, '👍') }),
  '5.7.4-9': async (bench) => {
    await bench.switches({ countsWideTwice: true });
    return says({ title: characters(20, '好') }, { title: characters(21, '好') })(bench);
  },
  '5.7.4-10': says({ timeToLive: 60 }, { timeToLive: 59 }),
  '5.7.4-11': say({ timeToLive: 604_800 }),
  '5.7.4-12': say({ skipType: 9 }),
  '5.7.4-13': say({ skipType: 2 }),
  '5.7.4-14': says(
    { skipType: 2, skipContent: characters(2048) },
    { skipType: 2, skipContent: characters(2049) },
  ),
  '5.7.4-15': say({ networkType: 0 }),
  '5.7.4-16': says(
    { clientCustomMap: { key: characters(1021) } },
    { clientCustomMap: { key: characters(1022) } },
  ),
  '5.7.4-17': say({ extra: { other: 'x' } }),
  '5.7.4-18': says({ extra: { callback: characters(128) } }, { extra: { callback: characters(129) } }),
  '5.7.4-19': says(
    { extra: { 'callback.param': characters(192) } },
    { extra: { 'callback.param': characters(193) } },
  ),
  '5.7.4-20': says({ notifyId: 2_147_483_647 }, { notifyId: 2_147_483_648 }),
  '5.7.4-21': say({ requestId: '' }),
  '5.7.4-22': async (bench) => {
    const id = bench.requestId();
    return says({ requestId: id.padEnd(64, 'x') }, { requestId: id.padEnd(65, 'x') })(bench);
  },
  '5.7.5-1': say({ classification: 2 }),
  '5.7.5-2': say({ category: 'IM' }),
  '5.7.5-3': say({ classification: undefined, category: 'NEWS' }),
  '5.7.5-4': say({ category: 'im' }),
  '5.7.5-5': say({ classification: 1, category: 'NEWS' }),
  '5.7.5-6': say({ classification: 0, category: 'IM' }),
  '5.7.5-7': known({ hasSystemMessages: false }),
  '5.7.5-8': known({ hasSystemMessages: false }, { classification: 0 }),
  '5.7.5-9': says({ classification: 0, title: 'sale' }, { classification: 0, content: '123456' }),
  '5.7.5-10': says({ classification: 0, title: '测试消息' }, { classification: 0, content: 'a test of it' }),
  '5.7.5-11': say({ content: 'hello' }),
  '5.7.5-12': async (bench) => {
    await bench.switches({ refusesTestTexts: 'all' });
    return bench.say({ content: 'hello' });
  },
  '5.7.6-1': async (bench) => said(await bench.send({ phoneId: '', token: 'v2-unknown' })),
  '5.7.6-2': async (bench) => said(await bench.send(await bench.phone({ bundle: 'org.example.other' }))),
  '5.7.6-3': async (bench) => {
    const phone = await bench.phone();
    await bench.uninstall(phone);
    return said(await bench.send(phone));
  },
  '5.7.6-4': async (bench) => {
    const phone = await bench.phone();
    await bench.control.put(`/phones/${phone.phoneId}/notifications`, { allowed: false });
    return said(await bench.send(phone));
  },
  '5.7.6-5': async (bench) => said(await bench.send(await bench.phone({ isIdle: true }))),
  '5.7.6-6': (bench) => testMode(bench, false),
  '5.7.6-7': (bench) => testMode(bench, true),
};

export const vivoRequestChecks: Checks<VivoBench> = { ...doorChecks, ...messageChecks };
