import { createHmac } from 'node:crypto';
import type { ReceivedCall } from '../testing/provider-door.js';
import { dayMs, saidTimes } from './apns-bench.js';
import type { TestPhone } from './vendor-bench.js';
import { alert, clientId, type HarmonyBench, type SendRequest } from './harmony-bench.js';
import { said } from './huawei-bench.js';
import type { Checks } from './rows.js';

type Json = Record<string, unknown>;

const marketing: SendRequest = { payload: alert({ category: 'MARKETING' }) };
const times = (count: number, request: SendRequest = {}): SendRequest[] =>
  Array.from({ length: count }, () => request);

async function sendTo(
  bench: HarmonyBench,
  { token }: TestPhone,
  requests: readonly SendRequest[],
): Promise<string> {
  const sayings: string[] = [];
  for (const request of requests) sayings.push(said(await bench.send({ tokens: [token], ...request })));
  return saidTimes(sayings);
}

/** Which bodies a phone shows that was away. */
async function shownAfter(
  bench: HarmonyBench,
  requests: readonly SendRequest[],
  offsetMs = 0,
): Promise<string> {
  const phone = await bench.phone();
  await bench.network(phone, false);
  await sendTo(bench, phone, requests);
  if (offsetMs > 0) await bench.turnClock(offsetMs);
  await bench.network(phone, true);
  const { notifications } = await bench.screen(phone);
  return notifications.length === 0 ? 'nothing' : notifications.map(({ body }) => body).join(', ');
}

/** Alerts with these bodies and options. */
const bodies = (texts: readonly string[], pushOptions: Json = {}, notification: Json = {}): SendRequest[] =>
  texts.map((body) => ({ payload: alert({ body, ...notification }), pushOptions }));

/** What receipts tell of so many pushes to one phone, after something was done to it. */
async function told(
  bench: HarmonyBench,
  requests: readonly SendRequest[],
  before: (phone: TestPhone) => Promise<unknown> = async () => undefined,
  count = requests.length,
): Promise<string> {
  await bench.receiptDoor();
  const phone = await bench.phone();
  await before(phone);
  const answers = await sendTo(bench, phone, requests);
  return `${answers}, receipts ${(await bench.told(phone, count)).join(', ')}`;
}

async function firstCall(
  bench: HarmonyBench,
  address: Json = {},
  request: SendRequest = {},
): Promise<ReceivedCall> {
  const door = await bench.receiptDoor(address);
  const { token } = await bench.phone();
  await bench.send({ tokens: [token], ...request });
  const [call] = await door.received(1);
  if (call === undefined) throw new Error('no receipt');
  return call;
}

async function signed(bench: HarmonyBench, key: string, keyStyle: 'base64' | 'text'): Promise<string> {
  const { headers } = await firstCall(bench, { user: 'push-user', key, keyStyle });
  const header = String(headers['x-huawei-callback-id']);
  const [, timestamp, nonce, value] = /^timestamp=(\d+); nonce=(\S+); value=(\S+)$/.exec(header) ?? [];
  const bytes = Buffer.from(key, keyStyle === 'text' ? 'utf8' : 'base64');
  const expected = createHmac('sha256', bytes).update(`${timestamp}${nonce}push-user`).digest('base64');
  return value === expected ? 'a right signature' : 'a wrong signature';
}

async function fieldsOf(bench: HarmonyBench, request: SendRequest): Promise<string> {
  const { body } = await firstCall(bench, {}, { pushOptions: { biTag: 'tag-1' }, ...request });
  const [status = {}] = (JSON.parse(body) as { statuses: Json[] }).statuses;
  const nested = (status['deliveryStatus'] ?? status['formStatus']) as Json;
  return [...Object.keys(status), ...Object.keys(nested)].toSorted((a, b) => a.localeCompare(b)).join(' ');
}

async function faulty(bench: HarmonyBench, fault: Json, expected: number): Promise<string> {
  const door = await bench.receiptDoor();
  await bench.control.put('/receipts/faults', { vendor: 'harmony', ...fault });
  const { token } = await bench.phone();
  await bench.send({ tokens: [token], pushOptions: { biTag: 'tag-1' } });
  const calls = await door.received(expected);
  return `${calls.length} came, ${calls.filter(({ body }) => body.includes('tag-1')).length} of them known`;
}

const revocation = (body: Json, more: SendRequest = {}): SendRequest => ({
  path: `/v1/${clientId}/messages:revoke`,
  body: JSON.stringify(body),
  ...more,
});

async function revoked(bench: HarmonyBench, isOnline: boolean): Promise<string> {
  const phone = await bench.phone();
  await bench.network(phone, isOnline);
  await sendTo(
    bench,
    phone,
    [7, 8].map((notifyId) => ({ payload: alert({ notifyId }) })),
  );
  const answer = await bench.send(revocation({ notifyId: 7, token: [phone.token] }));
  await bench.network(phone, true);
  return `${said(answer)}, ${(await bench.screen(phone)).notifications.length} left`;
}

async function badges(bench: HarmonyBench, changes: readonly Json[]): Promise<string> {
  const phone = await bench.phone();
  const seen: (number | null)[] = [];
  for (const badge of changes) {
    await bench.send({ tokens: [phone.token], payload: alert({ badge }) });
    seen.push((await bench.screen(phone)).badge);
  }
  return seen.join(', ');
}

export const harmonyPhoneChecks: Checks<HarmonyBench> = {
  '1.4.7-1': async (bench) => {
    const texts = Array.from({ length: 121 }, (_, at) => String(at));
    const shown = await shownAfter(bench, bodies(texts));
    return `${shown.split(', ').length} shown, the first is ${shown.split(',')[0] ?? ''}`;
  },
  '1.4.7-2': (bench) => shownAfter(bench, bodies(['1', '2', '3'], { collapseKey: -1 })),
  '1.4.7-3': (bench) => shownAfter(bench, bodies(['1', '2', '3'], { collapseKey: 0 })),
  '1.4.7-4': (bench) =>
    shownAfter(bench, [
      ...bodies(['1'], { collapseKey: 1 }),
      ...bodies(['2'], { collapseKey: 2 }),
      ...bodies(['3'], { collapseKey: 1 }),
    ]),
  '1.4.7-5': (bench) => shownAfter(bench, bodies(['1'], { ttl: 60 }), 61_000),
  '1.4.7-6': (bench) => shownAfter(bench, bodies(['1']), dayMs + 1_000),
  '1.4.7-7': (bench) => shownAfter(bench, bodies(['1', '2'], {}, { notifyId: 9 })),
  '1.4.7-8': (bench) => badges(bench, [{ setNum: 7 }, { addNum: 2 }, { setNum: 3, addNum: 9 }]),
  '1.4.7-9': (bench) => told(bench, times(3, marketing)),
  '1.4.7-10': async (bench) => {
    await bench.registerProject({ isLicensedNews: true });
    return told(bench, times(6, marketing));
  },
  '1.4.7-11': async (bench) => {
    await bench.registerProject({ categories: ['VOIP'] });
    return told(bench, times(3));
  },
  '1.4.7-12': (bench) => told(bench, times(3)),
  '1.4.7-13': async (bench) => {
    await bench.receiptDoor();
    const phone = await bench.phone();
    await sendTo(bench, phone, times(3, marketing));
    await bench.turnClock(dayMs);
    await sendTo(bench, phone, [marketing]);
    return `receipts ${(await bench.told(phone, 4)).join(', ')}`;
  },
  '1.4.7-14': async (bench) => {
    await bench.switches({ pushesPerDevicePerDay: 2 });
    return told(bench, times(3));
  },

  '1.4.8-1': (bench) => told(bench, times(1)),
  '1.4.8-2': async (bench) => {
    await bench.switches({ learnsOfUninstallLater: true });
    return told(bench, times(1), ({ phoneId }) => bench.control.delete(`/phones/${phoneId}/app`));
  },
  '1.4.8-3': (bench) =>
    told(bench, times(1), ({ phoneId }) =>
      bench.control.put(`/phones/${phoneId}/notifications`, { allowed: false }),
    ),
  '1.4.8-4': (bench) =>
    told(bench, times(1), ({ token }) =>
      bench.control.put(`/tokens/${encodeURIComponent(token)}`, { state: 'expired' }),
    ),
  '1.4.8-5': (bench) =>
    told(bench, times(2, { pushOptions: { collapseKey: 0 } }), (phone) => bench.network(phone, false), 1),
  '1.4.8-6': (bench) => signed(bench, Buffer.from('a key').toString('base64'), 'base64'),
  '1.4.8-7': (bench) => signed(bench, 'an older key', 'text'),
  '1.4.8-8': async (bench) =>
    (await firstCall(bench)).headers['x-huawei-callback-id'] === undefined ? 'no header' : 'a header',
  '1.4.8-9': (bench) => fieldsOf(bench, {}),
  '1.4.8-10': (bench) => fieldsOf(bench, { pushType: '1', payload: { formId: 1 } }),
  '1.4.8-11': async (bench) => {
    const door = await bench.receiptDoor();
    const { token } = await bench.phone();
    await bench.send({
      tokens: Array.from({ length: 150 }, () => token),
      pushType: '6',
      payload: { extraData: 'x' },
    });
    const calls = await door.received(2);
    return calls.map(({ body }) => (JSON.parse(body) as { statuses: unknown[] }).statuses.length).join(', ');
  },
  '1.4.8-12': async (bench) => {
    const second = await bench.receiptDoor({ id: 'second' });
    const first = await bench.receiptDoor();
    const { token } = await bench.phone();
    await bench.send({ tokens: [token], pushOptions: { receiptId: 'second' } });
    await second.received(1);
    return `${second.calls.length} there, ${first.calls.length} at the default`;
  },
  '1.4.8-13': (bench) => faulty(bench, { kind: 'duplicate' }, 2),
  '1.4.8-14': (bench) => faulty(bench, { kind: 'late', ms: 50 }, 1),
  '1.4.8-15': (bench) => faulty(bench, { kind: 'unknown' }, 1),

  '1.4.10-1': (bench) => revoked(bench, true),
  '1.4.10-2': (bench) => revoked(bench, false),
  '1.4.10-3': async (bench) => said(await bench.send(revocation({ token: ['a'] }))),
  '1.4.10-4': async (bench) => said(await bench.send(revocation({ notifyId: 1, token: [] }))),
  '1.4.10-5': async (bench) =>
    said(await bench.send(revocation({ notifyId: 1, token: ['a'] }, { pushType: '6' }))),
  '1.4.10-6': async (bench) =>
    said(await bench.send(revocation({ notifyId: 1, token: ['a'] }, { authorization: null }))),
};
