import { namesInCertificate, tls11 } from './apns-wire.checks.js';
import type { Checks } from './rows.js';
import { arrived, said, type PushParts, type Service, type WebpushBench } from './webpush-bench.js';

const fourWeeks = 2_419_200;
const names = ['updates.push.services.mozilla.com', 'web.push.apple.com'];

const push =
  (parts: PushParts = {}, service: Service = 'rfc') =>
  (bench: WebpushBench): Promise<string> =>
    bench.say(parts, service);
const header = (name: string, value: string, service: Service = 'rfc') =>
  push({ headers: { [name]: value } }, service);
const text = (body: string): string => JSON.stringify({ body });

/** A text that makes the whole body so many bytes: 86 for the head, 17 for the delimiter and the tag. */
const sized = (bytes: number, recordSize = bytes): PushParts => ({
  sealing: { text: 'x'.repeat(bytes - 103), recordSize },
});

/** Pushes one after the other to a browser that is away, and what it gets when it is back. */
async function whileAway(bench: WebpushBench, pushes: readonly PushParts[]): Promise<string> {
  const browser = await bench.browser();
  await bench.network(browser, false);
  for (const parts of pushes) await bench.push(browser, parts);
  await bench.network(browser, true);
  return arrived(bench, browser);
}

async function ttlOf(bench: WebpushBench, seconds: number, service: Service): Promise<string> {
  const answer = await bench.push(await bench.browser(service), { headers: { ttl: String(seconds) } });
  return `${said(answer)}, ${answer.headers['ttl'] === undefined ? 'no TTL' : `TTL ${answer.headers['ttl']}`}`;
}

async function urgencies(bench: WebpushBench): Promise<string> {
  const answers: string[] = [];
  for (const urgency of ['very-low', 'low', 'normal', 'high'])
    answers.push(await bench.say({ headers: { urgency } }));
  return answers.join(', ');
}

async function spoilt(bench: WebpushBench, spoil: (body: Buffer) => Buffer | number): Promise<string> {
  const browser = await bench.browser();
  const body = bench.seal(browser.subscription);
  const made = spoil(body);
  return said(await bench.push(browser, { body: typeof made === 'number' ? body : made }));
}

/** What is answered, and what the browser shows. */
async function seen(bench: WebpushBench, parts: PushParts): Promise<string> {
  const browser = await bench.browser();
  const answer = said(await bench.push(browser, parts));
  return `${answer}, ${await arrived(bench, browser)}`;
}

async function shownTwice(bench: WebpushBench, tags: readonly string[]): Promise<string> {
  const browser = await bench.browser();
  for (const tag of tags)
    await bench.push(browser, { sealing: { text: JSON.stringify({ title: 'Ann', body: tag, tag }) } });
  const { notifications } = await bench.screen(browser);
  return notifications.map(({ body, shownCount }) => `${body ?? ''} shown ${shownCount}`).join(', ');
}

async function locationOf(bench: WebpushBench, service: Service): Promise<string> {
  const { status, headers } = await bench.push(await bench.browser(service));
  const named = ['location', 'apns-id'].filter((name) => headers[name] !== undefined);
  return `${status} with ${named.join(', ')}`;
}

export const webpushRequestChecks: Checks<WebpushBench> = {
  '5.3.1-1': push(),
  '5.3.1-2': async (bench) => said(await bench.pushHttp2(await bench.browser())),
  '5.3.1-3': (bench) => tls11(bench.port),
  '5.3.1-4': (bench) => namesInCertificate(bench.port, names),
  '5.3.1-5': push({ method: 'PUT' }),
  '5.3.1-6': push({ path: '/push/nobody' }),
  '5.3.1-7': async (bench) => {
    const { subscription, ...browser } = await bench.browser('mozilla');
    const path = new URL(subscription.endpoint).pathname.replace('/wpush/v2/', '/push/');
    return said(await bench.push({ ...browser, subscription }, { path }));
  },
  '5.3.1-8': (bench) => locationOf(bench, 'rfc'),
  '5.3.1-9': (bench) => locationOf(bench, 'apple'),

  '5.3.2-1': header('ttl', ''),
  '5.3.2-2': header('ttl', 'ten'),
  '5.3.2-3': header('ttl', '-1'),
  '5.3.2-4': (bench) => seen(bench, { headers: { ttl: '0' } }),
  '5.3.2-5': (bench) => whileAway(bench, [{ headers: { ttl: '0' } }]),
  '5.3.2-6': (bench) => ttlOf(bench, fourWeeks, 'rfc'),
  '5.3.2-7': (bench) => ttlOf(bench, fourWeeks + 1, 'rfc'),
  '5.3.2-8': (bench) => ttlOf(bench, 2_592_001, 'mozilla'),
  '5.3.2-9': header('ttl', '2592001', 'apple'),
  '5.3.2-10': urgencies,
  '5.3.2-11': header('urgency', 'asap'),
  '5.3.2-12': header('urgency', 'low, high'),
  '5.3.2-13': header('topic', 'a-_Z0'.padEnd(32, 'x')),
  '5.3.2-14': header('topic', 'x'.repeat(33)),
  '5.3.2-15': header('topic', 'a.b'),
  '5.3.2-16': (bench) =>
    whileAway(bench, [
      { headers: { topic: 'a' }, sealing: { text: text('1') } },
      { headers: { topic: 'a' }, sealing: { text: text('2') } },
    ]),
  '5.3.2-17': (bench) =>
    whileAway(bench, [
      { headers: { topic: 'a' }, sealing: { text: text('1') } },
      { headers: { topic: 'b' }, sealing: { text: text('2') } },
      { sealing: { text: text('3') } },
      { sealing: { text: text('4') } },
    ]),
  '5.3.2-18': header('prefer', 'respond-async'),
  '5.3.2-19': header('content-encoding', ''),
  '5.3.2-20': header('content-encoding', 'aesgcm'),

  '5.3.3-1': push(sized(4_096)),
  '5.3.3-2': push(sized(4_097)),
  '5.3.3-3': push(sized(5_000), 'microsoft'),
  '5.3.3-4': push(sized(5_001), 'microsoft'),
  '5.3.3-5': async (bench) => {
    await bench.control.put('/switches', { webpush: { maxBodyBytes: 6_000 } });
    return bench.say(sized(6_000));
  },
  '5.3.3-6': (bench) => spoilt(bench, (body) => body.writeUInt8(0, 20)),
  '5.3.3-7': (bench) => spoilt(bench, (body) => body.writeUInt8(2, 21)),
  '5.3.3-8': (bench) => spoilt(bench, (body) => body.writeUInt32BE(17, 16)),
  '5.3.3-9': push(sized(600, 512)),
  '5.3.3-10': (bench) => spoilt(bench, (body) => body.subarray(0, 60)),
  '5.3.3-11': (bench) => spoilt(bench, (body) => body.write(bench.keys.sender.publicKey, 21, 'base64url')),
  '5.3.3-12': (bench) => seen(bench, { sealing: { auth: Buffer.alloc(16).toString('base64url') } }),
  '5.3.3-13': (bench) => seen(bench, { sealing: { delimiter: 1 } }),
  '5.3.3-14': (bench) => seen(bench, { sealing: { text: text('padded'), padding: 100 } }),
  '5.3.3-15': (bench) => seen(bench, { sealing: { text: 'no JSON' } }),
  '5.3.3-16': push({ body: Buffer.alloc(0), headers: { 'content-encoding': 'aes128gcm' } }),
  '5.3.3-17': (bench) => shownTwice(bench, ['a', 'a']),
  '5.3.3-18': (bench) => shownTwice(bench, ['a', 'b']),
};
