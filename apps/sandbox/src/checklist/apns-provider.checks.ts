import { bundle, minuteMs, type ApnsBench, type TokenParts } from './apns-bench.js';
import { makeClientCertificate } from './client-certificate.js';
import type { Checks } from './rows.js';

/** A token of this make on a connection of its own. */
const withToken = (bench: ApnsBench, parts: TokenParts): Promise<string> =>
  bench.sayAlone({ jwt: bench.makeJwt(parts) });

const developmentKey = (bench: ApnsBench): string =>
  bench.makeJwt({ header: { kid: 'KEYDEV0001' }, signWith: bench.keys.development });
const topicKey = (bench: ApnsBench): string =>
  bench.makeJwt({ header: { kid: 'KEYTOPIC01' }, signWith: bench.keys.topic });
/** The same key and claims, another second: a token that Apple has not seen yet. */
const secondToken = (bench: ApnsBench): string => bench.makeJwt({ claims: { iat: bench.seconds() - 5 } });

/** A connection on which a second token came too soon. */
async function hurried(bench: ApnsBench): Promise<{ second: string; firstAgain: string }> {
  const client = await bench.connect();
  await bench.push({ client });
  const second = await bench.say({ client, jwt: secondToken(bench) });
  return { second, firstAgain: await bench.say({ client }) };
}

async function certificate(
  bench: ApnsBench,
  registerFor: 'production' | 'development' | null,
  headers: Record<string, string> = {},
): Promise<string> {
  const identity = await makeClientCertificate(bench.now());
  if (registerFor !== null)
    await bench.control.put('/keys', {
      certificate: identity.cert,
      topics: [bundle],
      environment: registerFor,
    });
  return bench.sayAlone({ jwt: null, options: identity, headers: { 'apns-topic': '', ...headers } });
}

const madeUpToken = 'cd'.repeat(32);

export const apnsProviderChecks: Checks<ApnsBench> = {
  '5.1.4-1': (bench) => bench.say({ jwt: null }),
  '5.1.4-2': (bench) => bench.say({ jwt: null, headers: { authorization: 'bearer ' } }),
  '5.1.4-3': (bench) =>
    bench.sayAlone({ jwt: null, headers: { authorization: `Bearer ${bench.makeJwt()}` } }),
  '5.1.4-4': (bench) => bench.say({ jwt: null, headers: { authorization: 'basic YTpi' } }),
  '5.1.4-5': (bench) => bench.sayAlone({ jwt: bench.makeJwt().split('.').slice(0, 2).join('.') }),
  '5.1.4-6': (bench) => withToken(bench, { signWith: bench.keys.stranger }),
  '5.1.4-7': (bench) => withToken(bench, { header: { alg: 'HS256' } }),
  '5.1.4-8': (bench) => withToken(bench, { header: { kid: 'KEYUNKNOWN' } }),
  '5.1.4-9': (bench) => withToken(bench, { claims: { iss: 'TEAM000002' } }),
  '5.1.4-10': (bench) => withToken(bench, { claims: { iat: String(bench.seconds()) } }),
  '5.1.4-11': (bench) => withToken(bench, { claims: { iat: bench.seconds(-61 * minuteMs) } }),
  '5.1.4-12': (bench) => withToken(bench, { claims: { iat: bench.seconds(-59 * minuteMs) } }),
  '5.1.4-13': (bench) => withToken(bench, { claims: { iat: bench.seconds(10 * minuteMs) } }),
  '5.1.4-14': (bench) => withToken(bench, { header: { typ: 'JWT' } }),
  '5.1.4-15': (bench) => bench.sayAlone({ jwt: developmentKey(bench) }),
  '5.1.4-16': async (bench) =>
    bench.sayAlone({
      environment: 'development',
      token: (await bench.phone({ environment: 'development' })).token,
    }),
  '5.1.4-17': async (bench) => {
    const client = await bench.connect();
    await bench.push({ client });
    const jwt = bench.makeJwt({
      header: { kid: 'KEYOTHER01' },
      claims: { iss: 'TEAM000002' },
      signWith: bench.keys.stranger,
    });
    return bench.say({ client, jwt });
  },
  '5.1.4-18': async (bench) => {
    const client = await bench.connect();
    await bench.push({ client });
    return bench.say({ client, jwt: topicKey(bench) });
  },
  '5.1.4-19': (bench) => bench.sayAlone({ jwt: topicKey(bench) }),
  '5.1.4-20': async (bench) => (await hurried(bench)).second,
  '5.1.4-21': async (bench) => (await hurried(bench)).firstAgain,
  '5.1.4-22': async (bench) => {
    await hurried(bench);
    return bench.sayAlone({});
  },
  '5.1.4-23': async (bench) => {
    const client = await bench.connect();
    await bench.push({ client });
    await bench.control.put('/clock', { offsetMs: 21 * minuteMs });
    return bench.say({ client, jwt: secondToken(bench) });
  },
  '5.1.4-24': async (bench) => {
    await bench.control.put('/switches', { apns: { tokenUpdateScope: 'key' } });
    await bench.sayAlone({});
    return bench.sayAlone({ jwt: secondToken(bench) });
  },
  '5.1.4-25': (bench) => certificate(bench, 'production'),
  '5.1.4-26': (bench) => certificate(bench, null),
  '5.1.4-27': (bench) => certificate(bench, 'development'),
  '5.1.4-28': (bench) =>
    certificate(bench, 'production', {
      'apns-push-type': 'location',
      'apns-topic': `${bundle}.location-query`,
    }),
  '5.1.4-29': (bench) => withToken(bench, { header: { kid: 'KEYGONE001' }, signWith: bench.keys.revoked }),

  '5.1.5-1': (bench) => bench.say({ path: '/4/nothing', jwt: null }),
  '5.1.5-2': (bench) => bench.say({ method: 'GET', jwt: null, body: '' }),
  '5.1.5-3': (bench) => bench.sayAlone({ jwt: 'a.b.c', headers: { 'apns-priority': '7' } }),
  '5.1.5-4': (bench) => bench.sayAlone({ jwt: developmentKey(bench), token: madeUpToken }),
  '5.1.5-5': (bench) => bench.say({ token: madeUpToken, headers: { 'apns-priority': '7' } }),
  '5.1.5-6': (bench) => bench.say({ token: madeUpToken, headers: { 'apns-topic': 'org.example.foreign' } }),
  '5.1.5-7': (bench) => bench.say({ token: madeUpToken, body: 'x'.repeat(5_000) }),

  '5.1.12-1': (bench) => bench.sayAlone({ jwt: developmentKey(bench) }),
  '5.1.12-2': async (bench) => {
    await bench.control.put('/switches', { apns: { environmentReason: 'documented' } });
    return bench.sayAlone({ jwt: developmentKey(bench) });
  },
};
