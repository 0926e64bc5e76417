import { requestHttp2, openHttp2, type PlainAnswer } from '../testing/https-client.js';
import type { Checks } from './rows.js';
import { callback, type Fields, host, read, said, type XiaomiBench } from './xiaomi-bench.js';

const dayMs = 86_400_000;
const family = '👨‍👩‍👧‍👦';
const chat: Fields = {
  'extra.channel_id': 'im',
  'extra.template_id': 'P1',
  'extra.template_param': JSON.stringify({ from: 'Ann', text: 'hello' }),
};
const withParams = (params: object | string): Fields => ({
  ...chat,
  'extra.template_param': typeof params === 'string' ? params : JSON.stringify(params),
});
const field =
  (fields: Fields) =>
  (bench: XiaomiBench): Promise<string> =>
    bench.say(fields);

/** The answers to several, each with its own name where they differ. */
async function each(bench: XiaomiBench, all: readonly Fields[]): Promise<string> {
  const answers: string[] = [];
  for (const fields of all) answers.push(await bench.say(fields));
  return saidTimes(answers);
}

function saidTimes(answers: readonly string[]): string {
  const [first = 'nothing'] = answers;
  return answers.every((answer) => answer === first)
    ? `${answers.length} times ${first}`
    : answers.join(', ');
}

async function overHttp2(bench: XiaomiBench): Promise<string> {
  const session = await openHttp2(bench.fixture.portOf('xiaomi'), bench.fixture.ca, host);
  const { token } = await bench.phone();
  const answer: PlainAnswer = await requestHttp2(session, {
    path: '/v3/message/regid',
    headers: {
      authorization: `key=${bench.app.secret}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      restricted_package_name: bench.app.packageName,
      registration_id: token,
      title: 'Ann',
      description: 'hello',
    }).toString(),
  });
  session.destroy();
  return said(answer);
}

const texts = (count: number): Fields =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`extra.own${index}`, 'x']));

async function ids(bench: XiaomiBench, count: number): Promise<string> {
  const { token } = await bench.phone();
  const made = Array.from({ length: count - 1 }, (_, index) => `made-up-${index}`);
  return said(await bench.send([token, ...made].join(',')));
}

async function twoPackages(bench: XiaomiBench, path: string): Promise<string> {
  const app = { packageName: 'org.example.two', secret: 'two' };
  await bench.control.put('/xiaomi/apps', {
    packages: ['org.example.two', 'org.example.beta'],
    secret: app.secret,
  });
  const first = await bench.phone({}, app);
  const second = await bench.phone({}, { ...app, packageName: 'org.example.beta' });
  const list = { restricted_package_name: 'org.example.two,org.example.beta' };
  return said(await bench.send(`${first.token},${second.token}`, list, { app, path }));
}

export const xiaomiRequestChecks: Checks<XiaomiBench> = {
  '3.7.1-1': field({}),
  '3.7.1-2': (bench) => bench.say({}, { authorization: null }),
  '3.7.1-3': (bench) => bench.say({}, { authorization: `Key=${bench.app.secret}` }),
  '3.7.1-4': (bench) => bench.say({}, { authorization: 'key=made-up' }),
  '3.7.1-5': (bench) => bench.say({}, { authorization: `Bearer ${bench.app.secret}` }),
  '3.7.1-6': async (bench) => {
    const app = await bench.freshApp();
    await bench.register({ ...app, secret: 'rotated' });
    return saidTimes([
      await bench.say({}, { app }),
      await bench.say({}, { app: { ...app, secret: 'rotated' } }),
    ]);
  },
  '3.7.1-7': overHttp2,

  '3.7.2-1': (bench) => bench.say({}, { contentType: 'application/json', body: '{"title":"Ann"}' }),
  '3.7.2-2': (bench) => bench.say({}, { contentType: 'multipart/form-data' }),
  '3.7.2-3': (bench) => bench.request({}, { method: 'GET' }).then(said),
  '3.7.2-4': (bench) => bench.say({}, { path: '/v3/message/nobody' }),
  '3.7.2-5': async (bench) =>
    saidTimes([
      await bench.say({}, { path: '/v2/message/regid' }),
      await bench.say({}, { path: '/v3/message/regid' }),
      await bench.say({}, { path: '/v4/message/regid' }),
    ]),
  '3.7.2-6': async (bench) => {
    let { token } = await bench.phone();
    while (!token.includes('+')) ({ token } = await bench.phone());
    const unencoded = `restricted_package_name=org.example.chat&title=a&description=b&registration_id=${token}`;
    return said(await bench.request({}, { body: unencoded }));
  },

  '3.7.3-1': field({ restricted_package_name: 'org.example.other' }),
  '3.7.3-2': field({ restricted_package_name: '' }),
  '3.7.3-3': (bench) => twoPackages(bench, '/v3/message/regid'),
  '3.7.3-4': (bench) => twoPackages(bench, '/v2/message/regid'),
  '3.7.3-5': (bench) => bench.send('').then(said),
  '3.7.3-6': (bench) => ids(bench, 1000),
  '3.7.3-7': (bench) => ids(bench, 1001),
  '3.7.3-8': async (bench) => {
    const phone = await bench.phone();
    await bench.send(`${phone.token},${phone.token}`);
    const [shown] = (await bench.screen(phone)).notifications;
    return `shown ${shown?.shownCount ?? 0} time`;
  },

  '3.7.4-1': field({ title: '' }),
  '3.7.4-2': field({ description: '' }),
  '3.7.4-3': (bench) => each(bench, [{ title: '  ' }, { description: '\t' }]),
  '3.7.4-4': (bench) => each(bench, [{ title: 'x'.repeat(49) }, { title: '好'.repeat(49) }]),
  '3.7.4-5': (bench) => each(bench, [{ title: 'x'.repeat(50) }, { title: '好'.repeat(50) }]),
  '3.7.4-6': (bench) => each(bench, [{ description: 'x'.repeat(127) }, { description: '好'.repeat(127) }]),
  '3.7.4-7': (bench) => each(bench, [{ description: 'x'.repeat(128) }, { description: '好'.repeat(128) }]),
  '3.7.4-8': field({ payload: 'p'.repeat(4096) }),
  '3.7.4-9': field({ payload: `${'好'.repeat(1365)}ab` }),
  '3.7.4-10': field(texts(10)),
  '3.7.4-11': field(texts(11)),
  '3.7.4-12': field({ 'extra.own': 'x'.repeat(1025) }),
  '3.7.4-13': field({ 'extra.a': 'x'.repeat(1023), 'extra.b': 'x'.repeat(1023) }),
  '3.7.4-14': async (bench) => {
    await bench.switches({ countsOwnExtras: true });
    return bench.say({ ...texts(8), ...chat });
  },
  '3.7.4-15': (bench) => each(bench, [{ notify_type: '8' }, { notify_type: '-2' }, { notify_type: 'all' }]),
  '3.7.4-16': (bench) => each(bench, [{ notify_id: '2147483648' }, { notify_id: '-1' }]),
  '3.7.4-17': (bench) => each(bench, [{ pass_through: '2' }, { time_to_live: 'long' }]),
  '3.7.4-18': (bench) =>
    each(bench, [
      { 'extra.notify_effect': '1' },
      { 'extra.notify_effect': '2', 'extra.intent_uri': 'intent:#Intent;end' },
      { 'extra.notify_effect': '3', 'extra.web_uri': 'https://example.org' },
    ]),
  '3.7.4-19': (bench) => each(bench, [{ 'extra.notify_effect': '2' }, { 'extra.notify_effect': '3' }]),
  '3.7.4-20': field({ 'extra.notify_effect': '4' }),
  '3.7.4-21': (bench) =>
    each(bench, [{ 'extra.jobkey': '_a' }, { 'extra.jobkey': 'a'.repeat(21) }, { 'extra.jobkey': 'a b' }]),
  '3.7.4-22': (bench) =>
    each(bench, [
      { time_to_send: String(bench.now() + 6 * dayMs) },
      { time_to_send: String(bench.now() - 1) },
    ]),
  '3.7.4-23': (bench) => bench.say({ time_to_send: String(bench.now() + 8 * dayMs) }),
  '3.7.4-24': async (bench) => {
    await bench.switches({ longestDelayDays: 30 });
    return bench.say({ time_to_send: String(bench.now() + 8 * dayMs) });
  },

  '3.7.5-1': field(chat),
  '3.7.5-2': field({ 'extra.channel_id': 'news' }),
  '3.7.5-3': field({ 'extra.channel_id': 'made-up' }),
  '3.7.5-4': field({ 'extra.channel_id': 'im' }),
  '3.7.5-5': field({ ...chat, 'extra.template_id': 'P9' }),
  '3.7.5-6': field({ ...chat, 'extra.channel_id': 'news' }),
  '3.7.5-7': (bench) =>
    each(bench, [
      withParams({ from: 'Ann' }),
      withParams({ from: 'Ann', text: 'x', more: 'y' }),
      withParams({}),
    ]),
  '3.7.5-8': (bench) =>
    each(bench, [withParams('nonsense'), withParams('[]'), withParams({ from: 1, text: 'x' })]),
  '3.7.5-9': (bench) =>
    each(bench, [withParams({ from: ' ', text: 'x' }), withParams({ from: '', text: 'x' })]),
  '3.7.5-10': field(withParams({ from: 'Ann', text: 'x'.repeat(128) })),
  '3.7.5-11': field(withParams({ from: 'Ann', text: 'x'.repeat(129) })),
  '3.7.5-12': (bench) =>
    each(bench, [
      withParams({ from: 'Ann', text: `hi ${family}` }),
      withParams({ from: '🇨🇳', text: 'x' }),
      withParams({ from: '1️⃣', text: 'x' }),
    ]),
  '3.7.5-13': field({}),
  '3.7.5-14': async (bench) => {
    await bench.switches({ channelRequired: true });
    return bench.say();
  },
  '3.7.5-15': async (bench) => {
    await bench.switches({ showsTemplate: true });
    const phone = await bench.phone();
    await bench.send(phone.token, chat);
    const [shown] = (await bench.screen(phone)).notifications;
    return `${shown?.title ?? ''} / ${shown?.body ?? ''}`;
  },

  '3.7.6-1': async (bench) => {
    const good = [await bench.phone(), await bench.phone()];
    const list = [...good.map(({ token }) => token), 'made-up', await bench.deadToken()];
    return said(await bench.send(list.join(',')));
  },
  '3.7.6-2': async (bench) => said(await bench.send(`made-up,${await bench.deadToken()}`)),
  '3.7.6-3': async (bench) => said(await bench.send(await bench.deadToken())),
  '3.7.6-4': async (bench) => {
    const other = await bench.phone({}, { packageName: 'org.example.elsewhere', secret: '' });
    return said(await bench.send(`${(await bench.phone()).token},${other.token}`));
  },
  '3.7.6-5': async (bench) => {
    const old = await bench.phone();
    await bench.newToken(old);
    return said(await bench.send(old.token));
  },
  '3.7.6-6': async (bench) => {
    const { token } = await bench.phone();
    const { data } = read(await bench.send(`${token},made-up`));
    return `${data?.['bad_regids'] === 'made-up' ? 'the bad one is named' : 'not named'}, ${typeof data?.['id'] === 'string' ? 'with an id' : 'no id'}`;
  },

  '3.7.12-1': (bench) => bench.say({ 'extra.callback': callback, 'extra.callback.param': 'x'.repeat(256) }),
  '3.7.12-2': (bench) => bench.say({ 'extra.callback': callback, 'extra.callback.param': 'x'.repeat(257) }),
  '3.7.12-3': async (bench) => {
    await bench.switches({ longestCallbackParamBytes: 64 });
    return bench.say({ 'extra.callback': callback, 'extra.callback.param': 'x'.repeat(65) });
  },
  '3.7.12-4': field({ 'extra.callback': 'nowhere' }),
  '3.7.12-5': (bench) => bench.say({ 'extra.callback': `${callback}/${'x'.repeat(1024)}` }),
  '3.7.12-6': (bench) => bench.say({ 'extra.callback': callback, 'extra.callback.type': '4' }),
};
