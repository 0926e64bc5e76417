import { requestHttp1 } from '../testing/https-client.js';
import { minuteMs } from './apns-bench.js';
import type { TestPhone } from './vendor-bench.js';
import { namesInCertificate, tls11 } from './apns-wire.checks.js';
import {
  arrived,
  project,
  said,
  saidGrant,
  type AssertionParts,
  type FcmBench,
  type SendRequest,
} from './fcm-bench.js';
import { exchangeRaw, type RawExchange, type RawRequests } from './raw-http2-client.js';
import type { Checks } from './rows.js';

const notification = { title: 'Ann', body: 'hello' };

/** A client that does not keep to SETTINGS: 101 streams are open at once although 100 are allowed. */
async function tooManyStreams(bench: FcmBench): Promise<RawExchange> {
  const phone = await bench.phone();
  await bench.control.put('/faults', { kind: 'slow', ms: 300, token: phone.token });
  return raw(bench, phone, { count: 101, scheme: 'https', atOnce: true });
}

async function raw(
  bench: FcmBench,
  { token }: TestPhone,
  how: Pick<RawRequests, 'count' | 'scheme' | 'atOnce'>,
): Promise<RawExchange> {
  const request = await bench.request({ message: { token, notification } });
  return exchangeRaw({ port: bench.port, ca: bench.fixture.ca, host: 'fcm.googleapis.com', request, ...how });
}

const grant =
  (parts: AssertionParts) =>
  async (bench: FcmBench): Promise<string> =>
    saidGrant(await bench.grant(parts));

async function withAuthorization(
  bench: FcmBench,
  authorization: string | null,
  more: SendRequest = {},
): Promise<string> {
  const { token } = await bench.phone();
  return said(await bench.send({ message: { token, notification }, authorization, ...more }));
}

/** A planned fault on one phone, and what its provider gets. */
async function planned(bench: FcmBench, fault: object): Promise<string> {
  const { token } = await bench.phone();
  await bench.control.put('/faults', { vendor: 'fcm', token, ...fault });
  const answer = await bench.send({ message: { token, notification } });
  return (
    said(answer) +
    (said(answer).includes('retry-after') || answer.headers['retry-after'] === undefined
      ? ''
      : `, retry-after ${answer.headers['retry-after']}`)
  );
}

async function broken(bench: FcmBench, fault: object, over: 'h2' | 'http/1.1'): Promise<string> {
  const phone = await bench.phone();
  await bench.control.put('/faults', { vendor: 'fcm', token: phone.token, count: 1, ...fault });
  const request = { message: { token: phone.token, notification } };
  const sending =
    over === 'h2' ? bench.send({ ...request, session: await bench.openSession() }) : bench.sendHttp1(request);
  const answer = await sending.then(said, () => 'no answer');
  return `${answer}, ${shownTimes(await bench.screen(phone))}`;
}

function shownTimes({ notifications }: Awaited<ReturnType<FcmBench['screen']>>): string {
  const [shown] = notifications;
  if (shown === undefined) return 'not shown';
  return shown.shownCount === 1 && notifications.length === 1 ? 'shown once' : 'shown several times';
}

async function goawayAtFirst(bench: FcmBench): Promise<string> {
  const { token } = await bench.phone();
  await bench.control.put('/faults', { kind: 'goaway', token });
  const session = await bench.openSession();
  const seen = new Promise<string>((resolve) =>
    session.once('goaway', (code, last) => resolve(`code ${code}, last-stream-id ${last}`)),
  );
  await bench.send({ message: { token, notification }, session }).catch(() => null);
  return seen;
}

async function slow(bench: FcmBench): Promise<string> {
  const phone = await bench.phone();
  await bench.control.put('/faults', { kind: 'slow', ms: 300, token: phone.token });
  const startedAt = performance.now();
  let isAnswered = false;
  const answering = bench.send({ message: { token: phone.token, notification } }).then(() => {
    isAnswered = true;
  });
  while (shownTimes(await bench.screen(phone)) !== 'shown once') if (isAnswered) return 'not shown at once';
  if (isAnswered) return 'answered too early';
  await answering;
  return performance.now() - startedAt >= 295
    ? 'shown at once, answered after at least 300 ms'
    : 'answered too early';
}

const names = ['fcm.googleapis.com', 'oauth2.googleapis.com'];

export const fcmWireChecks: Checks<FcmBench> = {
  '5.2.1-1': async (bench) =>
    `${said(await bench.sendHttp1({ message: { token: (await bench.phone()).token, notification } }))} over ${await lastProtocol(bench, 'requestsOverHttp1')}`,
  '5.2.1-2': async (bench) =>
    `${await bench.say({ notification })} over ${await lastProtocol(bench, 'requestsOverHttp2')}`,
  '5.2.1-3': async (bench) =>
    `MAX_CONCURRENT_STREAMS ${(await bench.openSession()).remoteSettings.maxConcurrentStreams ?? 0}`,
  '5.2.1-4': async (bench) => {
    const { goaway } = await tooManyStreams(bench);
    return goaway === null ? 'no GOAWAY' : `GOAWAY code ${goaway.code}, ${goaway.debug}`;
  },
  '5.2.1-5': async (bench) =>
    `${(await tooManyStreams(bench)).statuses.filter((status) => status === 200).length} answered`,
  '5.2.1-6': async (bench) =>
    String(
      (await raw(bench, await bench.phone(), { count: 1, scheme: 'https:', atOnce: false })).statuses[0],
    ),
  '5.2.1-7': async (bench) =>
    String(
      (await raw(bench, await bench.phone(), { count: 2, scheme: 'https:', atOnce: false })).statuses[1],
    ),
  '5.2.1-8': (bench) => tls11(bench.port),
  '5.2.1-9': (bench) => namesInCertificate(bench.port, names),
  '5.2.1-10': async (bench) =>
    said(await requestHttp1(bench.port, bench.fixture.ca, 'fcm.googleapis.com', { path: '/v2/nothing' })),

  '5.2.2-1': grant({}),
  '5.2.2-2': async (bench) => withAuthorization(bench, `Bearer ${await bench.accessToken()}`),
  '5.2.2-3': grant({ grantType: 'password' }),
  '5.2.2-4': async (bench) => saidGrant(await bench.grant({ signWith: bench.keys.stranger })),
  '5.2.2-5': grant({ header: { alg: 'HS256' } }),
  '5.2.2-6': grant({ claims: { iss: 'nobody@nowhere.iam.gserviceaccount.com' } }),
  '5.2.2-7': grant({ claims: { aud: 'https://example.org/token' } }),
  '5.2.2-8': async (bench) => {
    const answer = await requestHttp1(bench.port, bench.fixture.ca, `localhost:${bench.port}`, {
      path: '/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: bench.grantForm({ claims: { aud: `https://localhost:${bench.port}/token` } }),
    });
    return saidGrant(answer);
  },
  '5.2.2-9': grant({ claims: { scope: '' } }),
  '5.2.2-10': grant({ claims: { scope: 'https://www.googleapis.com/auth/cloud-platform' } }),
  '5.2.2-11': async (bench) =>
    saidGrant(await bench.grant({ claims: { exp: bench.seconds() + 3_601, iat: bench.seconds() } })),
  '5.2.2-12': async (bench) =>
    saidGrant(await bench.grant({ claims: { iat: bench.seconds() - 3_700, exp: bench.seconds() - 100 } })),
  '5.2.2-13': async (bench) =>
    saidGrant(
      await bench.grant({ claims: { iat: bench.seconds(10 * minuteMs), exp: bench.seconds(20 * minuteMs) } }),
    ),
  '5.2.2-14': grant({ assertion: 'nonsense' }),
  '5.2.2-15': async (bench) => {
    await bench.control.put('/switches', { fcm: { accessTokenSeconds: 5 } });
    return saidGrant(await bench.grant());
  },
  '5.2.2-16': async (bench) => {
    await bench.control.put('/switches', { fcm: { refusesGrants: true } });
    return saidGrant(await bench.grant());
  },
  '5.2.2-17': async (bench) => {
    await bench.control.put('/faults', { vendor: 'oauth', status: 503 });
    return saidGrant(await bench.grant());
  },
  '5.2.2-18': async (bench) => {
    await bench.control.put('/faults', { vendor: 'oauth', reason: 'invalid_client' });
    return saidGrant(await bench.grant());
  },

  '5.2.3-1': (bench) => withAuthorization(bench, null),
  '5.2.3-2': (bench) => withAuthorization(bench, 'Bearer ya29.never-given'),
  '5.2.3-3': async (bench) => {
    const token = await bench.accessToken();
    await bench.control.put('/clock', { offsetMs: 61 * minuteMs });
    return withAuthorization(bench, `Bearer ${token}`);
  },
  '5.2.3-4': (bench) => withAuthorization(bench, 'Basic YTpi'),
  '5.2.3-5': async (bench) => withAuthorization(bench, `Bearer ${await bench.otherAccessToken()}`),
  '5.2.3-6': async (bench) =>
    said(
      await bench.send({
        project: 'no-such-project',
        message: { token: (await bench.phone()).token, notification },
      }),
    ),
  '5.2.3-7': async (bench) => {
    await bench.registerProject({ isApiEnabled: false });
    return bench.say({ notification });
  },
  '5.2.3-8': async (bench) =>
    withAuthorization(
      bench,
      `Bearer ${await bench.accessToken({ claims: { scope: 'https://www.googleapis.com/auth/userinfo.email' } })}`,
    ),
  '5.2.3-9': async (bench) =>
    said(
      await bench.send({
        project: '123456789012',
        message: { token: (await bench.phone()).token, notification },
      }),
    ),

  '5.2.7-1': async (bench) => {
    const { status, body } = await bench.send({
      message: { token: (await bench.phone()).token, notification },
    });
    const { name } = JSON.parse(body) as { name?: string };
    return `${status}, name ${/^projects\/chat-example\/messages\/.+$/.test(name ?? '') ? 'projects/P/messages/ID' : String(name)}`;
  },
  '5.2.7-2': async (bench) => {
    const { token } = await bench.phone();
    const bodies = [
      await bench.send({ message: { token, notification } }),
      await bench.send({ message: { token, notification } }),
    ];
    return bodies[0]?.body === bodies[1]?.body ? 'one name' : 'two names';
  },
  '5.2.7-3': (bench) => planned(bench, { reason: 'UNAVAILABLE', retryAfterSeconds: 2 }),
  '5.2.7-4': (bench) => planned(bench, { reason: 'INTERNAL' }),
  '5.2.7-5': (bench) => planned(bench, { reason: 'HTML_502' }),
  '5.2.7-6': (bench) => planned(bench, { reason: 'HTML_504' }),
  '5.2.7-7': (bench) => planned(bench, { reason: 'UNSPECIFIED_ERROR' }),
  '5.2.7-8': (bench) => planned(bench, { reason: 'QUOTA_EXCEEDED' }),
  '5.2.7-9': slow,
  '5.2.7-10': (bench) => broken(bench, { kind: 'cut-before' }, 'h2'),
  '5.2.7-11': (bench) => broken(bench, { kind: 'cut-after' }, 'h2'),
  '5.2.7-12': (bench) => broken(bench, { kind: 'cut-after' }, 'http/1.1'),
  '5.2.7-13': goawayAtFirst,

  '5.2.8-1': async (bench) => {
    const phone = await bench.phone();
    await subscription(bench, 'POST', phone, '?topic_name=news');
    await bench.send({ message: { topic: 'news', notification } });
    return arrived(bench, phone);
  },
  '5.2.8-2': async (bench) => {
    const phone = await bench.phone();
    await subscription(bench, 'POST', phone, '?topic_name=sports');
    await subscription(bench, 'DELETE', phone, '/sports');
    await bench.send({ message: { topic: 'sports', notification } });
    return arrived(bench, phone);
  },
  '5.2.8-3': async (bench) => subscription(bench, 'DELETE', await bench.phone(), '/weather'),
  '5.2.8-4': async (bench) =>
    subscription(bench, 'DELETE', await bench.phone(), '/weather?allow_missing=true'),
  '5.2.8-5': async (bench) => {
    const [living, dead] = [await bench.phone(), await bench.phone()];
    await bench.control.delete(`/phones/${dead.phoneId}/app`);
    const answer = await requestHttp1(bench.port, bench.fixture.ca, 'iid.googleapis.com', {
      path: '/iid/v1:batchAdd',
      headers: { authorization: `Bearer ${await bench.accessToken()}`, access_token_auth: 'true' },
      body: JSON.stringify({ to: '/topics/batch', registration_tokens: [living.token, dead.token] }),
    });
    const { results } = JSON.parse(answer.body) as { results: unknown[] };
    return `${answer.status}, results ${results.map((result) => JSON.stringify(result)).join(' and ')}`;
  },
  '5.2.8-6': async (bench) => {
    const [both, one] = [await bench.phone(), await bench.phone()];
    for (const topic of ['red', 'blue']) await subscription(bench, 'POST', both, `?topic_name=${topic}`);
    await subscription(bench, 'POST', one, '?topic_name=red');
    await bench.send({ message: { condition: "'red' in topics && 'blue' in topics", notification } });
    const [inBoth, inOne] = [await arrived(bench, both), await arrived(bench, one)];
    return inOne === 'nothing arrived' ? inBoth : `${inOne} where it should not`;
  },
};

async function subscription(
  bench: FcmBench,
  method: string,
  { token }: TestPhone,
  rest: string,
): Promise<string> {
  const answer = await requestHttp1(bench.port, bench.fixture.ca, 'fcm.googleapis.com', {
    method,
    path: `/v1/projects/${project}/registrations/${encodeURIComponent(token)}/topicSubscriptions${rest}`,
    headers: { authorization: `Bearer ${await bench.accessToken()}` },
  });
  return said(answer);
}

let seen = { requestsOverHttp1: 0, requestsOverHttp2: 0 };

/** Which protocol's counter has moved. */
async function lastProtocol(bench: FcmBench, counter: keyof typeof seen): Promise<string> {
  const { fcm } = await bench.control.get<{ fcm: typeof seen }>('/statistics');
  const hasMoved = fcm[counter] > seen[counter];
  seen = fcm;
  if (!hasMoved) return 'the other protocol';
  return counter === 'requestsOverHttp1' ? 'http/1.1' : 'h2';
}
