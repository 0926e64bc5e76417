import { dayMs, minuteMs } from './apns-bench.js';
import { type Json, type OppoBench, reply, said } from './oppo-bench.js';
import type { Checks } from './rows.js';

const say =
  (notification: Json) =>
  (bench: OppoBench): Promise<string> =>
    bench.say(notification);
const element =
  (more: Json) =>
  async (bench: OppoBench): Promise<string> =>
    said(await bench.unicast(bench.element((await bench.phone()).token, {}, more)));
const characters = (count: number, one = 'x'): string => one.repeat(count);
const authSaid =
  (changes: Json, offsetMs = 0) =>
  async (bench: OppoBench): Promise<string> =>
    said(await bench.auth(changes, String(bench.now() + offsetMs)));
const known =
  (changes: Json) =>
  async (bench: OppoBench): Promise<string> => {
    await bench.token();
    await bench.know(changes);
    return bench.say({});
  };
const twoSays = async (bench: OppoBench, first: Json, second: Json): Promise<string> =>
  `${await bench.say(first)}, ${await bench.say(second)}`;

async function withoutDoorman(
  bench: OppoBench,
  path: string,
  headers: Record<string, string> = {},
): Promise<string> {
  return said(await bench.post(path, { auth_token: await bench.token() }, { headers }));
}

async function tokenDays(bench: OppoBench, offsetMs: number): Promise<string> {
  await bench.token();
  await bench.control.put('/clock', { offsetMs });
  const answer = said(await bench.unicast(bench.element((await bench.phone()).token, {})));
  await bench.control.put('/clock', { offsetMs: 0 });
  return answer;
}

/** Transport and authentication. */
const doorChecks: Checks<OppoBench> = {
  '5.6.1-1': (bench) => bench.say({}),
  '5.6.1-2': (bench) => withoutDoorman(bench, '/server/v1/nothing'),
  '5.6.1-3': async (bench) => said(await bench.get('/server/v1/message/notification/unicast')),
  '5.6.1-4': (bench) =>
    withoutDoorman(bench, '/server/v1/message/notification/unicast', { 'content-type': 'application/json' }),
  '5.6.1-5': (bench) =>
    withoutDoorman(bench, '/server/v1/message/notification/unicast', {
      'content-type': 'application/x-www-form-urlencoded; charset=GBK',
    }),
  '5.6.2-1': async (bench) => {
    const { code, data } = reply(await bench.auth());
    const { auth_token: token, create_time: at } = data as { auth_token: string; create_time: number };
    const isNow = Math.abs(at - bench.now()) < minuteMs;
    return `${code}, ${token.length > 0 ? 'auth_token' : ''}, ${isNow ? 'create_time now' : String(at)}`;
  },
  '5.6.2-2': authSaid({ app_key: undefined }),
  '5.6.2-3': authSaid({ app_key: 'stranger' }),
  '5.6.2-4': authSaid({ sign: undefined }),
  '5.6.2-5': authSaid({ sign: characters(64, 'a') }),
  '5.6.2-6': authSaid({ timestamp: undefined }),
  '5.6.2-7': authSaid({}, -11 * minuteMs),
  '5.6.2-8': authSaid({}, 11 * minuteMs),
  '5.6.2-9': authSaid({}, -9 * minuteMs),
  '5.6.2-10': authSaid({ timestamp: '1700000000' }),
  '5.6.2-11': async (bench) => {
    await bench.switches({ authDataIsText: true });
    return typeof reply(await bench.auth()).data;
  },
  '5.6.2-12': async (bench) => {
    await bench.token();
    await bench.freshToken();
    return bench.say({});
  },
  '5.6.3-1': async (bench) => said(await bench.post('/server/v1/message/notification/unicast', {})),
  '5.6.3-2': async (bench) =>
    said(await bench.post('/server/v1/message/notification/unicast', { auth_token: 'stranger' })),
  '5.6.3-3': (bench) => tokenDays(bench, dayMs - minuteMs),
  '5.6.3-4': (bench) => tokenDays(bench, dayMs + minuteMs),
  '5.6.3-5': async (bench) => {
    const { token } = await bench.phone();
    const form = { message: JSON.stringify(bench.element(token, {})) };
    const headers = { auth_token: await bench.token() };
    return said(await bench.post('/server/v1/message/notification/unicast', form, { headers }));
  },
  '5.6.3-6': known({ isEnabled: false }),
  '5.6.3-7': known({ mayPush: false }),
  '5.6.3-8': known({ isAddressBlocked: true }),
  '5.6.3-9': known({ lacksFeature: true }),
};

/** The message, its target, and the notification's fields. */
const messageChecks: Checks<OppoBench> = {
  '5.6.4-1': async (bench) => said(await bench.unicast('not json')),
  '5.6.4-2': async (bench) =>
    said(await bench.post('/server/v1/message/notification/unicast', { auth_token: await bench.token() })),
  '5.6.4-3': element({ target_type: undefined }),
  '5.6.4-4': element({ target_value: undefined }),
  '5.6.4-5': element({ notification: undefined }),
  '5.6.4-6': async (bench) => {
    const { token } = await bench.phone();
    const message = JSON.stringify({ notification: { title: 'Ann', content: 'hello' } });
    const form = { auth_token: await bench.token(), target_type: 2, target_value: token, message };
    return said(await bench.post('/server/v1/message/notification/unicast', form));
  },
  '5.6.4-7': element({ target_type: 3 }),
  '5.6.4-8': async (bench) => {
    const two = [(await bench.phone()).token, (await bench.phone()).token].join(';');
    return said(await bench.unicast(bench.element(two, {})));
  },
  '5.6.4-9': element({ target_value: 'CN_12345' }),
  '5.6.4-10': async (bench) =>
    said(await bench.unicast(bench.element((await bench.phone({ region: 'IN' })).token, {}))),
  '5.6.4-11': async (bench) =>
    said(
      await bench.unicast(bench.element((await bench.phone()).token, {}), {
        host: 'api-intl.push.oppomobile.com',
      }),
    ),
  '5.6.4-12': async (bench) =>
    said(
      await bench.unicast(bench.element((await bench.phone({ region: 'IN' })).token, {}), {
        host: 'api-intl.push.oppomobile.com',
      }),
    ),
  '5.6.4-13': async (bench) => {
    const phone = await bench.phone();
    const camel = { target_type: 2, target_value: phone.token };
    const notification = { title: 'Ann', content: 'camel', clickActionType: 0, offLineTtl: 60, notifyId: 7 };
    return `${said(await bench.unicast({ ...camel, notification }))}, ${await bench.shown(phone)}`;
  },
  '5.6.5-1': say({ title: '' }),
  '5.6.5-2': say({ content: undefined }),
  '5.6.5-3': (bench) => twoSays(bench, { title: characters(50) }, { title: characters(51) }),
  '5.6.5-4': (bench) => twoSays(bench, { content: characters(50, '好') }, { content: characters(51, '好') }),
  '5.6.5-5': (bench) =>
    twoSays(bench, { style: 2, content: characters(128) }, { style: 2, content: characters(129) }),
  '5.6.5-6': async (bench) => {
    await bench.switches({ contentCharacters: 200 });
    return twoSays(bench, { content: characters(200) }, { content: characters(201) });
  },
  '5.6.5-7': (bench) => twoSays(bench, { content: characters(25, '👍') }, { content: characters(26, '👍') }),
  '5.6.5-8': (bench) => twoSays(bench, { sub_title: characters(10) }, { sub_title: characters(11) }),
  '5.6.5-9': say({ style: 3 }),
  '5.6.5-10': say({ click_action_type: 3 }),
  '5.6.5-11': say({ click_action_type: 1 }),
  '5.6.5-12': say({ click_action_type: 2 }),
  '5.6.5-13': (bench) =>
    twoSays(
      bench,
      { click_action_type: 4, click_action_activity: characters(500) },
      { click_action_type: 4, click_action_activity: characters(501) },
    ),
  '5.6.5-14': (bench) =>
    twoSays(
      bench,
      { click_action_type: 5, click_action_url: characters(2000) },
      { click_action_type: 5, click_action_url: characters(2001) },
    ),
  '5.6.5-15': (bench) =>
    twoSays(
      bench,
      { action_parameters: `{"p":"${characters(3992)}"}` },
      { action_parameters: `{"p":"${characters(3993)}"}` },
    ),
  '5.6.5-16': say({ action_parameters: 'not json' }),
  '5.6.5-17': say({ off_line_ttl: 2_000_000 }),
  '5.6.5-18': say({ off_line_ttl: 'a day' }),
  '5.6.5-19': say({ show_time_type: 1, show_start_time: 2, show_end_time: 1 }),
  '5.6.5-20': say({ push_time_type: 1 }),
  '5.6.5-21': (bench) =>
    twoSays(
      bench,
      { call_back_url: `https://a.example/${characters(182)}` },
      { call_back_url: `https://a.example/${characters(183)}` },
    ),
  '5.6.5-22': (bench) =>
    twoSays(bench, { call_back_parameter: characters(100) }, { call_back_parameter: characters(101) }),
  '5.6.5-23': say({ notify_id: 'one' }),
  '5.6.5-24': say({ network_type: 2 }),
  '5.6.6-1': say({ category: 'ACCOUNT', notify_level: 2 }),
  '5.6.6-2': say({ notify_level: 2 }),
  '5.6.6-3': say({ category: 'ACCOUNT', notify_level: 3 }),
  '5.6.6-4': say({ category: 'ACCOUNT', notify_level: 16 }),
  '5.6.6-5': async (bench) => {
    await bench.know({ mayUseBanner: true });
    return bench.say({ category: 'ACCOUNT', notify_level: 16 });
  },
  '5.6.6-6': say({ category: 'account' }),
  '5.6.6-7': say({ category: 'TODO' }),
  '5.6.6-8': say({ category: 'NEWS' }),
  '5.6.6-9': say({ category: 'IM' }),
  '5.6.6-10': async (bench) => {
    const phone = await bench.phone();
    const notification = {
      category: 'IM',
      private_msg_template_id: 'template-1',
      private_title_parameters: '{"who":"Ann"}',
      private_content_parameters: '{"text":"filled"}',
    };
    const answer = said(await bench.unicast(bench.element(phone.token, notification)));
    const [line] = (await bench.screen(phone)).notifications;
    return `${answer}, ${line?.title ?? ''}: ${line?.body ?? ''}`;
  },
  '5.6.6-11': say({ category: 'IM', private_msg_template_id: 'other' }),
  '5.6.6-12': say({
    category: 'IM',
    private_msg_template_id: 'template-1',
    private_title_parameters: '{"who":"Ann"}',
    private_content_parameters: '{}',
  }),
};

export const oppoRequestChecks: Checks<OppoBench> = { ...doorChecks, ...messageChecks };
