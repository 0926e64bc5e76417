import type { Bus } from '@reveille/bus/connect';
import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import { pushClosedSchema } from '@reveille/contracts/push/events';
import type { PushJob } from '@reveille/contracts/push/job';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { JobDelivery } from '../ports.js';
import { openPushJournal } from './push-journal.js';

let server: TownServer;
let bus: Bus;
let reader: Bus;
beforeAll(async () => {
  server = await startTownServer({ apps: [{ app: 'shop' }] });
  [bus, reader] = await Promise.all([server.connectAs('vendor-workers'), server.connectAs('operator')]);
});
afterAll(async () => {
  await Promise.all([bus.drain(), reader.drain()]);
  await server.stop();
});

const delivery: JobDelivery = {
  app: 'shop',
  job: {
    jobId: 'm1:0:0:apns:0',
    messageId: 'm1',
    vendor: 'apns',
    lane: 'normal',
    attempt: 1,
    partition: 7,
  } as PushJob,
  envelopeId: 'e1',
  traceparent: null,
  deliveryCount: 1,
  storedAt: 0,
  isRepeat: false,
};
const closing = (...deviceIds: string[]) =>
  pushClosedSchema.parse({
    jobId: 'm1:0:0:apns:0',
    messageId: 'm1',
    vendor: 'apns',
    lane: 'normal',
    attempt: 1,
    closedAt: 1,
    targets: deviceIds.map((deviceId) => ({
      user: 'bob',
      deviceId,
      tokenRef: 'r'.repeat(16),
      reason: 'expired',
    })),
  });

it('keeps two closings of one delivery count apart by their targets, and one that is said twice once', async () => {
  let ids = 0;
  const journal = openPushJournal(bus, { clock: { now: () => 1 }, uuid: () => `id-${(ids += 1)}` });
  // A killed nats-server may forget that the job was handed out: it comes again with the same count.
  await journal.closed(delivery, closing('a', 'b'));
  await journal.closed(delivery, closing('c'));
  await journal.closed(delivery, closing('b', 'a'));
  const told: string[][] = [];
  const untilSequence = await reader.streamTail('PUSHES');
  for await (const { data } of reader.scan('PUSHES', { subjects: [], untilSequence })) {
    const { targets } = JSON.parse(Buffer.from(data).toString()) as { targets: { deviceId: string }[] };
    told.push(targets.map(({ deviceId }) => deviceId));
  }
  expect(told).toEqual([['a', 'b'], ['c']]);
});
