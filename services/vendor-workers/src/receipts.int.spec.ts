import { randomBytes } from 'node:crypto';
import { waitUntil } from '@reveille/bus/testing/wait-until';
import { createReceiptKeys } from '@reveille/chassis/receipt-keys';
import { freePort } from '@reveille/chassis/testing/free-port';
import type { AppSettings } from '@reveille/contracts/app/events';
import { partitionOf } from '@reveille/contracts/partition';
import type { PushReceipted } from '@reveille/contracts/push/receipt';
import { parseSubject } from '@reveille/contracts/subjects';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openVendorTown, type VendorTown } from './testing/vendor-town.js';
import { openWorkerTown, type WorkerTown } from './testing/worker-town.js';

let vendors: VendorTown;
let town: WorkerTown;
let shop: AppSettings;

beforeAll(async () => {
  [vendors, town] = await Promise.all([openVendorTown(), openWorkerTown(['shop'])]);
  shop = await vendors.appCalled('shop');
  await town.configure(withFeedback(null));
  const httpPort = await freePort();
  const receipts = {
    keys: createReceiptKeys(randomBytes(32).toString('base64')),
    publicUrl: `http://127.0.0.1:${httpPort}`,
  };
  await town.startWorker({ vendors: ['oppo', 'xiaomi'], receipts, httpPort });
});
afterAll(async () => {
  await town.stop();
  await vendors.close();
});

function withFeedback(feedbackEndpoint: string | null): AppSettings {
  const { oppo } = shop.vendors;
  if (oppo === undefined) throw new Error('the app has no account at OPPO');
  return { ...shop, vendors: { ...shop.vendors, oppo: { ...oppo, feedbackEndpoint } } };
}

interface Found {
  readonly data: PushReceipted;
  readonly lastWord: string | undefined;
  readonly partition: number | null | undefined;
}

async function receipts(): Promise<Found[]> {
  const untilSequence = await town.operator.streamTail('PUSHES');
  const found: Found[] = [];
  for await (const { subject, data } of town.operator.scan('PUSHES', { subjects: [], untilSequence })) {
    const place = parseSubject(subject);
    if (place?.event !== 'receipted') continue;
    const event = JSON.parse(Buffer.from(data).toString()) as PushReceipted;
    found.push({ data: event, lastWord: subject.split('.').at(-1), partition: place.partition });
  }
  return found;
}

it('a token in the vendor’s list of dead ones is condemned, as of the time before the list', async () => {
  const gone = await vendors.phone(shop, 'oppo');
  await vendors.uninstall(gone);
  town.owners.set(gone.token, { deviceId: 'phone-that-is-gone', user: 'bob' });
  // OPPO lists it when it has met it.
  await town.publish(shop, town.job(shop, 'oppo', [gone.token]));
  await town.untilQuiet();
  await town.configure(withFeedback(shop.vendors.oppo?.feedbackEndpoint ?? null));
  const listed = (all: readonly Found[]) => all.find(({ data }) => data.source === 'list');
  await waitUntil('the list is kept', async () => listed(await receipts()) !== undefined);
  const found = listed(await receipts());
  expect(found).toMatchObject({
    lastWord: 'receipt-condemned',
    data: { vendor: 'oppo', deviceId: 'phone-that-is-gone', user: 'bob', status: 'token-unregistered' },
  });
  const everyMs = (shop.vendors.oppo?.feedbackEverySeconds ?? 0) * 1000;
  expect((found?.data.receivedAt ?? 0) - (found?.data.observedAt ?? 0)).toBe(everyMs);
  expect(JSON.stringify(found)).not.toContain(gone.token);
});

it.each(['xiaomi', 'oppo'] as const)(
  'what %s calls back is a fact in the partition of its message',
  async (vendor) => {
    const phone = await vendors.phone(shop, vendor);
    town.owners.set(phone.token, { deviceId: `phone-of-${vendor}`, user: 'ana' });
    const job = town.job(shop, vendor, [phone.token]);
    await town.publish(shop, job);
    const mine = (all: readonly Found[]) => all.filter(({ data }) => data.messageId === job.messageId);
    await waitUntil('it is told', async () => mine(await receipts()).length > 0);
    const [found] = mine(await receipts());
    expect(found).toMatchObject({
      lastWord: 'receipted',
      partition: partitionOf(job.messageId),
      data: { vendor, deviceId: `phone-of-${vendor}`, user: 'ana', status: 'delivered', source: 'callback' },
    });
  },
);
