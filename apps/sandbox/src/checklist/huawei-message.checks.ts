import { saidTimes } from './apns-bench.js';
import { codeIn, said, shown, strangerApp, type HuaweiBench } from './huawei-bench.js';
import type { Checks } from './rows.js';

type Json = Record<string, unknown>;
type Check = (bench: HuaweiBench) => Promise<string>;

const android =
  (fields: Json): Check =>
  (bench) =>
    bench.sayNotification({}, fields);
const notification =
  (fields: Json): Check =>
  (bench) =>
    bench.sayNotification(fields);
const message =
  (fields: Json): Check =>
  (bench) =>
    bench.sayMessage(fields);
/** The same field with several values. */
const each =
  (name: string, values: readonly unknown[]): Check =>
  async (bench) => {
    const sayings: string[] = [];
    for (const value of values) sayings.push(await bench.sayNotification({ [name]: value }));
    return saidTimes(sayings);
  };
const eachAndroid =
  (name: string, values: readonly unknown[]): Check =>
  async (bench) => {
    const sayings: string[] = [];
    for (const value of values) sayings.push(await bench.sayNotification({}, { [name]: value }));
    return saidTimes(sayings);
  };
const body =
  (text: string): Check =>
  async (bench) =>
    said(await bench.send({ body: text }));

/** Exactly so many bytes without the tokens. */
async function ofBytes(bench: HuaweiBench, bytes: number, tokens: readonly string[]): Promise<string> {
  const frame = JSON.stringify({ message: { token: [], data: '' } });
  const data = 'x'.repeat(bytes - Buffer.byteLength(frame) + 2);
  return said(await bench.send({ body: JSON.stringify({ message: { token: tokens, data } }) }));
}

async function tokenCount(bench: HuaweiBench, count: number): Promise<string> {
  const { token } = await bench.phone();
  const tokens = Array.from({ length: count }, () => token);
  return said(await bench.send({ tokens, message: { data: 'x' } }));
}

async function mixed(bench: HuaweiBench): Promise<string> {
  const [live, other, dead] = await Promise.all([
    bench.phone(),
    bench.phone({ appId: strangerApp }),
    bench.deadToken(),
  ]);
  const answer = await bench.send({
    tokens: [live.token, other.token, dead, 'nonsense'],
    message: shown(),
  });
  const detail = JSON.parse(codeIn(answer.body)?.msg ?? '{}') as {
    success?: number;
    failure?: number;
    illegal_tokens?: string[];
  };
  const isListed = [other.token, dead, 'nonsense'].every((token) => detail.illegal_tokens?.includes(token));
  const names = isListed ? 'illegal_tokens names the three' : 'illegal_tokens is wrong';
  return `${said(answer)}, success ${detail.success ?? '-'}, failure ${detail.failure ?? '-'}, ${names}`;
}

async function onlyOne(bench: HuaweiBench, tokenOf: () => Promise<string>): Promise<string> {
  return said(await bench.send({ tokens: [await tokenOf()], message: shown() }));
}

export const huaweiMessageChecks: Checks<HuaweiBench> = {
  '1.8.5-1': notification({}),
  '1.8.5-2': message({ data: 'x' }),
  '1.8.5-3': body('{"message":'),
  '1.8.5-4': body('{"mesage":{"token":["a"],"data":"x"}}'),
  '1.8.5-5': body('{"message":{"data":"x"},"token":["a"]}'),
  '1.8.5-6': message({ topic: 'news', data: 'x' }),
  '1.8.5-7': async (bench) =>
    said(await bench.send({ body: JSON.stringify({ message: { topic: 'news', data: 'x' } }) })),
  '1.8.5-8': async (bench) => {
    const condition = Array.from({ length: 6 }, (_, at) => `'t${at}' in topics`).join(' || ');
    return said(await bench.send({ body: JSON.stringify({ message: { condition, data: 'x' } }) }));
  },
  '1.8.5-9': (bench) => tokenCount(bench, 0),
  '1.8.5-10': (bench) => tokenCount(bench, 1_000),
  '1.8.5-11': (bench) => tokenCount(bench, 1_001),
  '1.8.5-12': body('{"message":{"token":"a","data":"x"}}'),
  '1.8.5-13': async (bench) => ofBytes(bench, 4_096, [(await bench.phone()).token]),
  '1.8.5-14': async (bench) => ofBytes(bench, 4_097, [(await bench.phone()).token]),
  '1.8.5-15': async (bench) => {
    const { token } = await bench.phone();
    return ofBytes(
      bench,
      4_096,
      Array.from({ length: 500 }, () => token),
    );
  },
  '1.8.5-16': message({}),
  '1.8.5-17': message({ data: { a: 1 } }),
  '1.8.5-18': eachAndroid('ttl', ['60', '60s', '60.5', '60.5s', '1296000s']),
  '1.8.5-19': eachAndroid('ttl', ['60m', '-1s', 60, '1296001s']),
  '1.8.5-20': android({ ttl: '0s' }),
  '1.8.5-21': eachAndroid('collapse_key', [-1, 0, 100]),
  '1.8.5-22': eachAndroid('collapse_key', [-2, 101, '1']),
  '1.8.5-23': eachAndroid('urgency', ['HIGH', 'NORMAL']),
  '1.8.5-24': android({ urgency: 'high' }),
  '1.8.5-25': eachAndroid('category', [
    'IM',
    'VOIP',
    'SUBSCRIPTION',
    'TRAVEL',
    'HEALTH',
    'WORK',
    'ACCOUNT',
    'EXPRESS',
    'FINANCE',
    'DEVICE_REMINDER',
    'MAIL',
    'MARKETING',
  ]),
  '1.8.5-26': android({ category: 'CHAT' }),
  '1.8.5-27': android({ category: 'PLAY_VOICE' }),
  '1.8.5-28': message({ data: 'x', android: { category: 'PLAY_VOICE' } }),
  '1.8.5-29': android({ category: 'SYSTEM_REMINDER' }),
  '1.8.5-30': eachAndroid('fast_app_target', [0, 3]),
  '1.8.5-31': eachAndroid('target_user_type', [2, '1']),
  '1.8.5-32': each('click_action', [
    { type: 1, intent: 'intent://x#Intent;end' },
    { type: 1, action: 'org.example.OPEN' },
    { type: 2, url: 'https://example.org/' },
    { type: 3 },
    { type: 4, rich_resource: 'a.zip' },
  ]),
  '1.8.5-33': each('click_action', [
    null,
    {},
    { type: 1 },
    { type: 2 },
    { type: 2, url: 'http://example.org/' },
    { type: 4 },
    { type: 5 },
  ]),
  '1.8.5-34': each('importance', ['LOW', 'NORMAL']),
  '1.8.5-35': each('importance', ['HIGH']),
  '1.8.5-36': each('importance', ['MAX', 1]),
  '1.8.5-37': notification({ style: 1, big_title: 'a', big_body: 'b' }),
  '1.8.5-38': notification({ style: 1 }),
  '1.8.5-39': notification({ style: 3, inbox_content: ['a', 'b', 'c', 'd', 'e'] }),
  '1.8.5-40': each('inbox_content', [['1', '2', '3', '4', '5', '6'], ['x'.repeat(1_025)]]),
  '1.8.5-41': notification({ style: 2 }),
  '1.8.5-42': each('badge', [{ class: 'a.B', add_num: 1 }, { class: 'a.B', set_num: 0 }, { class: 'a.B' }]),
  '1.8.5-43': each('badge', [
    { add_num: 1 },
    { class: 'a.B', add_num: 0 },
    { class: 'a.B', add_num: 100 },
    { class: 'a.B', set_num: 100 },
  ]),
  '1.8.5-44': each('buttons', [
    Array.from({ length: 4 }, () => ({ name: 'a', action_type: 0 })),
    [{ name: 'x'.repeat(41), action_type: 0 }],
    [{ name: 'a', action_type: 5 }],
    [{ name: 'a', action_type: 4 }],
    [{ name: 'a', action_type: 4, data: 'x'.repeat(1_025) }],
  ]),
  '1.8.5-45': notification({
    buttons: [{ name: 'a', action_type: 1, intent_type: 0, intent: 'intent://x' }],
  }),
  '1.8.5-46': each('image', ['http://example.org/a.png', 7]),
  '1.8.5-47': each('color', ['#GG0000', 'red']),
  '1.8.5-48': each('vibrate_config', [Array.from({ length: 11 }, () => '1s'), ['0s'], ['61s']]),
  '1.8.5-49': each('when', ['2030-01-02T03:04:05.678Z']),
  '1.8.5-50': each('when', ['tomorrow']),
  '1.8.5-51': each('visibility', ['VISIBILITY_UNSPECIFIED', 'PUBLIC', 'SECRET', 'PRIVATE']),
  '1.8.5-52': each('visibility', ['HIDDEN']),
  '1.8.5-53': each('sound', ['/raw/bell']),
  '1.8.5-54': each('sound', ['bell']),
  '1.8.5-55': each('notify_id', ['1', 1.5]),
  '1.8.5-56': each('profile_id', ['x'.repeat(65)]),
  '1.8.5-57': each('light_settings', [
    { color: { alpha: 2 }, light_on_duration: '1s', light_off_duration: '1s' },
    { color: { alpha: 1 } },
  ]),
  '1.8.5-58': each('multi_lang_key', [{ title: { en: 'a', de: 'b', fr: 'c', it: 'd' } }]),
  '1.8.5-59': each('auto_clear', [0]),
  '1.8.5-60': each('vibrate_config', [['1.5s', '60s'], ['2']]),

  '1.8.6-1': async (bench) => onlyOne(bench, async () => (await bench.phone()).token),
  '1.8.6-2': async (bench) => onlyOne(bench, () => Promise.resolve('nonsense')),
  '1.8.6-3': async (bench) => onlyOne(bench, async () => (await bench.phone({ appId: strangerApp })).token),
  '1.8.6-4': async (bench) => onlyOne(bench, () => bench.deadToken()),
  '1.8.6-5': mixed,
  '1.8.6-6': async (bench) => {
    const phone = await bench.phone();
    await bench.control.post(`/phones/${phone.phoneId}/token`);
    return onlyOne(bench, () => Promise.resolve(phone.token));
  },
  '1.8.6-7': async (bench) => {
    const [first, second] = await Promise.all([bench.deadToken(), bench.deadToken()]);
    const answer = await bench.send({ tokens: [first, second], message: shown() });
    return `${said(answer)}, ${codeIn(answer.body)?.msg ?? ''}`;
  },
  '1.8.6-8': async (bench) => {
    const [first, second] = await Promise.all([bench.phone(), bench.phone()]);
    await bench.fault({ token: first.token, reason: '80300007' });
    const answer = await bench.send({ tokens: [first.token, second.token], message: shown() });
    return said(answer);
  },
};
