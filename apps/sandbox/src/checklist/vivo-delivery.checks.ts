import { vivoCodes } from '../vendors/vivo/vivo.codes.js';
import { dayMs, minuteMs } from './apns-bench.js';
import type { TestPhone } from './vendor-bench.js';
import type { Checks } from './rows.js';
import { reply, said, type VivoBench } from './vivo-bench.js';

type Json = Record<string, unknown>;

const callback = 'http://127.0.0.1:9/receipts';
const asked = { extra: { callback, 'callback.param': 'm1' } };
const operational = { classification: 0, category: 'NEWS' };

async function away(bench: VivoBench, changes: Json, awayMs: number): Promise<string> {
  const phone = await bench.phone();
  await bench.network(phone, false);
  await bench.send(phone, changes);
  await bench.turnClock(awayMs);
  await bench.network(phone, true);
  await bench.turnClock(0);
  return bench.shown(phone);
}

async function sendTimes(bench: VivoBench, count: number, changes: Json): Promise<string> {
  const phone = await bench.phone();
  const codes: string[] = [];
  for (let n = 1; n <= count; n++)
    codes.push(said(await bench.send(phone, { ...asked, content: `news ${n}`, ...changes })));
  return `${codes.join(', ')}; shown ${await bench.shown(phone)}; ${await bench.events(phone, count)}`;
}

async function volume(bench: VivoBench, changes: Json, days: readonly number[]): Promise<string> {
  await bench.switches({ operationalPerDay: 1, systemPerDay: 1 });
  const codes: string[] = [];
  for (const day of days) {
    await bench.chinaHour(12, day);
    codes.push(await bench.say(changes));
  }
  return codes.join(', ');
}

async function notArrived(bench: VivoBench): Promise<string> {
  await bench.switches({ operationalPerDay: 1 });
  await bench.chinaHour(12, 33);
  const phone = await bench.phone();
  await bench.network(phone, false);
  return `${said(await bench.send(phone, operational))}, ${await bench.say(operational)}`;
}

async function atHour(bench: VivoBench, hour: number, changes: Json): Promise<string> {
  await bench.switches({ keepsOperationalHours: true });
  await bench.chinaHour(hour, 40);
  return bench.say(changes);
}

async function repeated(bench: VivoBench, repeatCode: number): Promise<string> {
  await bench.switches({ repeatCode });
  const phone = await bench.phone();
  const requestId = bench.requestId();
  const first = reply(await bench.send(phone, { requestId, content: 'one then' }));
  const second = reply(await bench.send(phone, { requestId, content: 'two then' }));
  const task =
    second.taskId === undefined ? 'no task' : second.taskId === first.taskId ? 'its task' : 'another';
  return `${first.result}, ${second.result}, ${task}, shown ${await bench.shown(phone)}`;
}

async function afterRefusal(bench: VivoBench, switches: Json): Promise<string> {
  await bench.switches(switches);
  const phone = await bench.phone();
  const requestId = bench.requestId();
  const refused = said(await bench.send(phone, { requestId, title: '' }));
  return `${refused}, ${said(await bench.send(phone, { requestId }))}, shown ${await bench.shown(phone)}`;
}

async function listOf(bench: VivoBench, phones: readonly TestPhone[], changes: Json = {}): Promise<string> {
  const taskId = await bench.savedTask(changes);
  const answer = reply(
    await bench.list(
      phones.map(({ token }) => token),
      taskId,
    ),
  );
  const invalid = (answer.invalidUsers ?? []).map(({ status, userid }) => {
    const at = phones.findIndex(({ token }) => token === userid);
    return `${at + 1} is ${status}`;
  });
  return [String(answer.result), ...invalid].join(', ');
}

async function mixedList(bench: VivoBench): Promise<string> {
  const phones = [
    await bench.phone(),
    await bench.phone(),
    await bench.phone({ bundle: 'org.example.other' }),
  ];
  const [first, second] = phones as [TestPhone, TestPhone];
  await bench.uninstall(second);
  return `${await listOf(bench, phones)}; shown ${await bench.shown(first)}`;
}

async function listSaid(bench: VivoBench, count: number, taskId: unknown): Promise<string> {
  const { token } = await bench.phone();
  const regIds = Array.from({ length: count }, (_, at) => (at === 0 ? token : `${token}${at}`));
  return said(await bench.list(regIds, taskId));
}

/** A push with a registered receipt address of this age. */
async function registered(bench: VivoBench, ageMs: number, extra: Json, isList = false): Promise<string> {
  const url = 'http://127.0.0.1:9/registered';
  await bench.know({ callbacks: [{ id: 'c1', url, registeredAt: bench.now() - ageMs }] });
  const phones = [await bench.phone(), await bench.phone()] as const;
  const [phone] = phones;
  if (isList) await listOf(bench, phones, { extra });
  else await bench.send(phone, { extra });
  return bench.eventsAfterOthers(phone);
}

async function receiptForm(bench: VivoBench): Promise<string> {
  const phone = await bench.phone();
  const { taskId } = reply(await bench.send(phone, asked));
  await bench.events(phone, 1);
  const { receipts } = await bench.control.get<{ receipts: { url: string; body: string }[] }>(
    `/receipts?token=${phone.token}`,
  );
  const map = JSON.parse(receipts[0]?.body ?? '{}') as Record<string, Json>;
  const entry = map[taskId ?? ''] ?? {};
  return `${receipts[0]?.url === callback ? 'to the address' : 'elsewhere'}, ${String(entry['param'])}, ${entry['targets'] === phone.token ? 'the regId' : 'another'}`;
}

async function everyCode(bench: VivoBench): Promise<string> {
  const wrong: string[] = [];
  for (const reason of vivoCodes) {
    const phone = await bench.phone();
    await bench.control.put('/faults', { vendor: 'vivo', token: phone.token, count: 1, reason });
    const got = said(await bench.send(phone));
    if (got !== reason) wrong.push(`${reason} as ${got}`);
  }
  return wrong.length === 0 ? 'each as planned' : wrong.join('; ');
}

async function planned(bench: VivoBench, fault: Json): Promise<string> {
  const phone = await bench.phone();
  await bench.control.put('/faults', { vendor: 'vivo', token: phone.token, count: 1, ...fault });
  return said(await bench.send(phone));
}

/** What becomes of messages, lists, and the vendor's own troubles. */
export const vivoDeliveryChecks: Checks<VivoBench> = {
  '5.7.7-1': async (bench) => {
    const phone = await bench.phone();
    for (const content of ['one then', 'two then']) await bench.send(phone, { notifyId: 7, content });
    return bench.shown(phone);
  },
  '5.7.7-2': (bench) => away(bench, { timeToLive: 3_600 }, 30 * minuteMs),
  '5.7.7-3': (bench) => away(bench, { timeToLive: 3_600 }, 61 * minuteMs),
  '5.7.7-4': (bench) => away(bench, { timeToLive: 604_800 }, dayMs + minuteMs),
  '5.7.7-5': (bench) => away(bench, operational, 8 * 60 * minuteMs + minuteMs),
  '5.7.7-6': (bench) => away(bench, {}, 8 * 60 * minuteMs + minuteMs),
  '5.7.7-7': async (bench) => {
    const phone = await bench.phone();
    await bench.network(phone, false);
    const answer = said(await bench.send(phone, { sendOnline: true }));
    await bench.network(phone, true);
    return `${answer}, shown ${await bench.shown(phone)}`;
  },
  '5.7.7-8': (bench) => repeated(bench, 0),
  '5.7.7-9': (bench) => repeated(bench, 10_910),
  '5.7.7-10': (bench) => afterRefusal(bench, {}),
  '5.7.7-11': (bench) => afterRefusal(bench, { remembersRefusedIds: true }),
  '5.7.7-12': (bench) => afterRefusal(bench, { remembersRefusedIds: true, repeatCode: 10_910 }),
  '5.7.8-1': mixedList,
  '5.7.8-2': (bench) => listSaid(bench, 2, 'unknown'),
  '5.7.8-3': (bench) => listSaid(bench, 2, ''),
  '5.7.8-4': (bench) => listSaid(bench, 0, 'unknown'),
  '5.7.8-5': async (bench) => listSaid(bench, 1, await bench.savedTask()),
  '5.7.8-6': async (bench) => listSaid(bench, 1001, await bench.savedTask()),
  '5.7.8-7': async (bench) => {
    await bench.switches({ savedBodySeconds: 60 });
    const taskId = await bench.savedTask();
    await bench.turnClock(2 * minuteMs);
    return listSaid(bench, 2, taskId);
  },
  '5.7.8-8': async (bench) =>
    said(await bench.call('/message/saveListPayload', bench.message({ title: '' }))),
  '5.7.8-9': async (bench) => {
    await bench.switches({ savesPerDay: 1 });
    await bench.chinaHour(12, 60);
    const save = async (): Promise<string> =>
      said(await bench.call('/message/saveListPayload', bench.message({})));
    return `${await save()}, ${await save()}`;
  },
  '5.7.8-10': async (bench) => {
    const phones = [await bench.phone(), await bench.phone()];
    await bench.control.put(`/phones/${phones[0]?.phoneId ?? ''}/notifications`, { allowed: false });
    return `${await listOf(bench, phones)}; shown ${await bench.shown(phones[0] as TestPhone)}`;
  },
  '5.7.9-1': (bench) => sendTimes(bench, 3, operational),
  '5.7.9-2': (bench) => sendTimes(bench, 3, {}),
  '5.7.9-3': (bench) => sendTimes(bench, 2, { ...operational, content: 'the same news' }),
  '5.7.9-4': (bench) => volume(bench, operational, [30, 30, 31]),
  '5.7.9-5': (bench) => volume(bench, {}, [30, 30, 31]),
  '5.7.9-6': notArrived,
  '5.7.9-7': (bench) => atHour(bench, 6, operational),
  '5.7.9-8': (bench) => atHour(bench, 7, operational),
  '5.7.9-9': (bench) => atHour(bench, 23, operational),
  '5.7.9-10': (bench) => atHour(bench, 3, {}),
  '5.7.9-11': async (bench) => {
    await bench.switches({ targetsPerSecond: 1 });
    const phone = await bench.phone();
    const answers = await Promise.all(Array.from({ length: 20 }, () => bench.send(phone)));
    return [...new Set(answers.map(said))].toSorted().join(' and ');
  },
  '5.7.10-1': receiptForm,
  '5.7.10-2': (bench) => registered(bench, 61 * minuteMs, { 'callback.id': 'c1' }),
  '5.7.10-3': (bench) => registered(bench, 59 * minuteMs, { 'callback.id': 'c1' }),
  '5.7.10-4': (bench) => registered(bench, 61 * minuteMs, { 'callback.id': 'other' }),
  '5.7.10-5': (bench) => registered(bench, 61 * minuteMs, { 'callback.id': 'c1' }, true),
  '5.7.10-6': (bench) => registered(bench, 61 * minuteMs, { callback }, true),
  '5.7.10-7': (bench) => registered(bench, 59 * minuteMs, { callback, 'callback.id': 'c1' }),
  '5.7.11-1': everyCode,
  '5.7.11-2': (bench) => planned(bench, { status: 500 }),
  '5.7.11-3': (bench) => planned(bench, { kind: 'nonsense', status: 200, body: '{"result":0,"ta' }),
};
