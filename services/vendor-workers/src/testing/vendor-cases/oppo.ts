import { waitUntil } from '@reveille/bus/testing/wait-until';
import { expect } from 'vitest';
import type { PushNotification } from '@reveille/contracts/push/job';
import { openCallbackDoor } from '../callback-door.js';
import type { CaseBench, VendorCases } from './vendor-cases.js';

export const oppoCases: VendorCases = {
  phones: { oppo: {} },
  namesAccepted: true,
  keptOffline: 'all',
  hasSilent: false,
  badge: {},
  // OPPO takes it, and says later that the id is dead.
  tokenGone: { kind: 'accepted' },
  wrongApp: { kind: 'accepted' },
  tooLarge: {
    cause: { reason: '41' },
    outcome: { kind: 'rejected', reason: 'payload-invalid', vendorCode: '41' },
  },
  credentialExpired: {
    cause: { reason: '11' },
    outcome: { kind: 'deferred', reason: 'credential-expired', vendorCode: '11' },
  },
  throttledWithHint: {
    cause: { reason: '13', retryAfterSeconds: 2 },
    outcome: { kind: 'deferred', reason: 'throttled', retryAfterMs: 2_000 },
  },
  throttled: {
    cause: { reason: '55' },
    outcome: { kind: 'deferred', reason: 'throttled', vendorCode: '55', retryAfterMs: null },
  },
  quota: {
    cause: { reason: '33' },
    outcome: { kind: 'deferred', reason: 'quota-spent', vendorCode: 'marketing: 33' },
  },
  unavailable: [{ reason: '-1' }, { status: 503 }],
  nonsense: { kind: 'nonsense', status: 502, body: '<html>Bad gateway</html>' },
  addressedTo: (endpoint) => ({ endpoint }),
  goaway: null,
  inBatch: { tokenGone: { kind: 'accepted' }, wrongApp: { kind: 'accepted' } },
  receipt: { status: 'delivered' },
  more: [
    { name: 'a dead id is taken, and told of in a receipt and in the list', run: deadLater },
    { name: 'a batch with an error for one target', run: oneRefused },
    { name: 'the third marketing push of a day is taken and not delivered; chat is', run: deviceCap },
    {
      name: 'what was refused is shown by the next attempt, should OPPO remember its id',
      run: shownAfterRefusal,
    },
    { name: 'the same message to the same target is delivered once', run: deliveredOnce },
  ],
};

const marketing: Partial<PushNotification> = {
  resource: { resourcesId: 'sale', revision: 1, class: 'marketing', options: {} },
};

async function deadLater(bench: CaseBench): Promise<void> {
  const recipe = bench.channel.receipts;
  const { feedback } = bench.channel;
  if (recipe === null || feedback === null) throw new Error('OPPO has both');
  const door = await openCallbackDoor((callback) => recipe.read(callback, null, Date.now()));
  bench.callBack(door.url);
  const gone = await bench.phone();
  await bench.town.uninstall(gone);
  expect((await bench.send(gone.token)).outcome.kind).toBe('accepted');
  const receipts = () =>
    door.readings.flatMap((reading) => (reading.kind === 'receipts' ? reading.receipts : []));
  await waitUntil('OPPO says that it is dead', () => Promise.resolve(receipts().length > 0));
  await door.close();
  expect(receipts()).toMatchObject([{ token: gone.token, status: 'token-unregistered' }]);
  const asked = feedback.request(await bench.credential(), Date.now());
  const listed = feedback.read(await bench.ask(asked));
  expect(listed).toContain(gone.token);
}

async function oneRefused(bench: CaseBench): Promise<void> {
  const phones = await Promise.all([bench.phone(), bench.phone(), bench.phone()]);
  await bench.fault(phones[1], { reason: '10000' });
  const outcomes = await bench.sendMany(phones.map(({ token }) => token));
  expect(outcomes).toMatchObject([
    { kind: 'accepted' },
    { kind: 'rejected', reason: 'token-malformed', vendorCode: '10000' },
    { kind: 'accepted' },
  ]);
}

async function deviceCap(bench: CaseBench): Promise<void> {
  const phone = await bench.phone();
  for (const content of ['1', '2', '3'])
    expect((await bench.send(phone.token, { ...marketing, content })).outcome.kind).toBe('accepted');
  await bench.send(phone.token, { content: 'chat' });
  const { notifications } = await bench.town.screen(phone.phoneId);
  expect(notifications.map(({ body }) => body)).toEqual(['1', '2', 'chat']);
}

async function deliveredOnce(bench: CaseBench): Promise<void> {
  const phone = await bench.phone();
  await bench.fault(phone, { kind: 'cut-after' });
  const sent = await bench.send(phone.token);
  expect(sent.outcome).toMatchObject({ kind: 'deferred', reason: 'no-answer' });
  expect((await bench.sendAgain(phone.token)).outcome.kind).toBe('accepted');
  const { notifications } = await bench.town.screen(phone.phoneId);
  expect(notifications).toMatchObject([{ shownCount: 1 }]);
}

async function shownAfterRefusal(bench: CaseBench): Promise<void> {
  const set = (remembersRefusedIds: boolean) =>
    bench.town.control.put('/switches', { oppo: { remembersRefusedIds } });
  await set(true);
  const throttled = { kind: 'deferred', reason: 'throttled' };
  const [alone, one, two] = await Promise.all([bench.phone(), bench.phone(), bench.phone()]);
  await bench.fault(alone, { reason: '55' });
  expect((await bench.send(alone.token)).outcome).toMatchObject(throttled);
  expect((await bench.sendAgain(alone.token)).outcome.kind).toBe('accepted');
  await bench.fault(two, { reason: '55' });
  expect(await bench.sendMany([one.token, two.token])).toMatchObject([{ kind: 'accepted' }, throttled]);
  expect((await bench.sendManyAgain([two.token]))[0]).toMatchObject({ kind: 'accepted' });
  for (const { phoneId } of [alone, one, two])
    expect((await bench.town.screen(phoneId)).notifications).toMatchObject([{ shownCount: 1 }]);
  await set(false);
}
