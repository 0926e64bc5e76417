import { waitUntil } from '@reveille/bus/testing/wait-until';
import type { AppSettings } from '@reveille/contracts/app/events';
import { lineRecordKeys } from '@reveille/contracts/push/line-records';
import { buckets } from '@reveille/contracts/streams';
import { webpushSubscriptionSchema } from '@reveille/contracts/vendors/webpush';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openVendorTown, type VendorTown } from './testing/vendor-town.js';
import { openWorkerTown, type WorkerTown } from './testing/worker-town.js';

let vendors: VendorTown;
let town: WorkerTown;
let app: AppSettings;
/** Nobody listens there. */
const nowhere = 'https://127.0.0.1:9';

beforeAll(async () => {
  [vendors, town] = await Promise.all([openVendorTown(), openWorkerTown(['web'])]);
  const settings = await vendors.appCalled('web');
  const { webpush } = settings.vendors;
  if (webpush === undefined) throw new Error('the app has web pushes');
  const services = [...webpush.services, nowhere];
  app = { ...settings, vendors: { ...settings.vendors, webpush: { ...webpush, services } } };
  await town.configure(app);
  await town.startWorker({ vendors: ['webpush'] });
});
afterAll(async () => {
  await town.stop();
  await vendors.close();
});

it('a push service that is out holds up its own pushes; those to others go on, and the line is never paused', async () => {
  const [first, second, lost] = await Promise.all([1, 2, 3].map(() => vendors.phone(app, 'webpush')));
  if (first === undefined || second === undefined || lost === undefined) throw new Error('three phones');
  const shown = async (token: string) => (await vendors.ledger(token)).some(({ effect }) => effect !== null);
  await town.publish(app, town.job(app, 'webpush', [first.token]));
  await waitUntil('the first is shown', () => shown(first.token));

  const subscription = webpushSubscriptionSchema.parse(JSON.parse(lost.token));
  const jobs = Array.from({ length: 60 }, (_, index) =>
    town.job(app, 'webpush', [JSON.stringify({ ...subscription, endpoint: `${nowhere}/s/${index}` })]),
  );
  await Promise.all(jobs.map((job) => town.publish(app, job)));
  const codes = async () =>
    (await town.events()).flatMap((event) =>
      event.type === 'attempted'
        ? event.data.outcomes.map(({ outcome }) => (outcome.kind === 'deferred' ? outcome.vendorCode : ''))
        : [],
    );
  await waitUntil('some are held back', async () => (await codes()).includes('service out'));
  await town.publish(app, town.job(app, 'webpush', [second.token]));
  await waitUntil('the second is shown', () => shown(second.token));
  expect(await codes()).toContain('unreachable');
  const { name } = buckets.pushLines;
  const key = `$KV.${name}.${lineRecordKeys.shut('web', 'webpush')}`;
  expect(await town.operator.getLastMessage(`KV_${name}`, key)).toBeNull();
});
