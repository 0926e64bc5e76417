import { openHttp2, requestHttp2 } from '../testing/https-client.js';
import { host, read, said, type MeizuBench } from './meizu-bench.js';
import type { Checks } from './rows.js';

type Json = Readonly<Record<string, unknown>>;

const message =
  (parts: Json) =>
  (bench: MeizuBench): Promise<string> =>
    bench.say(parts);
const bar = (more: Json): Json => ({ noticeBarInfo: more });

async function each(bench: MeizuBench, all: readonly Json[]): Promise<string> {
  const answers: string[] = [];
  for (const parts of all) answers.push(await bench.say(parts));
  const [first = 'nothing'] = answers;
  return answers.every((answer) => answer === first)
    ? `${answers.length} times ${first}`
    : answers.join(', ');
}

async function ids(bench: MeizuBench, count: number): Promise<string> {
  const { token } = await bench.phone();
  const made = Array.from({ length: count - 1 }, (_, index) => `made-up-${index}`);
  return said(await bench.send([token, ...made].join(',')));
}

async function overHttp2(bench: MeizuBench): Promise<string> {
  const session = await openHttp2(bench.fixture.portOf('meizu'), bench.fixture.ca, host);
  const answer = await requestHttp2(session, {
    path: '/garcia/api/server/push/varnished/pushByPushId',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'appId=',
  });
  session.destroy();
  return said(answer);
}

export const meizuRequestChecks: Checks<MeizuBench> = {
  '4.3.1-1': message({}),
  '4.3.1-2': (bench) => bench.say({}, { sign: '' }),
  '4.3.1-3': (bench) => bench.say({}, { sign: '0'.repeat(32) }),
  '4.3.1-4': (bench) => bench.say({}, { app: { ...bench.app, secret: 'another' } }),
  '4.3.1-5': (bench) => bench.say({}, { fields: { extra: 'signed too' } }),
  '4.3.1-6': message(bar({ title: 'a+b & c=d', content: '好 %41' })),
  '4.3.1-7': (bench) => bench.say({}, { app: { ...bench.app, appId: '1' } }),
  '4.3.1-8': (bench) => bench.say({}, { fields: { appId: '' } }),
  '4.3.1-9': overHttp2,

  '4.3.2-1': (bench) => bench.say({}, { contentType: 'application/json' }),
  '4.3.2-2': (bench) => bench.say({}, { method: 'GET' }),
  '4.3.2-3': (bench) => bench.say({}, { path: '/garcia/api/server/push/unvarnished/pushByPushId' }),
  '4.3.2-4': (bench) => bench.say({}, { fields: { messageJson: '' } }),
  '4.3.2-5': (bench) => bench.say({}, { fields: { messageJson: 'nonsense' } }),
  '4.3.2-6': (bench) => bench.send('').then(said),
  '4.3.2-7': (bench) => ids(bench, 100),
  '4.3.2-8': (bench) => ids(bench, 101),
  '4.3.2-9': async (bench) => {
    await bench.switches({ mostIds: 1000 });
    return ids(bench, 1000);
  },
  '4.3.2-10': async (bench) => {
    const { code, msgId, value } = read(await bench.send((await bench.phone()).token));
    return `code ${typeof code}, msgId ${typeof msgId}, value ${JSON.stringify(value)}`;
  },

  '4.3.3-1': (bench) => each(bench, [bar({ title: '' }), bar({ content: '' }), bar({ title: 7 })]),
  '4.3.3-2': (bench) => each(bench, [bar({ title: 'x'.repeat(32) }), bar({ title: '好'.repeat(32) })]),
  '4.3.3-3': (bench) => each(bench, [bar({ title: 'x'.repeat(33) }), bar({ title: '好'.repeat(33) })]),
  '4.3.3-4': (bench) => each(bench, [bar({ content: 'x'.repeat(100) }), bar({ content: '好'.repeat(100) })]),
  '4.3.3-5': (bench) => each(bench, [bar({ content: 'x'.repeat(101) }), bar({ content: '好'.repeat(101) })]),
  '4.3.3-6': (bench) => each(bench, [bar({ noticeBarType: 1 }), bar({ noticeMsgType: 2 })]),
  '4.3.3-7': (bench) =>
    each(bench, [
      { clickTypeInfo: { clickType: 0 } },
      { clickTypeInfo: { clickType: 1, activity: 'org.example.Chat' } },
      { clickTypeInfo: { clickType: 2, url: 'https://example.org' } },
    ]),
  '4.3.3-8': (bench) =>
    each(bench, [{ clickTypeInfo: { clickType: 1 } }, { clickTypeInfo: { clickType: 2 } }]),
  '4.3.3-9': message({ clickTypeInfo: { clickType: 3, customAttribute: 'x' } }),
  '4.3.3-10': (bench) =>
    each(bench, [
      { pushTimeInfo: { offLine: 1, validTime: 1 } },
      { pushTimeInfo: { offLine: 1, validTime: 72 } },
      { pushTimeInfo: { offLine: 0 } },
    ]),
  '4.3.3-11': (bench) =>
    each(bench, [
      { pushTimeInfo: { offLine: 1, validTime: 0 } },
      { pushTimeInfo: { offLine: 1, validTime: 73 } },
      { pushTimeInfo: { offLine: 1, validTime: 1.5 } },
      { pushTimeInfo: { offLine: 2 } },
    ]),
  '4.3.3-12': (bench) =>
    each(bench, [{ advanceInfo: { notifyKey: 'aZ09_-xy' } }, { advanceInfo: { notifyKey: '' } }]),
  '4.3.3-13': (bench) =>
    each(bench, [{ advanceInfo: { notifyKey: 'aZ09_-xyz' } }, { advanceInfo: { notifyKey: 'a b' } }]),
  '4.3.3-14': (bench) =>
    each(bench, [{ advanceInfo: { suspend: 2 } }, { advanceInfo: { notificationType: { sound: 2 } } }]),

  '4.3.4-1': async (bench) => {
    const tokens = [
      (await bench.phone()).token,
      (await bench.phone()).token,
      await bench.deadToken(),
      'made-up',
    ];
    return said(await bench.send(tokens.join(',')));
  },
  '4.3.4-2': async (bench) => said(await bench.send(await bench.deadToken())),
  '4.3.4-3': async (bench) => {
    const old = await bench.phone();
    await bench.newToken(old);
    return said(await bench.send(old.token));
  },
  '4.3.4-4': async (bench) => said(await bench.send((await bench.phone(await bench.freshApp())).token)),
  '4.3.4-5': async (bench) => {
    const { phoneId, token } = await bench.phone();
    await bench.control.put(`/phones/${phoneId}/notifications`, { allowed: false });
    return said(await bench.send(token));
  },
  '4.3.4-6': async (bench) => {
    const answers: string[] = [];
    for (const reason of ['201', '501', '513', '519', '110005']) {
      const { token } = await bench.phone();
      await bench.fault({ reason, token });
      answers.push(said(await bench.send(token)).replace('200 200, 1 ', ''));
    }
    return answers.join(' ');
  },

  '4.3.8-1': async (bench) => {
    await bench.fault({ status: 503 });
    return bench.say();
  },
  '4.3.8-2': async (bench) => {
    const answers: string[] = [];
    const codes = [
      '500',
      '1001',
      '1003',
      '110001',
      '110009',
      '110010',
      '110019',
      '110031',
      '110032',
      '110033',
    ];
    for (const reason of [...codes, '110051', '110053']) {
      await bench.fault({ reason });
      const answer = await bench.send((await bench.phone()).token);
      answers.push(read(answer).value === '' ? said(answer).replace('200 ', '') : 'with a map');
    }
    return answers.join(' ');
  },
  '4.3.8-3': async (bench) => {
    await bench.fault({ kind: 'cut-before' });
    return bench.say().catch(() => 'no answer');
  },
  '4.3.8-4': async (bench) => {
    const [first, second] = [await bench.phone(), await bench.phone()];
    await bench.fault({ reason: '519', token: second.token });
    return said(await bench.send(`${first.token},${second.token}`));
  },
};
