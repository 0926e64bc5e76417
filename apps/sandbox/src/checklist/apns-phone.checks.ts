import { bundle, dayMs, minuteMs, otherBundle, type ApnsBench, type PushRequest } from './apns-bench.js';
import type { Checks } from './rows.js';
import type { TestPhone } from './vendor-bench.js';

const texts = (body: string): string => JSON.stringify({ aps: { alert: { title: 'Ann', body } } });
const away = (bench: ApnsBench, phone: TestPhone): Promise<unknown> =>
  bench.control.put(`/phones/${phone.phoneId}/network`, { online: false });
const back = (bench: ApnsBench, phone: TestPhone): Promise<unknown> =>
  bench.control.put(`/phones/${phone.phoneId}/network`, { online: true });

async function lines(bench: ApnsBench, phone: TestPhone): Promise<string> {
  const { notifications, data, calls } = await bench.screen(phone);
  if (notifications.length + data.length + calls.length === 0) return 'nothing shown';
  return notifications.length === 1 ? '1 line' : `${notifications.length} lines`;
}

/** Pushed while away; what lies there once it is back, the vendor's clock moved in between. */
async function afterReturn(bench: ApnsBench, request: PushRequest, returnsAfterMs: number): Promise<string> {
  const phone = await bench.phone();
  await away(bench, phone);
  await bench.push({ ...request, token: phone.token });
  await bench.control.put('/clock', { offsetMs: returnsAfterMs });
  await back(bench, phone);
  return lines(bench, phone);
}

export const apnsPhoneChecks: Checks<ApnsBench> = {
  '5.1.10-1': async (bench) => {
    const phone = await bench.phone();
    await bench.push({ token: phone.token });
    const { notifications } = await bench.screen(phone);
    const [shown] = notifications;
    const isRight =
      notifications.length === 1 &&
      shown?.title === 'Ann' &&
      shown.body === 'hello' &&
      shown.shownCount === 1;
    return isRight ? 'shown once, title and body' : JSON.stringify(notifications);
  },
  '5.1.10-2': async (bench) => {
    const phone = await bench.phone();
    for (const text of ['one', 'two'])
      await bench.push({ token: phone.token, headers: { 'apns-collapse-id': 'm1' }, body: texts(text) });
    const { notifications } = await bench.screen(phone);
    const [shown] = notifications;
    return `${notifications.length} line, alerted ${shown?.shownCount ?? 0} times, the ${shown?.body === 'two' ? 'second' : 'first'} text`;
  },
  '5.1.10-3': async (bench) => {
    const phone = await bench.phone();
    for (const id of ['m1', 'm2'])
      await bench.push({ token: phone.token, headers: { 'apns-collapse-id': id } });
    return lines(bench, phone);
  },
  '5.1.10-4': async (bench) => {
    const phone = await bench.phone();
    await away(bench, phone);
    for (const text of ['one', 'two', 'three']) await bench.push({ token: phone.token, body: texts(text) });
    await back(bench, phone);
    const { notifications } = await bench.screen(phone);
    return `${await lines(bench, phone)}, the ${notifications[0]?.body === 'three' ? 'last' : 'wrong'} text`;
  },
  '5.1.10-5': async (bench) => {
    const counts: string[] = [];
    for (const app of [bundle, otherBundle]) {
      const phone = await bench.phone({ bundle: app });
      await away(bench, phone);
      await bench.push({ token: phone.token, headers: { 'apns-topic': app } });
      await back(bench, phone);
      counts.push(await lines(bench, phone));
    }
    return counts.every((count) => count === '1 line') ? '1 line on each' : counts.join(', ');
  },
  '5.1.10-6': (bench) => afterReturn(bench, { headers: { 'apns-expiration': '0' } }, 0),
  '5.1.10-7': async (bench) => {
    const phone = await bench.phone();
    await bench.push({ token: phone.token, headers: { 'apns-expiration': '0' } });
    return lines(bench, phone);
  },
  '5.1.10-8': (bench) =>
    afterReturn(bench, { headers: { 'apns-expiration': String(bench.seconds(minuteMs)) } }, 2 * minuteMs),
  '5.1.10-9': async (bench) => {
    const phone = await bench.phone();
    const answer = await bench.say({ token: phone.token, headers: { 'apns-expiration': '86400' } });
    return `${answer}, ${await lines(bench, phone)}`;
  },
  '5.1.10-10': (bench) => afterReturn(bench, {}, 29 * dayMs),
  '5.1.10-11': (bench) => afterReturn(bench, {}, 31 * dayMs),
  '5.1.10-12': async (bench) => {
    const phone = await bench.phone();
    const body = JSON.stringify({ aps: { 'content-available': 1 }, id: 'm1' });
    await bench.push({
      token: phone.token,
      headers: { 'apns-push-type': 'background', 'apns-priority': '5' },
      body,
    });
    const { notifications, data } = await bench.screen(phone);
    return data.length === 1 && notifications.length === 0 ? 'handed to the app, nothing shown' : 'otherwise';
  },
  '5.1.10-13': async (bench) => {
    const phone = await bench.phone({ kind: 'voip' });
    await bench.push({
      token: phone.token,
      headers: { 'apns-push-type': 'voip', 'apns-topic': `${bundle}.voip` },
    });
    return (await bench.screen(phone)).calls.length === 1 ? 'a call' : 'no call';
  },
  '5.1.10-14': async (bench) => {
    const phone = await bench.phone();
    await bench.push({ token: phone.token, body: JSON.stringify({ aps: { alert: 'hello', badge: 3 } }) });
    return `badge ${(await bench.screen(phone)).badge ?? 'none'}`;
  },
};
