import type { TestPhone } from './vendor-bench.js';
import { callback, said, type MeizuBench } from './meizu-bench.js';
import type { Checks } from './rows.js';

type Json = Readonly<Record<string, unknown>>;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const open: Json = { noticeBarInfo: { noticeMsgType: 0 } };
const key = (notifyKey: string, content: string): Json => ({
  noticeBarInfo: { content },
  advanceInfo: { notifyKey },
});
const asking = (extra: Json): Json => ({ extra: { callback, 'callback.param': 'p1', ...extra } });

async function sendAll(
  bench: MeizuBench,
  phone: TestPhone,
  all: readonly Json[],
  app = bench.app,
): Promise<string> {
  const answers: string[] = [];
  for (const parts of all) answers.push(said(await bench.send(phone.token, parts, { app })));
  return answers.join('; ');
}

async function bodies(bench: MeizuBench, phone: TestPhone): Promise<string> {
  const { notifications } = await bench.screen(phone);
  return notifications.length === 0 ? 'nothing shown' : notifications.map(({ body }) => body).join(', ');
}

async function afterAway(bench: MeizuBench, parts: Json, forMs: number): Promise<string> {
  const phone = await bench.phone();
  await bench.network(phone, false);
  await bench.send(phone.token, parts);
  await bench.turnClock(forMs);
  await bench.network(phone, true);
  return bodies(bench, phone);
}

/** Clocks are turned to the middle of a minute, so that no row straddles one. */
const steady = (bench: MeizuBench): Promise<unknown> => bench.turnClock(90_000 - (bench.now() % 60_000));

export const meizuPhoneChecks: Checks<MeizuBench> = {
  '4.3.5-1': async (bench) => {
    await steady(bench);
    const phone = await bench.phone();
    const all = ['1', '2', '3', '4', '5', '6'].map((content) => ({ noticeBarInfo: { content } }));
    return `${await sendAll(bench, phone, all.slice(4))}; ${await sendAll(bench, phone, all.slice(0, 4))}`;
  },
  '4.3.5-2': async (bench) => {
    await steady(bench);
    const phone = await bench.phone();
    await sendAll(
      bench,
      phone,
      Array.from({ length: 6 }, () => ({})),
    );
    await bench.turnClock(180_000 - (bench.now() % 60_000));
    return said(await bench.send(phone.token));
  },
  '4.3.5-3': async (bench) => {
    const phone = await bench.phone();
    const four = Array.from({ length: 4 }, () => open);
    return sendAll(bench, phone, [...four, {}]);
  },
  '4.3.5-4': async (bench) => {
    await bench.switches({ publicPerDevicePerDay: 1 });
    const phone = await bench.phone();
    const first = await sendAll(bench, phone, [open, open]);
    await bench.turnClock(dayMs);
    return `${first}; ${await sendAll(bench, phone, [open])}`;
  },
  '4.3.5-5': async (bench) => {
    const app = await bench.freshApp();
    await bench.switches({ publicPerDay: 1 });
    return sendAll(bench, await bench.phone(app), [open, open, {}], app);
  },
  '4.3.5-6': async (bench) => {
    const app = await bench.freshApp();
    await bench.switches({ requestsPerSecond: 1 });
    const { token } = await bench.phone(app);
    const answers = await Promise.all([1, 2, 3].map(() => bench.send(token, {}, { app })));
    return answers.some((answer) => said(answer) === '200 110010') ? '200 110010' : 'never too fast';
  },

  '4.3.6-1': async (bench) => {
    const phone = await bench.phone();
    await sendAll(bench, phone, [key('k', 'old'), key('k', 'new'), key('l', 'other')]);
    return bodies(bench, phone);
  },
  '4.3.6-2': async (bench) => {
    const phone = await bench.phone();
    await sendAll(bench, phone, [key('', 'one'), key('', 'two')]);
    return bodies(bench, phone);
  },
  '4.3.6-3': (bench) => afterAway(bench, { pushTimeInfo: { offLine: 0 } }, 0),
  '4.3.6-4': (bench) => afterAway(bench, { pushTimeInfo: { offLine: 1, validTime: 2 } }, 2 * hourMs - 60_000),
  '4.3.6-5': (bench) => afterAway(bench, { pushTimeInfo: { offLine: 1, validTime: 2 } }, 2 * hourMs + 60_000),
  '4.3.6-6': (bench) => afterAway(bench, {}, 23 * hourMs),
  '4.3.6-7': (bench) => afterAway(bench, {}, 25 * hourMs),

  '4.3.7-1': async (bench) => {
    await bench.registerCallbacks([]);
    return bench.say(asking({}));
  },
  '4.3.7-2': async (bench) => {
    await bench.registerCallbacks([callback]);
    const { token } = await bench.phone();
    await bench.send(token, asking({}));
    const [first] = Object.entries(await bench.receipts(token));
    if (first === undefined) return 'no receipt';
    const [name, { param, targets, type }] = first;
    const isWhole = param === 'p1' && Array.isArray(targets) && targets[0] === token;
    return `${name.replace(/^[0-9a-f]{32}/, '<msgId>')}, type ${String(type)}, ${isWhole ? 'param and targets' : 'not whole'}`;
  },
  '4.3.7-3': async (bench) => {
    await bench.registerCallbacks([callback]);
    const phone = await bench.phone();
    await bench.send(phone.token, asking({ 'callback.type': 2 }));
    const { notifications } = await bench.control.get<{ notifications: { id: string }[] }>(
      `/phones/${phone.phoneId}/lock-screen`,
    );
    await bench.control.post(`/phones/${phone.phoneId}/tap`, { id: notifications[0]?.id });
    const types = Object.values(await bench.receipts(phone.token)).map(({ type }) => String(type));
    return types.join(', ');
  },
  '4.3.7-4': async (bench) => {
    await bench.registerCallbacks([callback]);
    const phones = [await bench.phone(), await bench.phone()];
    await bench.send(phones.map(({ token }) => token).join(','), asking({}));
    const [message] = Object.values(await bench.receipts(phones[0]?.token ?? ''));
    const targets = message?.['targets'];
    return Array.isArray(targets) ? `${targets.length} targets in one receipt` : 'no receipt';
  },
  '4.3.7-5': async (bench) => {
    const long = `${callback}/${'x'.repeat(128)}`;
    await bench.registerCallbacks([callback, long]);
    return [
      await bench.say(asking({ callback: long })),
      await bench.say(asking({ 'callback.param': 'x'.repeat(65) })),
      await bench.say(asking({ 'callback.type': 4 })),
    ].join(', ');
  },
};
