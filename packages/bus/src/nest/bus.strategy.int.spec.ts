import 'reflect-metadata';
import { AckPolicy } from '@nats-io/jetstream';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { ContractError, RefusedError } from '@reveille/contracts/errors';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Bus } from '../connect.js';
import type { Delivery } from '../consume.js';
import { type Disposition, done } from '../disposition.js';
import type { AskContext } from '../respond.js';
import { startNatsServer, type TestNatsServer } from '../testing/nats-server.js';
import { addStream, openBus } from '../testing/open-bus.js';
import { waitUntil } from '../testing/wait-until.js';
import { BusStrategy } from './bus.strategy.js';
import { consumerPattern, OnAsk, OnConsumer } from './patterns.js';
import { RethrowFilter } from './rethrow.filter.js';

const place = {
  stream: 'DEVICES',
  name: 'presence-test',
  filters: [],
  ack: 'explicit',
  ackWaitMs: 5_000,
  maxAckPending: 100,
} as const;
const seen: Delivery[] = [];

@Controller()
class TestController {
  @OnConsumer(place, { maxInFlight: 5 })
  async take(@Payload() delivery: Delivery): Promise<Disposition> {
    seen.push(delivery);
    if (delivery.subject.endsWith('odd')) throw new ContractError('an odd device');
    return done;
  }

  @OnAsk('im.ask.device.*.describe-user', 'presence')
  async describe(@Payload() body: { user: string }, @Ctx() context: AskContext): Promise<unknown> {
    if (body.user === 'nobody') throw new RefusedError('user-unknown', 'no such user');
    return { user: body.user, subject: context.subject };
  }
}

@Module({ controllers: [TestController] })
class TestModule {}

let server: TestNatsServer;
let bus: Bus;
let app: INestMicroservice;
let strategy: BusStrategy;

beforeAll(async () => {
  server = await startNatsServer();
  bus = await openBus(server.url);
  await addStream(bus, 'DEVICES', ['im.evt.device.*.*']);
  await addStream(bus, 'DEAD_LETTERS', ['im.dead.*.*']);
  await bus.jsm.consumers.add('DEVICES', { durable_name: place.name, ack_policy: AckPolicy.Explicit });
  strategy = new BusStrategy(bus);
  app = await NestFactory.createMicroservice(TestModule, { strategy, logger: false });
  app.useGlobalFilters(new RethrowFilter());
  await app.listen();
});

afterAll(async () => {
  await app.close();
  await bus.drain();
  await server.stop();
});

const send = (device: string) =>
  bus.publisher.publish({
    subject: `im.evt.device.demo.${device}`,
    messageId: `demo:${device}`,
    data: Buffer.from('{}'),
  });

it('runs an event handler on its consumer; its disposition settles, its error keeps its kind', async () => {
  await send('d1');
  await send('odd');
  await waitUntil('the dead letter', async () => (await bus.streamTail('DEAD_LETTERS')) === 1);
  expect(seen.map(({ subject }) => subject)).toEqual(['im.evt.device.demo.d1', 'im.evt.device.demo.odd']);
  await waitUntil(
    'settled',
    async () => (await bus.jsm.consumers.info(place.stream, place.name)).num_ack_pending === 0,
  );
  expect(strategy.consumer(consumerPattern(place))?.inFlight()).toBe(0);
});

it('answers asks, refusals included', async () => {
  const ask = (user: string) => bus.asker.ask('im.ask.device.demo.describe-user', { user });
  expect(await ask('ana')).toEqual({ user: 'ana', subject: 'im.ask.device.demo.describe-user' });
  await expect(ask('nobody')).rejects.toMatchObject({ name: 'RefusedError', code: 'user-unknown' });
});

it('takes no more once it is told so', async () => {
  await strategy.stopTaking();
  await send('d2');
  await expect(bus.asker.ask('im.ask.device.demo.describe-user', { user: 'ana' })).rejects.toMatchObject({
    name: 'UnavailableError',
  });
  expect(seen).toHaveLength(2);
});
