import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import tls from 'node:tls';
import type http2 from 'node:http2';
import { alertBody, bundle, minuteMs, said, type ApnsBench } from './apns-bench.js';
import { makeClientCertificate } from './client-certificate.js';
import type { ApnsClient } from '../testing/apns-client.js';
import type { Checks } from './rows.js';

/** How long a row waits for something that must not come. */
const silenceMs = 400;

async function handshake(port: number, options: tls.ConnectionOptions): Promise<string> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  try {
    await once(socket, 'secureConnect');
    return 'handshake done';
  } catch {
    return 'handshake refused';
  } finally {
    socket.destroy();
  }
}

async function http1WithoutAlpn(port: number): Promise<string> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  socket.on('error', () => socket.destroy());
  socket.write('POST /3/device/00 HTTP/1.1\r\nhost: api.push.apple.com\r\ncontent-length: 0\r\n\r\n');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return chunks.length === 0 ? 'closed without an answer' : Buffer.concat(chunks).toString('latin1');
}

export function namesInCertificate(port: number, names: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect(
      { port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] },
      () => {
        const certificate = new X509Certificate(socket.getPeerCertificate().raw);
        socket.destroy();
        const missing = names.filter((name) => certificate.checkHost(name) === undefined);
        resolve(missing.length === 0 ? 'both names are in it' : `missing: ${missing.join(', ')}`);
      },
    );
    socket.on('error', reject);
  });
}

export function tls11(port: number): Promise<string> {
  return handshake(port, {
    ALPNProtocols: ['h2'],
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
}

const limitOf = (client: ApnsClient): string => `MAX_CONCURRENT_STREAMS ${client.streamLimit}`;

/** The limit after the client has seen every SETTINGS that the server sent so far: a PING is answered behind them. */
export async function settledLimit(client: ApnsClient): Promise<number> {
  await ping(client.session);
  return client.streamLimit;
}

export function ping(session: http2.ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) =>
    session.ping((error) => (error === null ? resolve() : reject(error))),
  );
}

/** Many pushes at once, before the server's SETTINGS came. */
async function burst(bench: ApnsBench, count: number): Promise<string> {
  const { token } = await bench.sharedPhone();
  const before = await ledgerCount(bench);
  const client = await bench.connectUnsettled({ peerMaxConcurrentStreams: count });
  const results = await Promise.allSettled(
    Array.from({ length: count }, () => bench.push({ client, token })),
  );
  const refused = results.filter(
    (each) => each.status === 'rejected' && /REFUSED_STREAM/.test(String(each.reason)),
  ).length;
  const answered = results.filter((each) => each.status === 'fulfilled').length;
  const processed = (await ledgerCount(bench)) - before;
  return `${answered} answered, ${refused} REFUSED_STREAM, ${processed - answered} of them processed`;
}

async function ledgerCount(bench: ApnsBench): Promise<number> {
  return (await bench.control.get<{ count: number }>('/ledger?limit=0')).count;
}

/** Waits for a GOAWAY and tells its code and debug data. */
export function goaway(client: ApnsClient): Promise<{ code: number; lastStreamId: number; debug: string }> {
  return new Promise((resolve) => {
    client.session.once('goaway', (code, lastStreamId, data) =>
      resolve({ code, lastStreamId, debug: Buffer.from(data ?? []).toString('utf8') }),
    );
  });
}

const saidGoodbye = ({ code, debug }: { code: number; debug: string }): string =>
  `code ${code}, debug data ${debug}`;

async function shutDownAfterTwo(
  bench: ApnsBench,
): Promise<{ code: number; lastStreamId: number; debug: string }> {
  const phone = await bench.phone();
  const client = await bench.connect();
  await bench.push({ client, token: phone.token });
  await bench.push({ client, token: phone.token });
  await bench.control.put('/faults', { kind: 'goaway', token: phone.token, count: 1 });
  const seen = goaway(client);
  await bench.push({ client, token: phone.token }).catch(() => null);
  return seen;
}

async function shutDownAtSixth(bench: ApnsBench): Promise<string> {
  const phone = await bench.phone();
  const client = await bench.connect();
  await bench.push({ client });
  await settledLimit(client);
  await bench.control.put('/faults', { kind: 'goaway', token: phone.token, after: 5, count: 1 });
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, () => bench.push({ client, token: phone.token })),
  );
  const answered = results.filter((each) => each.status === 'fulfilled').length;
  const { entries } = await bench.control.get<{ entries: { effect: string | null }[] }>(
    `/ledger?token=${phone.token}`,
  );
  const processed = entries.filter(({ effect }) => effect !== null).length;
  return `${answered} answered, ${10 - processed} not processed`;
}

async function shutDownAtFirst(bench: ApnsBench): Promise<string> {
  const phone = await bench.phone();
  await bench.control.put('/faults', { kind: 'goaway', token: phone.token });
  const client = await bench.connect();
  const seen = goaway(client);
  await bench.push({ client, token: phone.token }).catch(() => null);
  return `last-stream-id ${(await seen).lastStreamId}`;
}

async function badTokens(bench: ApnsBench, switches: object, pushes: number): Promise<string> {
  await bench.control.put('/switches', { apns: switches });
  const client = await bench.connect();
  const seen = goaway(client);
  await bench.push({ client });
  for (let at = 1; at < pushes; at++) await bench.push({ client, token: 'ab'.repeat(32) }).catch(() => null);
  return saidGoodbye(await seen);
}

async function withCertificate(bench: ApnsBench): Promise<ApnsClient> {
  const certificate = await makeClientCertificate(bench.now());
  await bench.control.put('/keys', {
    certificate: certificate.cert,
    topics: [bundle],
    environment: 'production',
  });
  return bench.connect('production', certificate);
}

const port = (bench: ApnsBench): number => bench.fixture.portOf('apns');
const production = 'production' as const;

export const apnsWireChecks: Checks<ApnsBench> = {
  '5.1.1-1': (bench) => tls11(port(bench)),
  '5.1.1-2': (bench) => bench.sayAlone({ options: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } }),
  '5.1.1-3': (bench) => bench.sayAlone({ options: { minVersion: 'TLSv1.3' } }),
  '5.1.1-4': (bench) => handshake(port(bench), { ALPNProtocols: ['http/1.1'] }),
  '5.1.1-5': (bench) => http1WithoutAlpn(port(bench)),
  '5.1.1-6': async (bench) => bench.say({ token: (await bench.phone({ environment: 'development' })).token }),
  '5.1.1-7': async (bench) =>
    bench.sayAlone({ environment: 'development', token: (await bench.phone()).token }),
  '5.1.1-8': async (bench) =>
    bench.sayAlone({
      environment: 'development',
      token: (await bench.phone({ environment: 'development' })).token,
    }),
  '5.1.1-9': (bench) => namesInCertificate(port(bench), ['api.push.apple.com', 'api.sandbox.push.apple.com']),

  '5.1.2-1': async (bench) => limitOf(await bench.connect()),
  '5.1.2-2': async (bench) => {
    const client = await bench.connect();
    await bench.push({ client });
    return `MAX_CONCURRENT_STREAMS ${await settledLimit(client)}`;
  },
  '5.1.2-3': async (bench) => {
    const client = await bench.connect();
    await bench.push({ client, jwt: 'a.b.c' });
    return `MAX_CONCURRENT_STREAMS ${await settledLimit(client)}`;
  },
  '5.1.2-4': async (bench) => (await burst(bench, 50)).split(', ').slice(0, 2).join(', '),
  '5.1.2-5': async (bench) => /(-?\d+) of them processed/.exec(await burst(bench, 50))?.[1] ?? 'unknown',
  '5.1.2-6': async (bench) => limitOf(await withCertificate(bench)),
  '5.1.2-7': async (bench) => {
    await bench.control.put('/switches', { apns: { lowersStreamsAfterRejection: true } });
    const client = await bench.connect();
    await bench.push({ client });
    await bench.push({ client, headers: { 'apns-priority': '7' } });
    const lowered = await settledLimit(client);
    await bench.push({ client });
    return `${lowered} then ${await settledLimit(client)}`;
  },
  '5.1.2-8': async (bench) => {
    await bench.control.put('/switches', { apns: { lowersStreamsAfterRejection: true } });
    const phone = await bench.phone();
    await bench.control.delete(`/phones/${phone.phoneId}/app`);
    const client = await bench.connect();
    await bench.push({ client });
    await bench.push({ client, token: phone.token });
    return `MAX_CONCURRENT_STREAMS ${await settledLimit(client)}`;
  },

  '5.1.3-1': async (bench) => saidGoodbye(await shutDownAfterTwo(bench)),
  // Streams of a client are 1, 3, 5: the second push is stream 3.
  '5.1.3-2': async (bench) =>
    (await shutDownAfterTwo(bench)).lastStreamId === 3 ? 'the last answered stream' : 'another stream',
  '5.1.3-3': shutDownAtSixth,
  '5.1.3-4': shutDownAtFirst,
  '5.1.3-5': async (bench) => {
    await bench.control.put('/switches', { apns: { idleTimeoutMs: 100 } });
    return saidGoodbye(await goaway(await bench.connect()));
  },
  '5.1.3-6': (bench) => badTokens(bench, { badDeviceTokensToGoaway: 3 }, 4),
  '5.1.3-7': (bench) => badTokens(bench, { errorShareToGoaway: 0.5 }, 100),
  '5.1.3-8': async (bench) => {
    await ping((await bench.connect()).session);
    return 'acknowledged';
  },
  '5.1.3-9': async (bench) => {
    await bench.control.put('/switches', { apns: { connectionsPerMinute: 3 } });
    for (let at = 0; at < 3; at++) await bench.connect('development');
    return bench.connect('development').then(
      () => 'admitted',
      () => 'refused',
    );
  },
  '5.1.3-10': async (bench) => {
    await bench.control.put('/switches', { apns: { connectionsPerMinute: 3 } });
    for (let at = 0; at < 4; at++) await bench.connect(production).catch(() => null);
    await bench.control.put('/clock', { offsetMs: 2 * minuteMs });
    return bench.sayAlone({});
  },

  '5.1.13-1': async (bench) => broken(bench, { kind: 'cut-before' }),
  '5.1.13-2': async (bench) => broken(bench, { kind: 'cut-after' }),
  '5.1.13-3': async (bench) => {
    const phone = await bench.phone();
    const client = await bench.connect();
    await bench.push({ client });
    const first = await broken(bench, { kind: 'reset' }, { client, phone });
    return `${first}, next push ${await bench.say({ client, token: phone.token })}`;
  },
  '5.1.13-4': async (bench) => {
    const phone = await bench.phone();
    const client = await bench.connect();
    await bench.control.put('/faults', { kind: 'half-open', token: phone.token, count: 1 });
    const answered = bench.push({ client, token: phone.token }).then(
      () => 'an answer',
      () => 'an end',
    );
    const end = await Promise.race([answered, silence('no answer and no end')]);
    const pinged = await Promise.race([
      ping(client.session).then(
        () => 'PING answered',
        () => 'PING failed',
      ),
      silence('PING unanswered'),
    ]);
    return `${end}, ${pinged}`;
  },
  '5.1.13-5': async (bench) => {
    const phone = await bench.phone();
    await bench.control.put('/faults', { kind: 'delay', ms: 200, token: phone.token });
    const startedAt = performance.now();
    const answer = await bench.say({ token: phone.token });
    const tookMs = performance.now() - startedAt;
    return tookMs >= 195 ? `${answer} after at least 200 ms` : `${answer} after ${tookMs} ms`;
  },
  '5.1.13-6': async (bench) => {
    const phone = await bench.phone();
    await bench.control.put('/faults', { status: 503, token: phone.token });
    const touched = await bench.say({ token: phone.token });
    return touched === '503 ServiceUnavailable' ? bench.say() : `the fault did not act: ${touched}`;
  },
  '5.1.13-7': async (bench) => {
    const phone = await bench.phone();
    await bench.control.put('/faults', { reason: 'InternalServerError', token: phone.token, count: 2 });
    const answers = [
      await bench.say({ token: phone.token }),
      await bench.say({ token: phone.token }),
      await bench.say({ token: phone.token }),
    ];
    return answers.slice(0, 2).every((each) => each === '500 InternalServerError')
      ? (answers[2] ?? '')
      : answers.join(', ');
  },
  '5.1.13-8': async (bench) => {
    const runs: string[] = [];
    for (let run = 0; run < 2; run++) {
      const phone = await bench.phone();
      await bench.control.put('/faults', { status: 500, token: phone.token, probability: 0.5, seed: 7 });
      const answers: string[] = [];
      for (let at = 0; at < 40; at++) answers.push(await bench.say({ token: phone.token }));
      runs.push(answers.join());
    }
    const isMixed = runs[0]?.includes('200') === true && runs[0].includes('500');
    return runs[0] === runs[1] && isMixed ? 'the same pushes fail both times' : runs.join(' / ');
  },
};

const silence = (words: string): Promise<string> =>
  new Promise((resolve) => setTimeout(() => resolve(words), silenceMs));

/** What a planned break leaves: an answer or none, and whether the phone shows it. */
async function broken(
  bench: ApnsBench,
  fault: object,
  on: { client?: ApnsClient; phone?: { phoneId: string; token: string } } = {},
): Promise<string> {
  const phone = on.phone ?? (await bench.phone());
  const client = on.client ?? (await bench.connect());
  await bench.control.put('/faults', { ...fault, token: phone.token, count: 1 });
  const answer = await bench
    .push({ client, token: phone.token, body: alertBody })
    .then(said, () => 'no answer');
  const { notifications } = await bench.screen(phone);
  const [shown] = notifications;
  return `${answer}, ${shown === undefined ? 'not shown' : shown.shownCount === 1 ? 'shown once' : `shown ${shown.shownCount} times`}`;
}
