import { apnsReasons } from '../vendors/apns/apns.reasons.js';
import {
  alertBody,
  bodyOfBytes,
  bundle,
  otherBundle,
  said,
  saidTimes,
  type ApnsBench,
  type PushRequest,
} from './apns-bench.js';
import type { Checks } from './rows.js';

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const someUuid = '3f1c9a52-7c1e-4f0a-9d57-0b1e2c3d4e5f';
const backgroundBody = JSON.stringify({ aps: { 'content-available': 1 } });

const suffixes = {
  complication: '.complication',
  fileprovider: '.pushkit.fileprovider',
  liveactivity: '.push-type.liveactivity',
  location: '.location-query',
  pushtotalk: '.voip-ptt',
  controls: '.push-type.controls',
  widgets: '.push-type.widgets',
};

const withHeaders =
  (headers: NonNullable<PushRequest['headers']>, body = alertBody) =>
  (bench: ApnsBench): Promise<string> =>
    bench.say({ headers, body });

async function everyType(bench: ApnsBench, withSuffix: boolean): Promise<string> {
  const answers: string[] = [];
  for (const [type, suffix] of Object.entries(suffixes)) {
    answers.push(
      await bench.say({
        headers: { 'apns-push-type': type, 'apns-topic': withSuffix ? `${bundle}${suffix}` : bundle },
      }),
    );
  }
  return saidTimes(answers);
}

async function voip(bench: ApnsBench, body: string): Promise<string> {
  const { token } = await bench.phone({ kind: 'voip' });
  return bench.say({ token, headers: { 'apns-push-type': 'voip', 'apns-topic': `${bundle}.voip` }, body });
}

/** Accepted, and what the phone shows of it. */
async function withoutTrace(bench: ApnsBench, request: PushRequest): Promise<string> {
  const phone = await bench.phone();
  const answer = await bench.say({ ...request, token: phone.token });
  const { notifications, data } = await bench.screen(phone);
  return `${answer}, ${notifications.length + data.length === 0 ? 'nothing shown' : 'something shown'}`;
}

/** A dead token's answer, and whether its timestamp is the moment of its death. */
async function dead(
  bench: ApnsBench,
  kill: (phone: { phoneId: string; token: string }) => Promise<unknown>,
): Promise<string> {
  const phone = await bench.phone();
  const before = bench.now();
  await kill(phone);
  const after = bench.now();
  const answer = await bench.push({ token: phone.token });
  const { timestamp } = JSON.parse(answer.body) as { timestamp?: number };
  const isThatMoment = timestamp !== undefined && timestamp >= before && timestamp <= after;
  return `${said(answer)}, ${isThatMoment ? 'timestamp is that moment in ms' : `timestamp ${timestamp ?? 'missing'}`}`;
}

async function channelId(bench: ApnsBench, storagePolicy: 0 | 1): Promise<string> {
  const answer = await manage(
    bench,
    'POST',
    {},
    JSON.stringify({ 'message-storage-policy': storagePolicy, 'push-type': 'LiveActivity' }),
  );
  return answer.headers['apns-channel-id'] ?? '';
}

const manage = (bench: ApnsBench, method: string, headers: Record<string, string>, body = '', app = bundle) =>
  bench.push({
    path: `/1/apps/${app}/channels`,
    method,
    headers: { 'apns-topic': '', 'apns-push-type': '', ...headers },
    body,
  });

async function broadcast(
  bench: ApnsBench,
  headers: Record<string, string>,
  body = alertBody,
): Promise<string> {
  const id = headers['apns-channel-id'] ?? (await channelId(bench, 1));
  const answer = await bench.push({
    path: `/4/broadcasts/apps/${bundle}`,
    headers: {
      'apns-topic': '',
      'apns-push-type': 'liveactivity',
      'apns-channel-id': id,
      'apns-expiration': '0',
      ...headers,
    },
    body,
  });
  return said(answer);
}

export const apnsRequestChecks: Checks<ApnsBench> = {
  '5.1.6-1': withHeaders({ 'apns-id': 'not-a-uuid' }),
  '5.1.6-2': withHeaders({ 'apns-id': someUuid.toUpperCase() }),
  '5.1.6-3': withHeaders({ 'apns-topic': [bundle, bundle] }),
  '5.1.6-4': (bench) => {
    const authorization = [`bearer ${bench.makeJwt()}`, `bearer ${bench.makeJwt()}`];
    return bench.sayAlone({
      jwt: null,
      headers: { authorization } as unknown as Record<string, string>,
      options: { strictSingleValueFields: false } as object,
    });
  },
  '5.1.6-5': withHeaders({ 'apns-expiration': 'tomorrow' }),
  '5.1.6-6': withHeaders({ 'apns-expiration': '0' }),
  '5.1.6-7': withHeaders({ 'apns-priority': '10' }),
  '5.1.6-8': withHeaders({ 'apns-priority': '5' }),
  '5.1.6-9': withHeaders({ 'apns-priority': '1' }),
  '5.1.6-10': withHeaders({ 'apns-priority': '7' }),
  '5.1.6-11': withHeaders({ 'apns-push-type': 'background', 'apns-priority': '10' }, backgroundBody),
  '5.1.6-12': withHeaders({ 'apns-push-type': 'background' }, backgroundBody),
  '5.1.6-13': withHeaders({ 'apns-push-type': 'background', 'apns-priority': '5' }, backgroundBody),
  '5.1.6-14': withHeaders({ 'apns-push-type': 'shout' }),
  '5.1.6-15': withHeaders({ 'apns-push-type': '' }),
  '5.1.6-16': (bench) => voip(bench, alertBody),
  '5.1.6-17': withHeaders({ 'apns-push-type': 'voip' }),
  '5.1.6-18': withHeaders({ 'apns-topic': `${bundle}.voip` }),
  '5.1.6-19': (bench) => everyType(bench, true),
  '5.1.6-20': (bench) => everyType(bench, false),
  '5.1.6-21': withHeaders({ 'apns-collapse-id': 'c'.repeat(64) }),
  '5.1.6-22': withHeaders({ 'apns-collapse-id': 'c'.repeat(65) }),
  // Header values travel as bytes: these are the 66 bytes of 33 two-byte characters.
  '5.1.6-23': withHeaders({ 'apns-collapse-id': Buffer.from('é'.repeat(33), 'utf8').toString('latin1') }),
  '5.1.6-24': withHeaders({ 'apns-topic': '' }),
  '5.1.6-25': (bench) => bench.say({ path: '/3/device/' }),

  '5.1.7-1': (bench) => bench.say({ body: '' }),
  '5.1.7-2': (bench) => bench.say({ body: bodyOfBytes(4_096) }),
  '5.1.7-3': (bench) => bench.say({ body: bodyOfBytes(4_097) }),
  '5.1.7-4': (bench) => bench.say({ body: bodyOfBytes(4_097, '猫') }),
  '5.1.7-5': (bench) => voip(bench, bodyOfBytes(5_120)),
  '5.1.7-6': (bench) => voip(bench, bodyOfBytes(5_121)),
  '5.1.7-7': (bench) => withoutTrace(bench, { body: '{"aps":' }),
  '5.1.7-8': (bench) =>
    withoutTrace(bench, { headers: { 'apns-push-type': 'background', 'apns-priority': '5' } }),
  '5.1.7-9': (bench) => broadcast(bench, {}, bodyOfBytes(5_120)),
  '5.1.7-10': (bench) => broadcast(bench, {}, bodyOfBytes(5_121)),

  '5.1.8-1': (bench) => bench.say({ token: 'not-hexadecimal' }),
  '5.1.8-2': (bench) => bench.say({ token: 'ef'.repeat(32) }),
  '5.1.8-3': async (bench) => bench.say({ token: (await bench.phone()).token.toUpperCase() }),
  '5.1.8-4': async (bench) => bench.say({ token: (await bench.phone({ environment: 'development' })).token }),
  '5.1.8-5': async (bench) => bench.say({ token: (await bench.phone({ bundle: otherBundle })).token }),
  '5.1.8-6': (bench) => bench.say({ headers: { 'apns-push-type': 'voip', 'apns-topic': `${bundle}.voip` } }),
  '5.1.8-7': withHeaders({ 'apns-topic': 'org.example.foreign' }),
  '5.1.8-8': (bench) => dead(bench, ({ phoneId }) => bench.control.delete(`/phones/${phoneId}/app`)),
  '5.1.8-9': (bench) => dead(bench, ({ phoneId }) => bench.control.post(`/phones/${phoneId}/token`)),
  '5.1.8-10': async (bench) => {
    const { phoneId } = await bench.phone();
    const { token } = await bench.control.post<{ token: string }>(`/phones/${phoneId}/token`);
    return bench.say({ token });
  },
  '5.1.8-11': (bench) =>
    dead(bench, ({ token }) => bench.control.put(`/tokens/${token}`, { state: 'expired' })),
  '5.1.8-12': async (bench) => {
    await bench.control.put('/switches', { apns: { pushesPerTokenAndMinute: 2 } });
    const { token } = await bench.phone();
    // Four in a row: whatever minute they fall into, three are in one.
    const answers = [
      await bench.say({ token }),
      await bench.say({ token }),
      await bench.say({ token }),
      await bench.say({ token }),
    ];
    return answers.find((answer) => answer !== '200') ?? '200';
  },
  '5.1.8-13': async (bench) => {
    await bench.control.put('/switches', { apns: { pushesPerTokenAndMinute: 2 } });
    const { token } = await bench.phone();
    for (let at = 0; at < 4; at++) await bench.push({ token });
    return bench.say({ token: (await bench.phone()).token });
  },

  '5.1.9-1': async (bench) => {
    const { status, body } = await bench.push();
    return `${status}, ${body === '' ? 'empty body' : body}`;
  },
  '5.1.9-2': (bench) => echoed(bench, { headers: { 'apns-id': someUuid } }),
  '5.1.9-3': async (bench) =>
    uuidForm.test((await bench.push()).headers['apns-id'] ?? '') ? 'a new UUID comes back' : 'none',
  '5.1.9-4': (bench) => echoed(bench, { headers: { 'apns-id': someUuid, 'apns-priority': '7' } }),
  '5.1.9-5': async (bench) => {
    const client = await bench.connect('development');
    const { headers } = await bench.push({
      client,
      token: (await bench.phone({ environment: 'development' })).token,
    });
    return uuidForm.test(headers['apns-unique-id'] ?? '') ? 'apns-unique-id is a UUID' : 'none';
  },
  '5.1.9-6': async (bench) =>
    (await bench.push()).headers['apns-unique-id'] === undefined ? 'no apns-unique-id' : 'an apns-unique-id',
  '5.1.9-7': async (bench) =>
    `content-type ${(await bench.push({ headers: { 'apns-priority': '7' } })).headers['content-type'] ?? ''}`,
  '5.1.9-8': async (bench) => (await bench.push({ headers: { 'apns-priority': '7' } })).body,
  '5.1.9-9': everyReason,
  '5.1.9-10': async (bench) => {
    const { token } = await bench.phone();
    await bench.control.put('/faults', { token, status: 429, retryAfterSeconds: 2 });
    const answer = await bench.push({ token });
    return `${said(answer)}, retry-after ${answer.headers['retry-after'] ?? 'missing'}`;
  },
  '5.1.9-11': async (bench) => {
    const { token } = await bench.phone();
    await bench.control.put('/faults', { token, reason: 'Shutdown' });
    return bench.say({ token });
  },

  '5.1.11-1': async (bench) => {
    const { status, headers } = await manage(
      bench,
      'POST',
      {},
      JSON.stringify({ 'message-storage-policy': 1, 'push-type': 'LiveActivity' }),
    );
    return `${status}, ${/^[A-Za-z0-9+/]+={0,2}$/.test(headers['apns-channel-id'] ?? '') ? 'apns-channel-id is base64' : 'no apns-channel-id'}`;
  },
  '5.1.11-2': async (bench) => {
    const { status, body } = await manage(bench, 'GET', { 'apns-channel-id': await channelId(bench, 1) });
    return `${status}, message-storage-policy ${String((JSON.parse(body) as Record<string, unknown>)['message-storage-policy'])}`;
  },
  '5.1.11-3': async (bench) =>
    said(await manage(bench, 'DELETE', { 'apns-channel-id': await channelId(bench, 1) })),
  '5.1.11-4': async (bench) => {
    const id = await channelId(bench, 1);
    await manage(bench, 'DELETE', { 'apns-channel-id': id });
    return said(await manage(bench, 'GET', { 'apns-channel-id': id }));
  },
  '5.1.11-5': async (bench) => said(await manage(bench, 'GET', {})),
  '5.1.11-6': (bench) => broadcast(bench, {}),
  '5.1.11-7': (bench) => broadcast(bench, { 'apns-channel-id': Buffer.from('nobody').toString('base64') }),
  '5.1.11-8': (bench) => broadcast(bench, { 'apns-push-type': '' }),
  '5.1.11-9': async (bench) =>
    broadcast(bench, { 'apns-channel-id': await channelId(bench, 0), 'apns-expiration': '1900000000' }),
  '5.1.11-10': async (bench) => said(await manage(bench, 'GET', {}, '', 'org.example.foreign')),
  '5.1.11-11': async (bench) => {
    await bench.control.put('/switches', { apns: { channelsPerApp: 0 } });
    return said(
      await manage(
        bench,
        'POST',
        {},
        JSON.stringify({ 'message-storage-policy': 1, 'push-type': 'LiveActivity' }),
      ),
    );
  },
};

async function echoed(bench: ApnsBench, request: PushRequest): Promise<string> {
  const { headers } = await bench.push(request);
  return headers['apns-id'] === someUuid
    ? 'the same apns-id comes back'
    : `apns-id ${headers['apns-id'] ?? 'missing'}`;
}

async function everyReason(bench: ApnsBench): Promise<string> {
  const wrong: string[] = [];
  for (const [reason, status] of Object.entries(apnsReasons)) {
    const { token } = await bench.phone();
    await bench.control.put('/faults', { vendor: 'apns', token, reason });
    const answer = await bench.say({ token });
    if (answer !== `${status} ${reason}`) wrong.push(answer);
  }
  return wrong.length === 0 ? 'each with its documented status' : wrong.join(', ');
}
