import { createHmac } from 'node:crypto';
import type { ReceivedCall } from '../testing/provider-door.js';
import { dayMs, saidTimes } from './apns-bench.js';
import type { TestPhone } from './vendor-bench.js';
import { appId, said, shown, type HuaweiBench } from './huawei-bench.js';
import type { Checks } from './rows.js';

type Json = Record<string, unknown>;

const marketing = (more: Json = {}): Json => shown({}, { category: 'MARKETING', ...more });

async function sendTimes(
  bench: HuaweiBench,
  { token }: TestPhone,
  messages: readonly Json[],
  root: Json = {},
): Promise<string> {
  const sayings: string[] = [];
  for (const message of messages) sayings.push(said(await bench.send({ tokens: [token], message, root })));
  return saidTimes(sayings);
}

const times = (count: number, message: Json): Json[] => Array.from({ length: count }, () => message);

async function shownAfter(bench: HuaweiBench, messages: readonly Json[]): Promise<string> {
  const phone = await bench.phone();
  await bench.network(phone, false);
  for (const message of messages) await bench.send({ tokens: [phone.token], message });
  await bench.network(phone, true);
  const { notifications } = await bench.screen(phone);
  return notifications.map(({ body }) => body).join(', ');
}

async function badge(bench: HuaweiBench, badges: readonly Json[]): Promise<string> {
  const phone = await bench.phone();
  const seen: (number | null)[] = [];
  for (const each of badges) {
    await bench.send({ tokens: [phone.token], message: shown({ badge: { class: 'a.B', ...each } }) });
    seen.push((await bench.screen(phone)).badge);
  }
  return seen.join(', ');
}

/** Receipts of so many pushes to one phone, after something was done to it. */
async function told(
  bench: HuaweiBench,
  messages: readonly Json[],
  before: (phone: TestPhone) => Promise<unknown>,
  count = messages.length,
): Promise<string> {
  await bench.receiptDoor();
  const phone = await bench.phone();
  await before(phone);
  const answers = await sendTimes(bench, phone, messages);
  return `${answers}, receipts ${(await bench.told(phone, count)).join(', ')}`;
}

function isSigned({ headers }: ReceivedCall, key: Buffer, user: string): boolean {
  const header = String(headers['x-huawei-callback-id']);
  const [, timestamp, nonce, value] = /^timestamp=(\d+); nonce=(\S+); value=(\S+)$/.exec(header) ?? [];
  return createHmac('sha256', key).update(`${timestamp}${nonce}${user}`).digest('base64') === value;
}

async function firstCall(bench: HuaweiBench, address: Json, message: Json = shown()): Promise<ReceivedCall> {
  const door = await bench.receiptDoor(address);
  const { token } = await bench.phone();
  await bench.send({ tokens: [token], message });
  const [call] = await door.received(1);
  if (call === undefined) throw new Error('no receipt');
  return call;
}

async function signed(bench: HuaweiBench, key: string, keyStyle: 'base64' | 'text'): Promise<string> {
  const call = await firstCall(bench, { user: 'push-user', key, keyStyle });
  return isSigned(call, Buffer.from(key, keyStyle === 'text' ? 'utf8' : 'base64'), 'push-user')
    ? 'a right signature'
    : 'a wrong signature';
}

async function shape(bench: HuaweiBench, version: number): Promise<string> {
  const { body } = await firstCall(bench, { version }, shown({}, { bi_tag: 'tag-1' }));
  const [status = {}] = (JSON.parse(body) as { statuses: Json[] }).statuses;
  const nested = status['deliveryStatus'] as Json | undefined;
  const fields = [...Object.keys(status), ...Object.keys(nested ?? {})].toSorted((a, b) =>
    a.localeCompare(b),
  );
  return `${fields.join(' ')}; biTag ${String(status['biTag'])}`;
}

async function faulty(bench: HuaweiBench, fault: Json, expected: number): Promise<string> {
  const door = await bench.receiptDoor();
  await bench.control.put('/receipts/faults', { vendor: 'huawei', ...fault });
  const phone = await bench.phone();
  await bench.send({ tokens: [phone.token], message: shown({}, { bi_tag: 'tag-1' }) });
  const calls = await door.received(expected);
  const known = calls.filter(({ body }) => body.includes('tag-1')).length;
  return `${calls.length} came, ${known} of them known`;
}

async function revoked(bench: HuaweiBench, isOnline: boolean): Promise<string> {
  const phone = await bench.phone();
  await bench.network(phone, isOnline);
  for (const id of [7, 8]) await bench.send({ tokens: [phone.token], message: shown({ notify_id: id }) });
  const answer = await bench.send({
    path: `/v1/${appId}/messages:revoke`,
    body: JSON.stringify({ notifyId: 7, token: [phone.token] }),
  });
  await bench.network(phone, true);
  return `${said(answer)}, ${(await bench.screen(phone)).notifications.length} left`;
}

export const huaweiPhoneChecks: Checks<HuaweiBench> = {
  '1.8.7-1': async (bench) => {
    const door = await bench.receiptDoor();
    const phone = await bench.phone();
    const answer = await sendTimes(bench, phone, [shown()], { validate_only: true });
    const { notifications } = await bench.screen(phone);
    await sendTimes(bench, phone, [shown()]);
    await door.received(1);
    return `${answer}, ${notifications.length} shown, receipts ${(await bench.told(phone, 1)).join(', ')} of the next push only`;
  },
  '1.8.8-1': async (bench) => {
    const phone = await bench.phone();
    const answer = said(
      await bench.send({ tokens: [phone.token, phone.token], message: shown({ notify_id: 5 }) }),
    );
    const [notification] = (await bench.screen(phone)).notifications;
    return `${answer}, shown ${notification?.shownCount ?? 0} times`;
  },
  '1.8.9-1': async (bench) => {
    await bench.receiptDoor();
    const phone = await bench.phone();
    await bench.network(phone, false);
    for (let sent = 0; sent < 121; sent += 1)
      await bench.send({ tokens: [phone.token], message: shown({ body: String(sent) }) });
    const { stored } = await bench.control.get<{ stored: number }>(`/phones/${phone.phoneId}/lock-screen`);
    const lost = (await bench.told(phone, 1)).join(', ');
    await bench.network(phone, true);
    const [first] = (await bench.screen(phone)).notifications;
    return `${stored} stored, receipt ${lost}, the first shown is ${first?.body ?? 'none'}`;
  },
  '1.8.9-2': (bench) =>
    shownAfter(
      bench,
      ['1', '2', '3'].map((body) => shown({ body }, { collapse_key: -1 })),
    ),
  '1.8.9-3': (bench) =>
    shownAfter(
      bench,
      ['1', '2', '3'].map((body) => shown({ body }, { collapse_key: 0 })),
    ),
  '1.8.9-4': (bench) =>
    shownAfter(bench, [
      shown({ body: '1' }, { collapse_key: 1 }),
      shown({ body: '2' }, { collapse_key: 2 }),
      shown({ body: '3' }, { collapse_key: 1 }),
      shown({ body: '4' }),
    ]),
  '1.8.9-5': async (bench) => {
    const phone = await bench.phone();
    await bench.network(phone, false);
    await bench.send({ tokens: [phone.token], message: shown({}, { ttl: '60s' }) });
    await bench.control.put('/clock', { offsetMs: 61_000 });
    await bench.network(phone, true);
    return `${(await bench.screen(phone)).notifications.length} shown`;
  },
  '1.8.9-6': async (bench) => {
    const phone = await bench.phone();
    await bench.network(phone, false);
    await bench.send({ tokens: [phone.token], message: shown() });
    await bench.control.put('/clock', { offsetMs: dayMs + 1_000 });
    await bench.network(phone, true);
    return `${(await bench.screen(phone)).notifications.length} shown`;
  },
  '1.8.9-7': (bench) =>
    shownAfter(
      bench,
      ['1', '2'].map((body) => shown({ body, notify_id: 9 })),
    ),
  '1.8.9-8': (bench) =>
    shownAfter(
      bench,
      ['1', '2'].map((body) => shown({ body, notify_id: -1 })),
    ),
  '1.8.9-9': (bench) => badge(bench, [{ set_num: 7 }, { add_num: 2 }, {}, { set_num: 3, add_num: 9 }]),
  '1.8.10-1': (bench) => told(bench, times(3, marketing()), async () => undefined),
  '1.8.10-2': async (bench) => {
    await bench.registerApp({ isLicensedNews: true });
    return told(bench, times(6, marketing()), async () => undefined);
  },
  '1.8.10-3': (bench) => told(bench, times(3, shown({}, { category: undefined })), async () => undefined),
  '1.8.10-4': async (bench) => {
    await bench.registerApp({ categories: ['VOIP'] });
    return told(bench, times(3, shown()), async () => undefined);
  },
  '1.8.10-5': (bench) => told(bench, times(3, shown()), async () => undefined),
  '1.8.10-6': async (bench) => {
    const phone = await bench.phone();
    await bench.receiptDoor();
    await sendTimes(bench, phone, times(3, marketing()));
    await bench.control.put('/clock', { offsetMs: dayMs });
    const authorization = `Bearer ${await bench.accessToken()}`;
    await bench.send({ tokens: [phone.token], message: marketing(), authorization });
    return `receipts ${(await bench.told(phone, 4)).join(', ')}`;
  },
  '1.8.10-7': async (bench) => {
    await bench.switches({ pushesPerDevicePerDay: 2 });
    return told(bench, times(3, shown()), async () => undefined);
  },
  '1.8.10-8': async (bench) => {
    await bench.switches({ devicesPerSecond: 3 });
    const { token } = await bench.phone();
    return said(await bench.send({ tokens: times(4, {}).map(() => token), message: shown() }));
  },
  '1.8.10-9': async (bench) => {
    await bench.switches({ testPushesPerDay: 2 });
    const phone = await bench.phone();
    const message = shown({}, { target_user_type: 1 });
    const first = await sendTimes(bench, phone, [message, message]);
    return `${first}, then ${await sendTimes(bench, phone, [message])}`;
  },
  '1.8.11-1': (bench) => bench.sayMessage({ data: 'x', android: { urgency: 'HIGH' } }),
  '1.8.11-2': async (bench) => {
    await bench.registerApp({ mayUseHighData: true });
    return bench.sayMessage({ data: 'x', android: { urgency: 'HIGH' } });
  },
  '1.8.11-3': (bench) => bench.sayNotification({ body: 'a sensitive-sample of words' }),
  '1.8.11-4': (bench) => bench.sayNotification({}, { receipt_id: 'nowhere' }),
  '1.8.12-1': (bench) => told(bench, [shown()], async () => undefined),
  '1.8.12-2': async (bench) => {
    await bench.switches({ learnsOfUninstallLater: true });
    return told(bench, [shown()], ({ phoneId }) => bench.control.delete(`/phones/${phoneId}/app`));
  },
  '1.8.12-3': (bench) =>
    told(bench, [shown()], ({ phoneId }) =>
      bench.control.put(`/phones/${phoneId}/notifications`, { allowed: false }),
    ),
  '1.8.12-4': (bench) =>
    told(bench, [shown()], ({ token }) =>
      bench.control.put(`/tokens/${encodeURIComponent(token)}`, { state: 'expired' }),
    ),
  '1.8.12-5': (bench) =>
    told(bench, times(2, shown({}, { collapse_key: 0 })), (phone) => bench.network(phone, false), 1),
  '1.8.12-6': (bench) => told(bench, [{ data: 'x' }], async () => undefined),
  '1.8.12-7': (bench) => signed(bench, Buffer.from('a key').toString('base64'), 'base64'),
  '1.8.12-8': (bench) => signed(bench, 'an older key', 'text'),
  '1.8.12-9': async (bench) =>
    (await firstCall(bench, {})).headers['x-huawei-callback-id'] === undefined ? 'no header' : 'a header',
  '1.8.12-10': (bench) => shape(bench, 1),
  '1.8.12-11': (bench) => shape(bench, 2),
  '1.8.12-12': async (bench) => {
    const door = await bench.receiptDoor();
    const { token } = await bench.phone();
    const tokens = Array.from({ length: 150 }, () => token);
    await bench.send({ tokens, message: { data: 'x' } });
    const calls = await door.received(2);
    return calls.map(({ body }) => (JSON.parse(body) as { statuses: unknown[] }).statuses.length).join(', ');
  },
  '1.8.12-13': async (bench) => {
    const door = await bench.receiptDoor({ user: 'push-user', key: 'a2V5' });
    await bench.control.post('/huawei/receipts/probe', { appId });
    const [call] = await door.received(1);
    return call?.headers['x-huawei-callback-id'] === undefined ? 'a body without a header' : 'a header';
  },
  '1.8.12-14': async (bench) => {
    const second = await bench.receiptDoor({ id: 'second' });
    const first = await bench.receiptDoor();
    const { token } = await bench.phone();
    await bench.send({ tokens: [token], message: shown({}, { receipt_id: 'second' }) });
    await second.received(1);
    return `${second.calls.length} there, ${first.calls.length} at the default`;
  },
  '1.8.12-15': (bench) => faulty(bench, { kind: 'duplicate' }, 2),
  '1.8.12-16': (bench) => faulty(bench, { kind: 'late', ms: 50 }, 1),
  '1.8.12-17': (bench) => faulty(bench, { kind: 'unknown' }, 1),
  '1.8.12-18': async (bench) => {
    const door = await bench.receiptDoor();
    door.answerWith(500);
    const { token } = await bench.phone();
    await bench.send({ tokens: [token], message: shown() });
    await door.received(1);
    door.answerWith(200);
    await door.received(2);
    return `${door.calls.length} tries`;
  },
  '1.8.13-1': (bench) => revoked(bench, true),
  '1.8.13-2': (bench) => revoked(bench, false),
  '1.8.13-3': async (bench) =>
    said(await bench.send({ path: `/v1/${appId}/messages:revoke`, body: '{"token":["a"]}' })),
  '1.8.13-4': async (bench) =>
    said(
      await bench.send({
        path: `/v1/${appId}/messages:revoke`,
        body: '{"notifyId":1,"token":[]}',
      }),
    ),
  '1.8.13-5': async (bench) =>
    said(
      await bench.send({
        path: `/v1/${appId}/messages:revoke`,
        body: '{"notifyId":1,"token":["a"]}',
        authorization: null,
      }),
    ),
};
