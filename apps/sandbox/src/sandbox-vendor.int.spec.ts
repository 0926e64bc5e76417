import { once } from 'node:events';
import http from 'node:http';
import { mkdtempSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ControlClient } from './testing/control-client.js';
import { requestHttp1, type PlainAnswer } from './testing/https-client.js';
import { plainVendor } from './testing/plain-vendor.js';
import { openSandboxFixture, type SandboxFixture } from './testing/sandbox-fixture.js';

const now = (): number => Math.floor(performance.timeOrigin + performance.now());
const folder = mkdtempSync(join(tmpdir(), 'reveille-plain-'));
let fixture: SandboxFixture;
let control: ControlClient;
let provider: http.Server;
let callback: string;
let received: string[] = [];

beforeAll(async () => {
  fixture = await openSandboxFixture(now, folder, [plainVendor]);
  control = fixture.control;
  provider = http.createServer((request, response) => {
    request.on('data', (chunk: Buffer) => received.push(chunk.toString('utf8')));
    request.on('end', () => response.end());
  });
  provider.listen(0, '127.0.0.1');
  await once(provider, 'listening');
  callback = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/receipts`;
});
beforeEach(async () => {
  received = [];
  await control.delete('/faults');
  await control.delete('/receipts/faults');
  await control.delete('/receipts');
});
afterAll(async () => {
  await fixture.close();
  provider.close();
});

interface Phone {
  readonly phoneId: string;
  readonly token: string;
}
async function makePhones(count: number): Promise<Phone[]> {
  const body = { vendor: 'fcm', bundle: 'org.example.chat', count };
  return (await control.post<{ phones: Phone[] }>('/phones/batch', body)).phones;
}
const push = (phones: readonly Phone[], more: object = {}): Promise<PlainAnswer> =>
  requestHttp1(fixture.portOf('plain'), fixture.ca, 'push.example.org', {
    path: '/push',
    body: JSON.stringify({ tokens: phones.map(({ token }) => token), tag: 'm1', title: 'Ann', ...more }),
  });
const ledger = async (): Promise<{ token: string; reason: string | null; fault: string | null }[]> =>
  (
    await control.get<{ entries: { token: string; reason: string | null; fault: string | null }[] }>(
      '/ledger',
    )
  ).entries;
/** As soon as so many requests with receipts were posted. */
async function posted(count: number): Promise<{ items: { status: string }[]; fault: string | null }[]> {
  return expect
    .poll(async () => (await control.get<{ receipts: unknown[] }>('/receipts')).receipts)
    .toHaveLength(count)
    .then(async () => {
      const { receipts } = await control.get<{
        receipts: { items: { status: string }[]; fault: string | null }[];
      }>('/receipts');
      return receipts;
    });
}

test('a request with many targets has an entry for each; an error for one token is that target’s alone', async () => {
  const phones = await makePhones(3);
  await control.put('/faults', { token: phones[1]?.token, reason: 'plain-full' });
  const before = (await ledger()).length;
  expect((await push(phones)).body).toBe('[null,"plain-full",null]');
  expect((await ledger()).slice(before)).toMatchObject([
    { token: phones[0]?.token, reason: null, fault: null, effect: 'shown', status: 200, tag: 'm1' },
    { token: phones[1]?.token, reason: 'plain-full', fault: 'answer', effect: null },
    { token: phones[2]?.token, reason: null, fault: null, effect: 'shown' },
  ]);
});

test('an answer that no document has is a fault too', async () => {
  const phones = await makePhones(1);
  await control.put('/faults', { kind: 'nonsense', status: 200, count: 1 });
  expect(await push(phones)).toMatchObject({
    status: 200,
    body: expect.stringContaining('<html>') as string,
  });
  expect((await ledger()).at(-1)).toMatchObject({ effect: null, fault: 'nonsense', token: phones[0]?.token });
});

test('an app gets one account, the same one after a restart of the sandbox, and phones are made from it', async () => {
  const wish = { vendor: 'fcm', app: 'demo', bundle: 'org.example.demo' };
  const account = await control.post<{ credential: string; settings: object; isNew: boolean }>(
    '/accounts',
    wish,
  );
  expect(account.isNew).toBe(true);
  expect(account.settings).toEqual({
    package: 'org.example.demo',
    endpoint: `https://127.0.0.1:${fixture.portOf('plain')}`,
  });
  const again = await control.post<{ credential: string; settings: object }>('/accounts', {
    ...wish,
    host: 'sandbox',
  });
  expect(again).toMatchObject({ credential: account.credential, isNew: false });
  expect(again.settings).toMatchObject({ endpoint: `https://sandbox:${fixture.portOf('plain')}` });
  expect(await control.get('/plain/accounts')).toEqual(['demo']);
  expect(await control.post('/phones', { vendor: 'fcm', app: 'demo' })).toMatchObject({
    bundle: 'org.example.demo',
    colour: 'green',
    name: 'Plain phone',
  });
  await expect(control.post('/phones', { vendor: 'fcm', app: 'other' })).rejects.toThrow('has no account');
  await control.put('/accounts/callbacks', { callbacks: [{ vendor: 'fcm', app: 'demo', url: callback }] });
  await expect(
    control.put('/accounts/callbacks', { callbacks: [{ vendor: 'fcm', app: 'other', url: callback }] }),
  ).rejects.toThrow('400');

  await fixture.sandbox.stop();
  fixture = await openSandboxFixture(now, folder, [plainVendor]);
  control = fixture.control;
  expect(await control.get('/plain/accounts')).toEqual(['demo']);
  const { accounts } = await control.post<{ accounts: { credential: string }[] }>('/accounts', {
    accounts: [{ app: 'demo', bundle: 'org.example.demo' }],
  });
  expect(accounts).toMatchObject([{ credential: account.credential }]);
  await push(await makePhones(1));
  expect(await posted(1)).toMatchObject([{ url: callback, answer: 200 }]);
});

test('receipts go out together when a push has arrived, later when the phone was away, and for a tap', async () => {
  const phones = await makePhones(2);
  const [first = { phoneId: '', token: '' }] = phones;
  await push(phones, { callback });
  await posted(1);
  expect(JSON.parse(received[0] ?? '')).toEqual({
    receipts: phones.map(({ token }) => ({ token, status: 'delivered' })),
  });
  const path = `/phones/${first.phoneId}`;
  const { notifications } = await control.get<{ notifications: { id: string }[] }>(`${path}/lock-screen`);
  await control.post(`${path}/tap`, { id: notifications[0]?.id });
  expect((await posted(2))[1]).toMatchObject({ items: [{ status: 'clicked' }], answer: 200 });
  await control.put(`${path}/network`, { online: false });
  await push([first], { callback, tag: 'm2' });
  expect((await control.get<{ receipts: unknown[] }>('/receipts')).receipts).toHaveLength(2);
  await control.put(`${path}/network`, { online: true });
  expect((await posted(3))[2]).toMatchObject({ items: [{ status: 'delivered' }] });
});

test('receipts come twice, never, or of a message that nobody sent', async () => {
  const [phone] = await makePhones(1);
  if (phone === undefined) throw new Error('no phone');
  await control.put('/receipts/faults', { kind: 'duplicate', count: 1 });
  await push([phone], { callback });
  expect(await posted(2)).toMatchObject([{ fault: null }, { fault: 'duplicate' }]);
  expect(received[1]).toBe(received[0]);
  await control.put('/receipts/faults', { kind: 'unknown', token: phone.token, count: 1 });
  await push([phone], { callback });
  await posted(3);
  expect(received[2]).not.toContain(phone.token);
  await control.put('/receipts/faults', { kind: 'lost', status: 'delivered' });
  await push([phone], { callback });
  expect((await posted(4))[3]).toMatchObject({ fault: 'lost', answer: null });
  expect(received).toHaveLength(3);
});
