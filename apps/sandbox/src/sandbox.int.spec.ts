import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApnsBench, alertBody, bundle } from './checklist/apns-bench.js';
import { goaway } from './checklist/apns-wire.checks.js';
import { openSandboxFixture, type SandboxFixture } from './testing/sandbox-fixture.js';

const now = (): number => Math.floor(performance.timeOrigin + performance.now());
let fixture: SandboxFixture;
let bench: ApnsBench;
beforeAll(async () => {
  fixture = await openSandboxFixture(now);
  bench = await ApnsBench.open(fixture, now);
});
afterAll(async () => {
  await bench.reset();
  await fixture.close();
});

interface Entry {
  readonly status: number | null;
  readonly effect: string | null;
  readonly stream: number;
  readonly fault: string | null;
  readonly retryAfterSeconds: number | null;
  readonly traceparent: string | null;
  readonly payload?: string | null;
}
const ledgerOf = async (token: string, more = ''): Promise<Entry[]> =>
  (await fixture.control.get<{ entries: Entry[] }>(`/ledger?token=${token}${more}`)).entries;

test('GOAWAY in the middle of 500: nothing above its last stream was processed, everything up to it was answered', async () => {
  const phones = await Promise.all(Array.from({ length: 500 }, () => bench.phone()));
  const client = await bench.connect();
  await bench.push({ client });
  await fixture.control.put('/faults', { kind: 'goaway', vendor: 'apns', after: 250, count: 1 });
  const seen = goaway(client);
  const answers = await Promise.allSettled(phones.map(({ token }) => bench.push({ client, token })));
  const { lastStreamId, debug } = await seen;
  expect(debug).toBe('{"reason":"Shutdown"}');
  const entries = (await Promise.all(phones.map(({ token }) => ledgerOf(token)))).map(([entry]) => entry);
  entries.forEach((entry, at) => {
    const isAnswered = answers[at]?.status === 'fulfilled';
    expect(isAnswered, `push ${at}`).toBe((entry?.effect ?? null) === 'shown');
    if (isAnswered) expect(entry?.stream).toBeLessThanOrEqual(lastStreamId);
  });
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(250);
  await fixture.control.delete('/faults');
});

test('cut after processing: shown, and the ledger has an effect but no status', async () => {
  const phone = await bench.phone();
  await fixture.control.put('/faults', { kind: 'cut', when: 'after', token: phone.token, count: 1 });
  await expect(bench.push({ client: await bench.connect(), token: phone.token })).rejects.toThrow(
    /no answer|ECONNRESET|canceled|closed/i,
  );
  expect((await bench.screen(phone)).notifications).toHaveLength(1);
  expect(await ledgerOf(phone.token)).toMatchObject([{ status: null, effect: 'shown', fault: 'cut-after' }]);
});

test('Retry-After is answered and written down', async () => {
  const phone = await bench.phone();
  await fixture.control.put('/faults', { token: phone.token, status: 429, retryAfterSeconds: 2, count: 1 });
  const first = await bench.push({ token: phone.token });
  expect(first).toMatchObject({ status: 429, reason: 'TooManyRequests', headers: { 'retry-after': '2' } });
  expect((await bench.push({ token: phone.token })).status).toBe(200);
  expect(await ledgerOf(phone.token)).toMatchObject([
    { status: 429, retryAfterSeconds: 2 },
    { status: 200, effect: 'shown' },
  ]);
});

test('the ledger keeps the trace, and the payload for whoever asks', async () => {
  const phone = await bench.phone();
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await bench.push({ token: phone.token, headers: { traceparent } });
  expect(await ledgerOf(phone.token)).toMatchObject([{ traceparent }]);
  expect((await ledgerOf(phone.token))[0]).not.toHaveProperty('payload');
  expect(await ledgerOf(phone.token, '&payload=1')).toMatchObject([{ payload: alertBody }]);
});

test('events tell what happens to a phone while it happens', async () => {
  const phone = await bench.phone();
  const stopped = new AbortController();
  const response = await fetch(
    `http://127.0.0.1:${fixture.portOf('control')}/events?phone=${phone.phoneId}`,
    { signal: stopped.signal },
  );
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  await reader?.read();
  await bench.push({ token: phone.token, headers: { 'apns-collapse-id': 'm1' } });
  await bench.push({ token: phone.token, headers: { 'apns-collapse-id': 'm1' } });
  await fixture.control.delete(`/phones/${phone.phoneId}/app`);
  let text = '';
  while (!text.includes('event: unregistered')) text += (await reader?.read())?.value ?? '';
  stopped.abort();
  expect([...text.matchAll(/^event: (.+)$/gm)].map(([, type]) => type)).toEqual([
    'shown',
    'replaced',
    'unregistered',
  ]);
});

test('ten thousand phones are there within seconds', async () => {
  const { phones } = await fixture.control.post<{ phones: { token: string }[] }>('/phones/batch', {
    count: 10_000,
    vendor: 'apns',
    bundle,
  });
  expect(new Set(phones.map(({ token }) => token)).size).toBe(10_000);
  expect(await bench.say({ token: phones[9_999]?.token ?? '' })).toBe('200');
});

test('a wrong control request says what is wrong', async () => {
  const { control } = fixture;
  await expect(control.post('/phones', { vendor: 'pigeon' })).rejects.toThrow(
    /400 .*"vendor\\" must be one of apns, fcm/,
  );
  await expect(control.put('/faults', { vendor: 'apns', reason: 'UNREGISTERED' })).rejects.toThrow(
    'apns never answers UNREGISTERED',
  );
  await expect(control.put('/switches', { apns: { streamLimits: 3 } })).rejects.toThrow(
    'there is no switch apns.streamLimits',
  );
  await expect(control.get('/nothing')).rejects.toThrow('404');
});

test('phones, tokens, keys, ledger and screens are there after a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-restart-'));
  const first = await openSandboxFixture(now, folder);
  const before = await ApnsBench.open(first, now);
  const phone = await before.phone();
  const away = await before.phone();
  await first.control.put(`/phones/${away.phoneId}/network`, { online: false });
  expect(await before.say({ token: phone.token })).toBe('200');
  expect(await before.say({ token: away.token })).toBe('200');
  const jwt = before.makeJwt();
  await before.reset();
  await first.sandbox.stop();

  const second = await openSandboxFixture(now, folder);
  const client = await bench.connectTo(second.portOf('apns'), second.ca);
  expect(await bench.say({ client, token: phone.token, jwt })).toBe('200');
  const screen = await second.control.get<{ notifications: unknown[] }>(
    `/phones/${phone.phoneId}/lock-screen`,
  );
  expect(screen.notifications).toHaveLength(2);
  await second.control.put(`/phones/${away.phoneId}/network`, { online: true });
  expect(
    (await second.control.get<{ notifications: unknown[] }>(`/phones/${away.phoneId}/lock-screen`))
      .notifications,
  ).toHaveLength(1);
  expect((await second.control.get<{ count: number }>('/ledger')).count).toBe(3);
  client.close();
  await second.close();
});
