import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { appId, type HonorBench, otherAppId, said, type SendParts } from './honor-bench.js';
import type { Check, Checks } from './rows.js';
import type { TestPhone } from './vendor-bench.js';

type Json = Record<string, unknown>;

const planned =
  (fault: Json) =>
  async (bench: HonorBench): Promise<string> => {
    const { token } = await bench.phone();
    await bench.control.put('/faults', { vendor: 'honor', token, ...fault });
    return bench.say({ tokens: [token] });
  };

async function bodies(bench: HonorBench, phone: TestPhone): Promise<string> {
  const { notifications } = await bench.screen(phone);
  return notifications.map(({ body }) => body ?? '').join(' ');
}

/** Messages one after the other to one phone, and what lies on its screen. */
async function shownAfter(bench: HonorBench, sends: readonly SendParts[], isAway = false): Promise<string> {
  const phone = await bench.phone();
  if (isAway) await bench.network(phone, false);
  for (const parts of sends) await bench.send({ ...parts, tokens: [phone.token] });
  if (isAway) await bench.network(phone, true);
  return bodies(bench, phone);
}

const numbered = (more: Json): SendParts[] => ['1', '2', '3'].map((body) => ({ shown: { ...more, body } }));

async function mixed(bench: HonorBench): Promise<string> {
  const good = await bench.phone();
  const foreign = await bench.phone(otherAppId);
  const tokens = [good.token, await bench.goneToken(), foreign.token, 'never-given'];
  return bench.say({ tokens });
}

async function badgeAfter(bench: HonorBench, badges: readonly Json[]): Promise<string> {
  const phone = await bench.phone();
  for (const badge of badges)
    await bench.send({ tokens: [phone.token], shown: { badge: { badgeClass: 'a.Main', ...badge } } });
  return `badge ${(await bench.screen(phone)).badge ?? 'none'}`;
}

interface Posted {
  readonly statuses: readonly {
    readonly biTag: string;
    readonly token: string;
    readonly status: number;
    readonly appid: string;
  }[];
}

/** What Honor posts after a message with a `biTag`. */
async function receipt(bench: HonorBench, fault: Json | null): Promise<string> {
  const posts: Posted[] = [];
  let onPost = (): void => undefined;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      posts.push(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Posted);
      response.end('{"code":"0","message":"success"}');
      onPost();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await bench.control.put('/honor/receipts', { appId, url: `http://127.0.0.1:${port}/` });
  const phone = await bench.phone();
  if (fault !== null) await bench.control.put('/receipts/faults', { token: phone.token, ...fault });
  const wanted = fault?.['kind'] === 'duplicate' ? 2 : 1;
  const arrived = new Promise<void>((resolve) => {
    onPost = () => posts.length >= wanted && resolve();
  });
  await bench.send({ tokens: [phone.token], android: { biTag: 'm1.mac' } });
  await arrived;
  server.close();
  server.closeAllConnections();
  return posts
    .flatMap(({ statuses }) => statuses)
    .map((each) => {
      const isOwn = each.token === phone.token && each.appid === appId;
      return `${each.status} ${each.biTag === 'm1.mac' ? 'm1.mac' : 'another'}${isOwn ? '' : ' elsewhere'}`;
    })
    .join(', ');
}

const broken =
  (kind: string): Check<HonorBench> =>
  async (bench) => {
    const phone = await bench.phone();
    await bench.control.put('/faults', { vendor: 'honor', token: phone.token, kind, count: 1 });
    const answer = await bench.send({ tokens: [phone.token] }).then(said, () => 'no answer');
    return `${answer}, ${(await bench.screen(phone)).notifications.length} shown`;
  };

export const honorPhoneChecks: Checks<HonorBench> = {
  '6.1.5-1': mixed,
  '6.1.5-2': async (bench) => bench.say({ tokens: [await bench.goneToken(), await bench.goneToken()] }),
  '6.1.5-3': async (bench) => bench.say({ tokens: [(await bench.phone(otherAppId)).token] }),
  '6.1.5-4': async (bench) => {
    const { token } = await bench.phone();
    const foreign = await bench.phone();
    await bench.control.put('/faults', { vendor: 'honor', token, reason: 'expireTokens' });
    return bench.say({ tokens: [token, foreign.token] });
  },
  '6.1.5-5': (bench) => shownAfter(bench, numbered({ notifyId: 7, importance: 'NORMAL' })),
  '6.1.5-6': (bench) => shownAfter(bench, numbered({ notifyId: -1, importance: 'NORMAL' })),
  '6.1.5-7': (bench) => shownAfter(bench, numbered({ importance: 'NORMAL' }), true),
  '6.1.5-8': async (bench) => {
    const phone = await bench.phone();
    await bench.send({ tokens: [phone.token], root: { data: 'quiet' } });
    const { notifications, data } = await bench.screen(phone);
    return `${notifications.length} shown, ${data.length} handed over`;
  },
  '6.1.5-9': (bench) => badgeAfter(bench, [{ setNum: 7 }, { addNum: 2 }]),
  '6.1.5-10': (bench) => badgeAfter(bench, [{ setNum: 98 }, { addNum: 5 }]),
  '6.1.5-11': async (bench) => {
    const phone = await bench.phone();
    await bench.network(phone, false);
    await bench.send({ tokens: [phone.token], android: { ttl: '60s' } });
    await bench.control.put('/clock', { offsetMs: 61_000 });
    await bench.network(phone, true);
    return `${(await bench.screen(phone)).notifications.length} shown`;
  },

  '6.1.6-1': (bench) => shownAfter(bench, numbered({ importance: 'LOW' })),
  '6.1.6-2': (bench) => shownAfter(bench, numbered({})),
  '6.1.6-3': (bench) => shownAfter(bench, numbered({ importance: 'NORMAL' })),
  '6.1.6-4': async (bench) => {
    await bench.registerApp(appId, { mayClassify: false });
    return shownAfter(bench, numbered({ importance: 'NORMAL' }));
  },
  '6.1.6-5': (bench) =>
    shownAfter(
      bench,
      numbered({ importance: 'LOW' }).map((parts) => ({ ...parts, android: { targetUserType: 1 } })),
    ),
  '6.1.6-6': async (bench) => {
    await bench.control.put('/switches', { honor: { testPushesPerDay: 1 } });
    const test = { android: { targetUserType: 1 } };
    await bench.control.put('/clock', { offsetMs: 2 * 86_400_000 });
    const timestamp = String(bench.now() + 2 * 86_400_000);
    const authorization = `Bearer ${await bench.accessToken()}`;
    return `${await bench.say({ ...test, timestamp, authorization })}, ${await bench.say({ ...test, timestamp, authorization })}`;
  },
  '6.1.6-7': async (bench) => {
    await bench.control.put('/switches', { honor: { targetsPerSecond: 1 } });
    return bench.say({ tokens: [(await bench.phone()).token, (await bench.phone()).token] });
  },

  '6.1.7-1': (bench) => receipt(bench, null),
  '6.1.7-2': async (bench) => {
    await bench.control.put('/switches', { honor: { deliveredStatus: 40_000_002 } });
    return receipt(bench, null);
  },
  '6.1.7-3': (bench) => receipt(bench, { kind: 'duplicate' }),
  '6.1.7-4': (bench) => receipt(bench, { kind: 'late', ms: 200 }),
  '6.1.7-5': (bench) => receipt(bench, { kind: 'unknown' }),

  '6.1.8-1': planned({ reason: '400' }),
  '6.1.8-2': planned({ reason: '401' }),
  '6.1.8-3': planned({ reason: '403' }),
  '6.1.8-4': planned({ reason: '404' }),
  '6.1.8-5': planned({ reason: '429', retryAfterSeconds: 2 }),
  '6.1.8-6': planned({ reason: '500' }),
  '6.1.8-7': planned({ reason: '503' }),
  '6.1.8-8': planned({ reason: 'not-sent' }),
  '6.1.8-9': planned({ reason: 'failTokens' }),
  '6.1.8-10': planned({ reason: 'expireTokens' }),
  '6.1.8-11': async (bench) => {
    const answers: string[] = [];
    for (const successCode of [200, 0, 80_000_000, 12_200_000]) {
      await bench.control.put('/switches', { honor: { successCode } });
      answers.push(await bench.say());
    }
    return answers.join(', ');
  },
  '6.1.8-12': async (bench) => {
    await bench.control.put('/switches', { honor: { saysSendResult: false } });
    return bench.say();
  },
  '6.1.8-13': broken('cut-before'),
  '6.1.8-14': broken('cut-after'),
};
