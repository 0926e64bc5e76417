import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { Health } from '@reveille/chassis/health';
import { createLogger } from '@reveille/chassis/logger';
import { createMetrics } from '@reveille/chassis/metrics';
import { openHealthPage } from '@reveille/chassis/nest/health-page';
import { UnavailableError } from '@reveille/contracts/errors';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Callback } from '../../handlers/record-receipts.js';
import type { ReceiptReply } from '../../vendor.js';
import { RECEIPT_DOOR, ReceiptController, type ReceiptDoor } from './receipt.controller.js';

let http: INestApplication;
let origin: string;
let port: number;
let taken: Callback[];
let answer: () => Promise<ReceiptReply | null>;

beforeAll(async () => {
  const door: ReceiptDoor = {
    record: () => (callback) => {
      taken.push(callback);
      return answer();
    },
    isSecretOf: (app, vendor, secret) => secret === `secret-of-${app}-${vendor}`,
    now: () => 42,
  };
  http = await openHealthPage({
    host: '127.0.0.1',
    port: 0,
    health: new Health(),
    metrics: createMetrics({ service: 'test' }),
    doors: {
      controllers: [ReceiptController],
      providers: [{ provide: RECEIPT_DOOR, useValue: door }],
      logger: createLogger({ service: 'test', instance: 'test', level: 'error' }),
    },
  });
  port = ((http.getHttpServer() as { address(): AddressInfo }).address() satisfies AddressInfo).port;
  origin = `http://127.0.0.1:${port}`;
});
afterAll(() => http.close());
beforeEach(() => {
  taken = [];
  answer = async () => ({ status: 202, contentType: 'text/plain', body: 'taken' });
});

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(origin + path, { method: 'POST', body, headers });
const right = '/receipts/shop/fcm/secret-of-shop-fcm';

it('hands a callback on as it came, whatever its type, and answers as the vendor wants', async () => {
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/odd']) {
    const got = await post(`${right}?one=1`, 'data={"a":"é"}', { 'content-type': type, 'X-Sign': 's' });
    expect([got.status, await got.text()]).toEqual([202, 'taken']);
  }
  expect(taken).toHaveLength(3);
  const [first] = taken;
  expect(first).toMatchObject({ app: 'shop', vendor: 'fcm', receivedAt: 42 });
  expect(first?.request.headers['x-sign']).toBe('s');
  expect(first?.request.query).toEqual({ one: '1' });
  expect(Buffer.from(first?.request.body ?? []).toString()).toBe('data={"a":"é"}');
});

it.each([
  '/receipts/shop/fcm/secret-of-shop-apns',
  '/receipts/shop/fcm/x',
  '/receipts/cafe/fcm/secret-of-shop-fcm',
  '/receipts/shop/nobody/secret-of-shop-nobody',
])('%s is nobody’s address', async (path) => {
  const got = await post(path, 'x');
  expect(got.status).toBe(403);
  expect(await got.text()).not.toContain('secret');
  expect(taken).toEqual([]);
});

it('looks at the address before it reads a body', async () => {
  const got = await new Promise<number>((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/receipts/shop/fcm/wrong' });
    sent.on('response', (response) => resolve(response.statusCode ?? 0));
    sent.on('error', reject);
    // The body never ends.
    sent.write('x');
  });
  expect(got).toBe(403);
});

it('refuses a body that is too large', async () => {
  const got = await post(right, 'x'.repeat(1024 * 1024 + 1));
  expect(got.status).toBe(413);
  expect(taken).toEqual([]);
});

it('asks for it again when it could not be kept', async () => {
  answer = () => Promise.reject(new UnavailableError('the log is away'));
  const got = await post(right, 'x');
  expect([got.status, got.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await got.text()).not.toContain('the log is away');
});

it('takes a limited number at once', async () => {
  const open = Promise.withResolvers<ReceiptReply>();
  answer = () => open.promise;
  const waiting = Array.from({ length: 32 }, () => post(right, 'x'));
  await expect.poll(() => taken.length).toBe(32);
  expect((await post(right, 'x')).status).toBe(503);
  open.resolve({ status: 200, contentType: 'text/plain', body: '' });
  for (const each of waiting) expect((await each).status).toBe(200);
});
