import type { TestPhone } from './vendor-bench.js';
import type { Checks } from './rows.js';
import { callback, type Fields, read, said, type XiaomiBench, type XiaomiBenchApp } from './xiaomi-bench.js';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const asked: Fields = {
  'extra.callback': callback,
  'extra.callback.param': 'p1',
  'extra.callback.type': '243',
};
const news: Fields = { 'extra.channel_id': 'news' };
const chat: Fields = {
  'extra.channel_id': 'im',
  'extra.template_id': 'P1',
  'extra.template_param': JSON.stringify({ from: 'Ann', text: 'hello' }),
};

async function bodies(bench: XiaomiBench, phone: TestPhone): Promise<string> {
  const { notifications } = await bench.screen(phone);
  return notifications.length === 0 ? 'nothing shown' : notifications.map(({ body }) => body).join(', ');
}

async function sendAll(
  bench: XiaomiBench,
  phone: TestPhone,
  all: readonly Fields[],
  app = bench.app,
): Promise<string> {
  const answers: string[] = [];
  for (const fields of all) answers.push(said(await bench.send(phone.token, fields, { app })));
  return answers.join(', ');
}

/** What a phone shows that was away for so long. */
async function afterAway(bench: XiaomiBench, fields: Fields, forMs: number): Promise<string> {
  const phone = await bench.phone();
  await bench.network(phone, false);
  await bench.send(phone.token, fields);
  await bench.turnClock(forMs);
  await bench.network(phone, true);
  return bodies(bench, phone);
}

async function figures(bench: XiaomiBench, app: XiaomiBenchApp, fields: Fields): Promise<string> {
  const { token } = await bench.phone({}, app);
  const { data = {} } = read(await bench.send(token, fields, { app }));
  return 'day_quota' in data ? `${String(data['day_quota'])}, ${String(data['day_acked'])}` : 'no figures';
}

async function receiptTypes(bench: XiaomiBench, token: string, count = 1): Promise<string> {
  const types = (await bench.receipts(token, ({ length }) => length >= count)).map(({ type }) =>
    String(type),
  );
  return types.length === 0 ? 'none' : types.join(', ');
}

async function filtered(bench: XiaomiBench, details: object, fields: Fields): Promise<string> {
  const phone = await bench.phone(details);
  await bench.send(phone.token, { ...asked, ...fields });
  return `${await bodies(bench, phone)}, receipt ${await receiptTypes(bench, phone.token)}`;
}

async function multi(bench: XiaomiBench, app: XiaomiBenchApp, extras: readonly object[]): Promise<string> {
  const messages = await Promise.all(
    extras.map(async (extra) => ({
      target: (await bench.phone({}, app)).token,
      message: { restricted_package_name: app.packageName, title: 'Ann', description: 'hello', extra },
    })),
  );
  const path = '/v2/multi_messages/regids';
  const answer = await bench.request({ messages: JSON.stringify(messages) }, { app, path });
  const { data } = read(answer);
  const exceeded = data?.['channel_exceed_quota'];
  return `${said(answer)}, ${typeof exceeded === 'string' ? exceeded : 'nothing exceeded'}`;
}

async function revoke(bench: XiaomiBench, path: string): Promise<string> {
  const phone = await bench.phone();
  const { data } = read(await bench.send(phone.token));
  const answer = said(await bench.request({ msg_id: String(data?.['id']) }, { path }));
  return `${answer}, ${await bodies(bench, phone)}`;
}

/** By notify id, package and registration ids, as the SDK of Xiaomi asks. */
const revokeShown = (bench: XiaomiBench, token: string, more: Fields = {}) =>
  bench.request(
    {
      registration_ids: token,
      restricted_package_name: bench.app.packageName,
      notify_id: '7',
      ...more,
    },
    { path: '/v3/message/regid/revoke' },
  );

async function revokeOneOfTwo(bench: XiaomiBench, isOnline: boolean): Promise<string> {
  const phone = await bench.phone();
  await bench.network(phone, isOnline);
  for (const id of ['7', '8'])
    await bench.send(phone.token, { ...chat, notify_id: id, description: `number ${id}` });
  const answer = said(await revokeShown(bench, phone.token));
  await bench.network(phone, true);
  return `${answer}, ${await bodies(bench, phone)}`;
}

const query = async (bench: XiaomiBench, path: string, fields: Fields = {}) =>
  read(await bench.request(fields, { path })).data ?? {};

export const xiaomiPhoneChecks: Checks<XiaomiBench> = {
  '3.7.7-1': async (bench) => {
    const app = await bench.freshApp();
    return [await figures(bench, app, news), await figures(bench, app, news)].join(' then ');
  },
  '3.7.7-2': async (bench) => figures(bench, await bench.freshApp(), chat),
  '3.7.7-3': async (bench) => {
    const app = await bench.freshApp();
    await bench.switches({ publicPerDay: 2 });
    const answers = [];
    for (let at = 0; at < 3; at++)
      answers.push(await bench.send((await bench.phone({}, app)).token, news, { app }));
    return `${answers.map(said).join(', ')}: ${read(answers[2] ?? { status: 0, headers: {}, body: '{}' }).reason ?? ''}`;
  },
  '3.7.7-4': async (bench) => {
    const app = await bench.freshApp();
    await bench.switches({ publicPerDay: 1, dayTurnsAtMinutes: 480 });
    const phone = await bench.phone({}, app);
    const untilTurn = dayMs - ((bench.now() + 8 * hourMs) % dayMs);
    const first = await sendAll(bench, phone, [news, news], app);
    await bench.turnClock(untilTurn - 60_000);
    const before = await sendAll(bench, phone, [news], app);
    await bench.turnClock(untilTurn + 1_000);
    return `${first}, ${before}, ${await sendAll(bench, phone, [news], app)}`;
  },
  '3.7.7-5': async (bench) => {
    const app = await bench.freshApp();
    await bench.switches({ publicPerDay: 1 });
    return sendAll(bench, await bench.phone({}, app), [news, news, chat], app);
  },
  '3.7.7-6': async (bench) => {
    const app = await bench.freshApp();
    const phone = await bench.phone({}, app);
    const all = ['1', '2', '3', '4', '5', '6'].map((at) => ({
      ...asked,
      ...news,
      notify_id: at,
      description: at,
    }));
    const answers = await sendAll(bench, phone, all, app);
    const types = await bench.receipts(phone.token, (all) => all.some(({ type }) => type === 128));
    return `${new Set(answers.split(', ')).size === 1 ? '6 times 200 0' : answers}, ${await bodies(bench, phone)} shown, ${types.some(({ type }) => type === 128) ? 'receipt 128' : 'no receipt 128'}`;
  },
  '3.7.7-7': async (bench) => {
    const app = await bench.freshApp();
    const phone = await bench.phone({}, app);
    await sendAll(
      bench,
      phone,
      [
        { notify_id: '1', description: '1' },
        { notify_id: '2', description: '2' },
      ],
      app,
    );
    return bodies(bench, phone);
  },
  '3.7.7-8': async (bench) => {
    const app = await bench.freshApp();
    const phone = await bench.phone({}, app);
    const all = Array.from({ length: 9 }, (_, at) => ({ ...chat, notify_id: String(at) }));
    await sendAll(bench, phone, all, app);
    return `${(await bench.screen(phone)).notifications.length} shown`;
  },
  '3.7.7-9': async (bench) => {
    const app = await bench.freshApp();
    await bench.switches({ requestsPerSecond: 1 });
    const phone = await bench.phone({}, app);
    // Within two seconds there is a second with two of three requests.
    const answers = await Promise.all([1, 2, 3].map(() => bench.send(phone.token, chat, { app })));
    return answers.some((answer) => said(answer) === '200 200002') ? '200 200002' : 'never too fast';
  },

  '3.7.8-1': async (bench) => multi(bench, await bench.freshApp(), [{}, { channel_id: 'news' }]),
  '3.7.8-2': async (bench) => {
    const app = await bench.freshApp();
    await bench.switches({ publicPerDay: 1 });
    await bench.send((await bench.phone({}, app)).token, news, { app });
    return multi(bench, app, [{ channel_id: 'news' }, { channel_id: 'news' }, {}]);
  },
  '3.7.8-3': async (bench) => {
    const path = '/v2/multi_messages/regids';
    return said(await bench.request({ messages: 'nonsense' }, { path }));
  },

  '3.7.9-1': async (bench) => {
    const phone = await bench.phone();
    await sendAll(bench, phone, [
      { ...chat, notify_id: '7', description: 'old' },
      { ...chat, notify_id: '7', description: 'new' },
      { ...chat, notify_id: '8', description: 'other' },
    ]);
    return bodies(bench, phone);
  },
  '3.7.9-2': async (bench) => {
    const phone = await bench.phone();
    await sendAll(bench, phone, [
      { ...chat, description: 'old' },
      { ...chat, description: 'new' },
    ]);
    return bodies(bench, phone);
  },
  '3.7.9-3': async (bench) => {
    const phone = await bench.phone();
    const answers = await sendAll(bench, phone, [
      { ...chat, 'extra.jobkey': 'k', notify_id: '1', description: 'first' },
      { ...chat, 'extra.jobkey': 'k', notify_id: '2', description: 'second' },
    ]);
    return `${answers}, ${await bodies(bench, phone)}`;
  },
  '3.7.9-4': (bench) => afterAway(bench, { ...chat, 'extra.only_send_once': '1' }, 0),
  '3.7.9-5': (bench) => afterAway(bench, { ...chat, time_to_live: '60000' }, 59_000),
  '3.7.9-6': (bench) => afterAway(bench, { ...chat, time_to_live: '60000' }, 61_000),
  '3.7.9-7': (bench) => afterAway(bench, { ...news, time_to_live: String(9 * dayMs) }, dayMs - hourMs),
  '3.7.9-8': (bench) => afterAway(bench, { ...news, time_to_live: String(9 * dayMs) }, dayMs + hourMs),
  '3.7.9-9': (bench) => afterAway(bench, { ...chat, time_to_live: String(20 * dayMs) }, 9 * dayMs),
  '3.7.9-10': (bench) => afterAway(bench, { ...chat, time_to_live: String(20 * dayMs) }, 10 * dayMs + hourMs),
  '3.7.9-11': async (bench) => {
    const phone = await bench.phone();
    await bench.send(phone.token, { ...chat, time_to_send: String(bench.now() + hourMs) });
    return bodies(bench, phone);
  },

  '3.7.10-1': async (bench) => {
    const phone = await bench.phone();
    const answer = said(await bench.send(phone.token, { pass_through: '1', title: '', description: '' }));
    return `${answer}, ${(await bench.screen(phone)).data.length} handed`;
  },
  '3.7.10-2': async (bench) => {
    await bench.switches({ deliversPassThrough: true });
    const phone = await bench.phone();
    await bench.send(phone.token, { pass_through: '1', title: '', description: '' });
    return `${(await bench.screen(phone)).data.length} handed`;
  },

  '3.7.11-1': (bench) => revoke(bench, '/v3/message/regid/revoke'),
  '3.7.11-2': async (bench) => {
    await bench.turnClock(Date.UTC(2026, 10, 30, 15) - bench.now());
    return revoke(bench, '/v1/message/regid/revoke');
  },
  '3.7.11-3': async (bench) => {
    await bench.turnClock(Date.UTC(2026, 10, 30, 17) - bench.now());
    return revoke(bench, '/v1/message/regid/revoke');
  },
  '3.7.11-4': async (bench) => {
    await bench.turnClock(Date.UTC(2026, 10, 30, 17) - bench.now());
    return revoke(bench, '/v2/message/revoke');
  },
  '3.7.11-5': async (bench) =>
    said(await bench.request({ msg_id: 'made-up' }, { path: '/v3/message/regid/revoke' })),
  '3.7.11-6': (bench) => revokeOneOfTwo(bench, true),
  '3.7.11-7': (bench) => revokeOneOfTwo(bench, false),
  '3.7.11-8': async (bench) => {
    const { token } = await bench.phone();
    return said(await revokeShown(bench, token, { restricted_package_name: 'org.other' }));
  },
  '3.7.11-9': async (bench) => {
    const { token } = await bench.phone();
    return said(await revokeShown(bench, token, { restricted_package_name: '' }));
  },

  '3.7.12-7': async (bench) => {
    const { token } = await bench.phone();
    const { data } = read(await bench.send(token, asked));
    const [message] = await bench.receipts(token);
    const isWhole =
      message?.['targets'] === token && message['param'] === 'p1' && typeof message['timestamp'] === 'number';
    return `type ${String(message?.['type'])}, ${isWhole ? 'targets, param, timestamp' : 'not whole'}, bar ${String(message?.['barStatus'])}, ${typeof data?.['id'] === 'string' ? 'by message id' : 'no id'}`;
  },
  '3.7.12-8': async (bench) => {
    const phone = await bench.phone();
    await bench.send(phone.token, asked);
    const { notifications } = await bench.control.get<{ notifications: { id: string }[] }>(
      `/phones/${phone.phoneId}/lock-screen`,
    );
    await bench.control.post(`/phones/${phone.phoneId}/tap`, { id: notifications[0]?.id });
    return receiptTypes(bench, phone.token, 2);
  },
  '3.7.12-9': async (bench) => {
    const phone = await bench.phone();
    await bench.send(phone.token, { 'extra.callback': callback, 'extra.callback.type': '2' });
    const other = await bench.phone();
    await bench.send(other.token, asked);
    await bench.receipts(other.token);
    const { receipts } = await bench.control.get<{ receipts: unknown[] }>(
      `/receipts?token=${encodeURIComponent(phone.token)}`,
    );
    return `${receipts.length} posted`;
  },
  '3.7.12-10': async (bench) => {
    const phones = await Promise.all([bench.phone(), bench.phone()]);
    await Promise.all(phones.map(({ token }) => bench.send(token, asked)));
    const tokens = phones.map(({ token }) => token);
    const messages = await bench.receipts(tokens[0] ?? '');
    return messages.length === 2 ? 'both in one request' : `${messages.length} in the request`;
  },
  '3.7.12-11': async (bench) => {
    const phone = await bench.phone();
    await bench.control.put(`/phones/${phone.phoneId}/notifications`, { allowed: false });
    await bench.send(phone.token, asked);
    return `${await bodies(bench, phone)}, receipt ${await receiptTypes(bench, phone.token)}`;
  },
  '3.7.12-12': (bench) => filtered(bench, { locale: 'zh_CN' }, { 'extra.locale': 'en_US,de_DE' }),
  '3.7.12-13': (bench) => filtered(bench, { appVersion: '1.0' }, { 'extra.app_version_not_in': '1.0' }),
  '3.7.12-14': (bench) => filtered(bench, { connection: 'mobile' }, { 'extra.connpt': 'wifi' }),
  '3.7.12-15': (bench) => filtered(bench, { connection: 'wifi' }, { 'extra.connpt': 'wifi' }),
  '3.7.12-16': async (bench) => {
    await bench.switches({ tellsDeadLater: true });
    const token = await bench.deadToken();
    const answer = said(await bench.send(token, asked));
    const [message] = await bench.receipts(token);
    return `${answer}, receipt ${String(message?.['type'])} errorCode ${String(message?.['errorCode'])}`;
  },
  '3.7.12-17': async (bench) => {
    await bench.switches({ tellsDeadLater: true });
    const old = await bench.phone();
    const renewed = await bench.newToken(old);
    await bench.send(old.token, asked);
    const [message] = await bench.receipts(old.token);
    const replaced = message?.['replaceTarget'] as Record<string, string> | undefined;
    const isRenamed = replaced?.[old.token] === renewed.token && message?.['targets'] === renewed.token;
    return `${await bodies(bench, old)}, ${isRenamed ? 'old and new are named' : 'not renamed'}`;
  },

  '3.7.13-1': async (bench) => {
    const { token } = await bench.phone();
    const data = await query(bench, '/v1/validation/regids', { registration_id: `${token},made-up` });
    return `valid ${(data['valid_regids'] as string[]).length}, invalid ${(data['invalid_regids'] as string[]).length}`;
  },
  '3.7.13-2': async (bench) => {
    const { token } = await bench.phone();
    const { data } = read(await bench.send(token, chat));
    const status = await query(bench, '/v1/trace/message/status', { msg_id: String(data?.['id']) });
    const { resolved, delivered } = status['data'] as { resolved: number; delivered: number };
    return `resolved ${resolved}, delivered ${delivered}`;
  },
  '3.7.13-3': async (bench) => {
    const data = await query(bench, '/v1/trace/quota/get');
    return Object.keys(data).join(', ');
  },
  '3.7.13-4': async (bench) =>
    said(await bench.request({}, { path: '/v1/trace/quota/get', authorization: 'key=made-up' })),

  '3.7.14-1': async (bench) => {
    await bench.fault({ status: 503 });
    return bench.say();
  },
  '3.7.14-2': async (bench) => {
    await bench.fault({ reason: '10002', count: 2 });
    return [await bench.say(), await bench.say(), await bench.say()].join(', ');
  },
  '3.7.14-3': async (bench) => {
    await bench.fault({ kind: 'cut-before' });
    return bench.say().catch(() => 'no answer');
  },
  '3.7.14-4': async (bench) => {
    await bench.fault({ reason: '0' });
    const { data } = read(await bench.send((await bench.phone()).token));
    return data?.['id'] === undefined ? '200 0 without an id' : 'with an id';
  },
  '3.7.14-5': async (bench) => {
    const [first, second] = [await bench.phone(), await bench.phone()];
    await bench.fault({ reason: '10029', token: first.token });
    return said(await bench.send(`${first.token},${second.token}`));
  },
};
