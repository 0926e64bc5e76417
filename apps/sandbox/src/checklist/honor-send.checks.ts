import { namesInCertificate, tls11 } from './apns-wire.checks.js';
import {
  appId,
  type GrantParts,
  type HonorBench,
  otherAppId,
  said,
  saidGrant,
  type SendParts,
} from './honor-bench.js';
import type { Checks } from './rows.js';

type Json = Record<string, unknown>;

const send =
  (parts: SendParts) =>
  (bench: HonorBench): Promise<string> =>
    bench.say(parts);
const shown = (more: Json) => send({ shown: more });
const android = (more: Json) => send({ android: more });
const grant =
  (parts: GrantParts) =>
  async (bench: HonorBench): Promise<string> =>
    saidGrant(await bench.grant(parts));
const title = 'Ann';
const body = 'hello';
const badgeClass = 'org.example.chat.Main';
const button = { name: 'Open', actionType: 0 };

/** A body of so many bytes without its tokens. */
const sized = (bytes: number): SendParts => {
  const empty = JSON.stringify({ data: '', token: [] }).length;
  return { root: { data: 'x'.repeat(bytes - empty) } };
};

async function many(bench: HonorBench, count: number): Promise<string> {
  const { phones } = await bench.control.post<{ phones: { token: string }[] }>('/phones/batch', {
    vendor: 'honor',
    bundle: 'org.example.chat',
    appId,
    count,
  });
  return bench.say({ tokens: phones.map(({ token }) => token) });
}

export const honorSendChecks: Checks<HonorBench> = {
  '6.1.1-1': send({}),
  '6.1.1-2': async (bench) => said(await bench.sendHttp2()),
  '6.1.1-3': send({ host: 'push-api.cloud.hihonor.com' }),
  '6.1.1-4': (bench) => tls11(bench.port),
  '6.1.1-5': (bench) =>
    namesInCertificate(bench.port, [
      'push-api.cloud.honor.com',
      'push-api.cloud.hihonor.com',
      'iam.developer.honor.com',
      'iam.developer.hihonor.com',
    ]),
  '6.1.1-6': send({ path: `/v1/${appId}/messages:send` }),

  '6.1.2-1': grant({}),
  '6.1.2-2': grant({ host: 'iam.developer.hihonor.com' }),
  '6.1.2-3': grant({ path: '/auth/realms/developer/protocol/openid-connect/token' }),
  '6.1.2-4': grant({ form: { client_secret: 'x' } }),
  '6.1.2-5': grant({ form: { client_id: appId } }),
  '6.1.2-6': grant({ form: { grant_type: 'password' } }),
  '6.1.2-7': grant({ contentType: 'application/json' }),
  '6.1.2-8': async (bench) => {
    await bench.registerApp(appId, { isPushOn: false });
    return saidGrant(await bench.grant());
  },
  '6.1.2-9': async (bench) => {
    await bench.control.put('/switches', { honor: { accessTokenSeconds: 60 } });
    const authorization = `Bearer ${await bench.accessToken()}`;
    const before = await bench.say({ authorization });
    await bench.control.put('/clock', { offsetMs: 61_000 });
    return `${before}, ${await bench.say({ authorization, timestamp: String(bench.now() + 61_000) })}`;
  },
  '6.1.2-10': async (bench) => {
    await bench.control.put('/switches', { honor: { refusesGrants: true } });
    return saidGrant(await bench.grant());
  },
  '6.1.2-11': async (bench) => {
    await bench.control.put('/faults', { vendor: 'honor-auth', reason: 'server_error' });
    return saidGrant(await bench.grant());
  },

  '6.1.3-1': send({ authorization: null }),
  '6.1.3-2': send({ authorization: 'Bearer nobody' }),
  '6.1.3-3': async (bench) => bench.say({ authorization: `Bearer ${await bench.accessToken(otherAppId)}` }),
  '6.1.3-4': send({ appId: '999' }),
  '6.1.3-5': send({ timestamp: null }),
  '6.1.3-6': (bench) => bench.say({ timestamp: String(Math.floor(bench.now() / 1_000)) }),
  '6.1.3-7': (bench) => bench.say({ timestamp: String(bench.now() - 601_000) }),
  '6.1.3-8': send({ contentType: 'text/plain' }),

  '6.1.4-1': send({ text: 'nonsense' }),
  '6.1.4-2': async (bench) =>
    bench.say({
      text: JSON.stringify({ message: { data: 'x', token: [(await bench.phone()).token] } }),
    }),
  '6.1.4-3': send({ tokens: [] }),
  '6.1.4-4': (bench) => many(bench, 1_000),
  '6.1.4-5': (bench) => many(bench, 1_001),
  '6.1.4-6': send(sized(4_096)),
  '6.1.4-7': send(sized(4_097)),
  '6.1.4-8': send({ root: {} }),
  '6.1.4-9': send({ root: { data: { a: 1 } } }),
  '6.1.4-10': send({ root: { notification: { title, body }, data: 'x' } }),
  '6.1.4-11': send({
    root: { notification: { title, body }, android: { notification: { clickAction: { type: 3 } } } },
  }),
  '6.1.4-12': shown({ title: '' }),
  '6.1.4-13': android({ ttl: '1296000s' }),
  '6.1.4-14': android({ ttl: '1296001s' }),
  '6.1.4-15': android({ ttl: 60 }),
  '6.1.4-16': android({ targetUserType: 2 }),
  '6.1.4-17': shown({ clickAction: { type: 1, intent: 'intent://a#Intent;end' } }),
  '6.1.4-18': shown({ clickAction: { type: 1, action: 'org.example.OPEN' } }),
  '6.1.4-19': shown({ clickAction: { type: 1 } }),
  '6.1.4-20': shown({ clickAction: { type: 2, url: 'https://example.org/' } }),
  '6.1.4-21': shown({ clickAction: { type: 2, url: 'http://example.org/' } }),
  '6.1.4-22': shown({ clickAction: { type: 4 } }),
  '6.1.4-23': shown({ importance: 'HIGH' }),
  '6.1.4-24': shown({ style: 1, bigTitle: title, bigBody: body }),
  '6.1.4-25': shown({ style: 1, bigTitle: title, bigBody: 'else' }),
  '6.1.4-26': shown({ style: 2 }),
  '6.1.4-27': shown({ badge: { badgeClass, addNum: 99, setNum: 0 } }),
  '6.1.4-28': shown({ badge: { addNum: 1 } }),
  '6.1.4-29': shown({ badge: { badgeClass, addNum: 0 } }),
  '6.1.4-30': shown({ badge: { badgeClass, setNum: 100 } }),
  '6.1.4-31': shown({ buttons: [button, button, button] }),
  '6.1.4-32': shown({ buttons: [button, button, button, button] }),
  '6.1.4-33': shown({ buttons: [{ ...button, name: 'x'.repeat(41) }] }),
  '6.1.4-34': shown({ buttons: [{ ...button, actionType: 3 }] }),
  '6.1.4-35': shown({ buttons: [{ ...button, data: 'x'.repeat(1_025) }] }),
  '6.1.4-36': shown({ image: 'http://example.org/i.png' }),
  '6.1.4-37': shown({ notifyId: -2 }),
  '6.1.4-38': shown({ when: '2026-11-24T20:00:00Z' }),
  '6.1.4-39': shown({ when: 'tomorrow' }),
};
