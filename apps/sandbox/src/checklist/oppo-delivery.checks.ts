import { oppoCodes } from '../vendors/oppo/oppo.codes.js';
import { dayMs, minuteMs } from './apns-bench.js';
import type { TestPhone } from './vendor-bench.js';
import { type Json, type OppoBench, reply, said, saidEach } from './oppo-bench.js';
import type { Checks } from './rows.js';

const callback = { call_back_url: 'http://127.0.0.1:9/receipts', call_back_parameter: 'm1' };
const send = (bench: OppoBench, phone: TestPhone, notification: Json): Promise<string> =>
  bench.unicast(bench.element(phone.token, notification)).then(said);
const marketing = { category: 'NEWS' };

async function plan(bench: OppoBench, fault: Json): Promise<string> {
  const phone = await bench.phone();
  await bench.control.put('/faults', { vendor: 'oppo', token: phone.token, count: 1, ...fault });
  return send(bench, phone, {});
}

async function away(bench: OppoBench, notification: Json, awayMs: number): Promise<string> {
  const phone = await bench.phone();
  await bench.network(phone, false);
  await send(bench, phone, notification);
  await bench.control.put('/clock', { offsetMs: awayMs });
  await bench.network(phone, true);
  await bench.control.put('/clock', { offsetMs: 0 });
  return bench.shown(phone);
}

async function marketingOf(bench: OppoBench, notification: Json, count: number): Promise<string> {
  const phone = await bench.phone();
  const codes: string[] = [];
  for (let n = 1; n <= count; n++)
    codes.push(await send(bench, phone, { ...notification, ...callback, content: String(n) }));
  return `${codes.join(', ')}; shown ${await bench.shown(phone)}; ${await bench.events(phone, count)}`;
}

/** Days that no other row counts in, with a token that lives so long. */
async function daysAhead(bench: OppoBench, days: number): Promise<void> {
  await bench.switches({ authTokenSeconds: 100 * 86_400 });
  await bench.token();
  await bench.control.put('/clock', { offsetMs: days * dayMs });
}

async function appMarketing(bench: OppoBench, day: number, laterDay: number): Promise<string> {
  await bench.switches({ marketingPerDay: 1 });
  await daysAhead(bench, day);
  const first = [
    await bench.say(marketing),
    await bench.say(marketing),
    await bench.say({ category: 'ORDER' }),
  ];
  await daysAhead(bench, laterDay);
  return `${first.join(', ')}; later ${await bench.say(marketing)}`;
}

async function dead(bench: OppoBench): Promise<TestPhone> {
  const phone = await bench.phone();
  await bench.uninstall(phone);
  return phone;
}

async function listed(bench: OppoBench, headers: Record<string, string>, query: string): Promise<string> {
  const gone = await dead(bench);
  await send(bench, gone, {});
  const answer = await bench.get(`/server/v1/feedback/fetch_invalid_regidList${query}`, headers);
  const { code, data } = reply(answer);
  if (code !== 0) return String(code);
  const { registration_ids: ids, totalCount } = data as { registration_ids: string[]; totalCount: number };
  return `${code}, ${ids.includes(gone.token) ? 'listed' : 'not listed'}, ${totalCount === ids.length ? 'counted' : 'miscounted'}`;
}

async function everyCode(bench: OppoBench): Promise<string> {
  const wrong: string[] = [];
  for (const code of Object.keys(oppoCodes)) {
    const got = await plan(bench, { reason: code });
    if (got !== code) wrong.push(`${code} as ${got}`);
  }
  return wrong.length === 0 ? 'each as planned' : wrong.join('; ');
}

async function afterRefusal(bench: OppoBench, remembersRefusedIds: boolean): Promise<string> {
  await bench.switches({ remembersRefusedIds });
  const phone = await bench.phone();
  const codes: unknown[] = [];
  for (const title of ['', 'Ann'])
    codes.push(
      reply(
        await bench.unicast(bench.element(phone.token, { app_message_id: 'r1', title, content: 'hello' })),
      ).code,
    );
  return `${codes.join(', ')}, shown ${await bench.shown(phone)}`;
}

/** What becomes of messages, and of the vendor's own troubles. */
export const oppoDeliveryChecks: Checks<OppoBench> = {
  '5.6.7-1': async (bench) => {
    const phone = await bench.phone();
    const first = reply(
      await bench.unicast(bench.element(phone.token, { app_message_id: 'a1', content: 'one' })),
    );
    const again = reply(
      await bench.unicast(bench.element(phone.token, { app_message_id: 'a1', content: 'two' })),
    );
    const ids = [first, again].map(({ data }) => (data as { messageId: string }).messageId);
    return `${first.code}, ${again.code}, ${ids[0] === ids[1] ? 'one id' : 'a new messageId'}, shown ${await bench.shown(phone)}`;
  },
  '5.6.7-2': async (bench) => {
    const phone = await bench.phone();
    for (const content of ['one', 'two']) await send(bench, phone, { notify_id: 7, content });
    return bench.shown(phone);
  },
  '5.6.7-3': (bench) => away(bench, { off_line_ttl: 3_600 }, 30 * minuteMs),
  '5.6.7-4': (bench) => away(bench, { off_line_ttl: 3_600 }, 61 * minuteMs),
  '5.6.7-5': (bench) => away(bench, {}, 61 * minuteMs),
  '5.6.7-6': (bench) => away(bench, { off_line_ttl: 2_000_000 }, 10 * dayMs + minuteMs),
  '5.6.7-7': (bench) => away(bench, { off_line: false }, 0),
  '5.6.7-8': async (bench) => {
    const phone = await bench.phone();
    await send(bench, phone, { badge_operation_type: 0, badge_message_count: 5 });
    await send(bench, phone, { badge_operation_type: 1, badge_message_count: 2 });
    return `badge ${(await bench.screen(phone)).badge}`;
  },
  '5.6.7-9': (bench) => afterRefusal(bench, false),
  '5.6.7-10': (bench) => afterRefusal(bench, true),
  '5.6.8-1': async (bench) => {
    const [one, two] = [await bench.phone(), await bench.phone()];
    const bad = bench.element('CN_1', {});
    const long = bench.element(two.token, { title: 'x'.repeat(51) });
    return saidEach(
      await bench.batch([bench.element(one.token, {}), bad, long, bench.element(two.token, {})]),
    );
  },
  '5.6.8-2': async (bench) => said(await bench.batch([])),
  '5.6.8-3': async (bench) => {
    const element = bench.element((await bench.phone()).token, {});
    return said(await bench.batch(Array.from({ length: 1001 }, () => element)));
  },
  '5.6.8-4': async (bench) => said(await bench.batch({ not: 'a list' })),
  '5.6.9-1': (bench) => marketingOf(bench, marketing, 3),
  '5.6.9-2': (bench) => marketingOf(bench, {}, 3),
  '5.6.9-3': (bench) => marketingOf(bench, { channel_id: 'private-channel' }, 3),
  '5.6.9-4': (bench) => marketingOf(bench, { category: 'ORDER' }, 3),
  '5.6.9-5': (bench) => appMarketing(bench, 40, 40),
  '5.6.9-6': (bench) => appMarketing(bench, 50, 51),
  '5.6.9-7': async (bench) => {
    await bench.switches({ targetsPerSecond: 1 });
    const phone = await bench.phone();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send(bench, phone, { category: 'ORDER' })),
    );
    return [...new Set(answers)].toSorted().join(' and ');
  },
  '5.6.10-1': async (bench) => {
    const phone = await bench.phone();
    const code = await send(bench, phone, callback);
    return `${code}; ${await bench.events(phone, 1)}`;
  },
  '5.6.10-2': async (bench) => {
    const gone = await dead(bench);
    const code = await send(bench, gone, callback);
    return `${code}; ${await bench.events(gone, 1)}`;
  },
  '5.6.10-3': async (bench) => {
    const phones = [await bench.phone(), await bench.phone(), await bench.phone()];
    await bench.batch(phones.map(({ token }) => bench.element(token, callback)));
    for (const phone of phones) await bench.events(phone, 1);
    const path = `/receipts?token=${phones[0]?.token ?? ''}`;
    const { receipts } = await bench.control.get<{ receipts: { body: string }[] }>(path);
    const items = JSON.parse(receipts[0]?.body ?? '[]') as Json[];
    return `${receipts.length} request, ${items.length} entries of ${Object.keys(items[0] ?? {}).join(', ')}`;
  },
  '5.6.10-4': async (bench) => {
    const phone = await bench.phone();
    await bench.control.put(`/phones/${phone.phoneId}/notifications`, { allowed: false });
    await send(bench, phone, callback);
    return `shown ${await bench.shown(phone)}; ${await bench.events(phone, 1)}`;
  },
  '5.6.11-1': async (bench) => listed(bench, {}, `?auth_token=${await bench.token()}`),
  '5.6.11-2': async (bench) => listed(bench, { auth_token: await bench.token() }, ''),
  '5.6.11-3': (bench) => listed(bench, {}, ''),
  '5.6.11-4': async (bench) => {
    await bench.switches({ deadIdCode: 10_000 });
    return send(bench, await dead(bench), {});
  },
  '5.6.11-5': async (bench) => {
    await bench.switches({ deadIdCode: 41 });
    return send(bench, await dead(bench), {});
  },
  '5.6.12-1': everyCode,
  '5.6.12-2': (bench) => plan(bench, { status: 502 }),
  '5.6.12-3': (bench) => plan(bench, { kind: 'nonsense', status: 200, body: '{"code":0,"da' }),
};
