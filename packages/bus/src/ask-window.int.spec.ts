import {
  ConflictError,
  ContractError,
  RefusedError,
  TimeoutError,
  UnavailableError,
} from '@reveille/contracts/errors';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Bus } from './connect.js';
import { respond } from './respond.js';
import { maxPayloadBytes } from './server-check.js';
import { startNatsServer, type TestNatsServer } from './testing/nats-server.js';
import { openBus } from './testing/open-bus.js';
import { waitUntil } from './testing/wait-until.js';

let server: TestNatsServer;
let asker: Bus;
let answerer: Bus;

beforeAll(async () => {
  server = await startNatsServer();
  asker = await openBus(server.url);
  answerer = await openBus(server.url);
});

afterAll(async () => {
  await asker.drain();
  await answerer.drain();
  await server.stop();
});

it('brings one answer, read by its schema, with the trace', async () => {
  const responder = respond(
    answerer,
    'im.ask.device.*.echo',
    { queue: 'presence' },
    (body, { subject, traceparent }) => ({
      body,
      subject,
      traceparent,
    }),
  );
  await answerer.nc.flush();
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  expect(await asker.asker.ask('im.ask.device.a.echo', { n: 1 }, { traceparent })).toEqual({
    body: { n: 1 },
    subject: 'im.ask.device.a.echo',
    traceparent,
  });
  const schema = {
    parse: () => {
      throw new Error('not so');
    },
  };
  await expect(asker.asker.ask('im.ask.device.a.echo', {}, { schema })).rejects.toMatchObject({
    name: 'ContractError',
  });
  await responder.stop();
  await expect(asker.asker.ask('im.ask.device.a.echo', {})).rejects.toMatchObject({
    name: 'UnavailableError',
  });
});

it('throws the answerer’s faults and refusals again, and keeps a bug’s words at home', async () => {
  const bug = new Error('secret inner words');
  const faults: Record<string, Error> = {
    unavailable: new UnavailableError('no database'),
    conflict: new ConflictError('moved'),
    timeout: new TimeoutError('slow'),
    contract: new ContractError('no user'),
    refused: new RefusedError('device-unknown', 'no such device'),
  };
  const responder = respond(answerer, 'im.ask.device.*.fail', { queue: null }, async (body) => {
    throw faults[(body as { kind: string }).kind] ?? bug;
  });
  await answerer.nc.flush();
  const ask = (kind: string) => asker.asker.ask('im.ask.device.a.fail', { kind });
  await expect(ask('unavailable')).rejects.toMatchObject({
    name: 'UnavailableError',
    message: 'no database',
  });
  await expect(ask('conflict')).rejects.toMatchObject({ name: 'UnavailableError' });
  await expect(ask('timeout')).rejects.toMatchObject({ name: 'TimeoutError' });
  await expect(ask('contract')).rejects.toMatchObject({ name: 'ContractError', message: 'no user' });
  await expect(ask('refused')).rejects.toMatchObject({ name: 'RefusedError', code: 'device-unknown' });
  await expect(ask('bug')).rejects.toMatchObject({ name: 'Error', message: 'the answerer failed' });
  await responder.stop();
});

it('says of an answer that no message can hold that the answerer failed, and goes on', async () => {
  const tooLarge = 'x'.repeat(maxPayloadBytes);
  const responder = respond(answerer, 'im.ask.device.*.much', { queue: null }, async (body) =>
    body === null ? tooLarge : 'little',
  );
  await answerer.nc.flush();
  await expect(asker.asker.ask('im.ask.device.a.much', null, { timeoutMs: 30_000 })).rejects.toThrow(
    'the answerer failed',
  );
  expect(await asker.asker.ask('im.ask.device.a.much', 1)).toBe('little');
  await responder.stop();
});

it('tells silence from absence', async () => {
  const responder = respond(answerer, 'im.ask.device.*.mute', { queue: null }, () => undefined);
  await answerer.nc.flush();
  const startedAt = performance.now();
  await expect(asker.asker.ask('im.ask.device.a.mute', {}, { timeoutMs: 200 })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(200);
  await expect(asker.asker.ask('im.ask.nobody.a.home', {})).rejects.toMatchObject({
    name: 'UnavailableError',
  });
  expect(asker.asker.pending()).toBe(0);
  await responder.stop();
});

it('brings many answers until it is closed, and one 503 when nobody listens', async () => {
  const replies: ((value: unknown) => void)[] = [];
  const responder = respond(answerer, 'im.live.*.*', { queue: null }, (_body, context) => {
    replies.push((value) => context.reply(value));
    context.reply({ type: 'holding' });
  });
  await answerer.nc.flush();
  const got: string[] = [];
  const open = asker.asker.askMany(
    'im.live.a.u1',
    Buffer.from('{}'),
    {},
    (data) => got.push(Buffer.from(data).toString()),
    () => got.push('503'),
  );
  await waitUntil('the first answer', () => got.length === 1);
  replies[0]?.({ type: 'acknowledged' });
  await waitUntil('the second answer', () => got.length === 2);
  open.close();
  replies[0]?.({ type: 'late' });
  await answerer.nc.flush();
  await asker.nc.flush();
  expect(got).toEqual(['{"type":"holding"}', '{"type":"acknowledged"}']);
  asker.asker.askMany(
    'im.nobody.a.u1',
    Buffer.from('{}'),
    {},
    () => got.push('?'),
    () => got.push('503'),
  );
  await waitUntil('the 503', () => got.length === 3);
  expect(got[2]).toBe('503');
  await responder.stop();
});

it('does not send an answer to a place outside the inboxes', async () => {
  const heard: string[] = [];
  const responder = respond(answerer, 'im.ask.device.*.echo', { queue: null }, () => ({ evil: true }));
  asker.nc.subscribe('im.evt.>', { callback: (_error, msg) => void heard.push(msg.subject) });
  await answerer.nc.flush();
  asker.nc.publish('im.ask.device.a.echo', '{}', { reply: 'im.evt.delivery.a.1.settled' });
  expect(await asker.asker.ask('im.ask.device.a.echo', {})).toEqual({ evil: true });
  expect(heard).toEqual([]);
  await responder.stop();
});

it('gives up at once what was under way when the connection was lost', async () => {
  const responder = respond(answerer, 'im.ask.device.*.mute', { queue: null }, () => undefined);
  await answerer.nc.flush();
  const asked = asker.asker.ask('im.ask.device.a.mute', {}, { timeoutMs: 30_000 });
  const outcome = asked.catch((error: unknown) => error);
  await server.kill();
  expect(await outcome).toMatchObject({ name: 'UnavailableError' });
  await expect(asker.asker.ask('im.ask.device.a.mute', {})).rejects.toThrow('there is no connection');
  await server.restart();
  await waitUntil('both are back', () => asker.isConnected() && answerer.isConnected());
  const echo = respond(answerer, 'im.ask.device.*.echo', { queue: null }, (body) => body);
  await answerer.nc.flush();
  expect(await asker.asker.ask('im.ask.device.a.echo', { back: true })).toEqual({ back: true });
  await Promise.all([responder.stop(), echo.stop()]);
});

it('asks again over a new connection what has many answers, and answers nothing that an old one brought', async () => {
  const questions: ((value: unknown) => void)[] = [];
  const responder = respond(answerer, 'im.live.*.*', { queue: null }, (_body, context) => {
    questions.push((value) => context.reply(value));
  });
  await answerer.nc.flush();
  const got: string[] = [];
  const open = asker.asker.askMany(
    'im.live.a.u1',
    Buffer.from('{}'),
    {},
    (data) => got.push(Buffer.from(data).toString()),
    () => got.push('503'),
  );
  await waitUntil('the question', () => questions.length === 1);
  await server.kill();
  await waitUntil('both know', () => !asker.isConnected() && !answerer.isConnected());
  await server.restart();
  // The asker may be back first, and then nobody is there: its owner hears of that as of any other question.
  await waitUntil('the question again', () => questions.length === 2 || got.length === 1);
  questions[0]?.('old');
  questions[1]?.('new');
  await waitUntil('an answer', () => got.length === 1);
  await waitUntil('both are back', () => asker.isConnected() && answerer.isConnected());
  await answerer.nc.flush();
  await asker.nc.flush();
  expect(got).toEqual([questions.length === 2 ? '"new"' : '503']);
  open.close();
  await responder.stop();
});
