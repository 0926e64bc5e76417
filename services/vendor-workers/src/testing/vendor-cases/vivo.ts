import { waitUntil } from '@reveille/bus/testing/wait-until';
import type { PushNotification } from '@reveille/contracts/push/job';
import { expect } from 'vitest';
import { openCallbackDoor } from '../callback-door.js';
import type { CaseBench, VendorCases } from './vendor-cases.js';

export const vivoCases: VendorCases = {
  phones: { vivo: {} },
  namesAccepted: true,
  keptOffline: 'all',
  hasSilent: false,
  badge: null,
  tokenGone: { kind: 'rejected', reason: 'token-unregistered', vendorCode: '10302/2' },
  wrongApp: { kind: 'rejected', reason: 'token-wrong-app', vendorCode: '10302/1' },
  tooLarge: {
    cause: { reason: '10058' },
    outcome: { kind: 'rejected', reason: 'payload-too-large', vendorCode: '10058' },
  },
  credentialExpired: {
    cause: { reason: '10000' },
    outcome: { kind: 'deferred', reason: 'credential-expired', vendorCode: '10000' },
  },
  throttledWithHint: {
    cause: { reason: '10072', retryAfterSeconds: 2 },
    outcome: { kind: 'deferred', reason: 'throttled', retryAfterMs: 2_000 },
  },
  throttled: {
    cause: { reason: '10072' },
    outcome: { kind: 'deferred', reason: 'throttled', vendorCode: '10072', retryAfterMs: null },
  },
  quota: {
    cause: { reason: '10073' },
    outcome: { kind: 'deferred', reason: 'quota-spent', vendorCode: 'system: 10073' },
  },
  unavailable: [{ status: 500 }, { status: 503 }],
  nonsense: { kind: 'nonsense', status: 502, body: '<html>Bad gateway</html>' },
  addressedTo: (endpoint) => ({ endpoint }),
  goaway: null,
  inBatch: {
    tokenGone: { kind: 'rejected', reason: 'token-unregistered', vendorCode: '10302/2' },
    wrongApp: { kind: 'rejected', reason: 'token-wrong-app', vendorCode: '10302/1' },
  },
  receipt: { register, status: 'delivered' },
  more: [
    { name: 'a phone that shows no notifications is muted, and its token lives', run: muted },
    { name: 'the volume of operational messages is spent, and chat goes on', run: operationalVolume },
    { name: 'the same list once more reaches nobody twice', run: listOnce },
    {
      name: 'what was refused is shown by the next attempt, should vivo remember its id',
      run: shownAfterRefusal,
    },
    { name: 'a list whose body is gone is saved anew', run: savedAnew },
    { name: 'receipts of a list, and to an address in the push', run: otherReceipts },
  ],
};

const marketing: Partial<PushNotification> = {
  title: 'The sale',
  resource: { resourcesId: 'sale', revision: 1, class: 'marketing', options: {} },
};
/** In vivo's console, more than an hour ago. */
async function register({ app, town }: CaseBench, url: string): Promise<void> {
  const { appId, receiptId } = app.vendors.vivo ?? {};
  await town.control.put('/vivo/apps', { appId, callbacks: [{ id: receiptId, url, registeredAt: 0 }] });
}

const set = (bench: CaseBench, vivo: object) => bench.town.control.put('/switches', { vivo });

async function muted(bench: CaseBench): Promise<void> {
  const phone = await bench.phone();
  await bench.town.control.put(`/phones/${phone.phoneId}/notifications`, { allowed: false });
  expect((await bench.send(phone.token)).outcome).toMatchObject({
    kind: 'rejected',
    reason: 'recipient-muted',
    vendorCode: '10311',
  });
}

async function operationalVolume(bench: CaseBench): Promise<void> {
  const phone = await bench.phone();
  await set(bench, { operationalPerDay: 1 });
  expect((await bench.send(phone.token, { ...marketing, content: 'offer 1' })).outcome.kind).toBe('accepted');
  expect((await bench.send(phone.token, { ...marketing, content: 'offer 2' })).outcome).toMatchObject({
    kind: 'deferred',
    reason: 'quota-spent',
    vendorCode: 'operational: 10070',
  });
  expect((await bench.send(phone.token)).outcome.kind).toBe('accepted');
  await set(bench, { operationalPerDay: 20_000 });
}

async function listOnce(bench: CaseBench): Promise<void> {
  for (const repeatCode of [0, 10_910]) {
    await set(bench, { repeatCode });
    await listOnceEither(bench);
  }
  await set(bench, { repeatCode: 0 });
}

async function listOnceEither(bench: CaseBench): Promise<void> {
  const phones = await Promise.all([bench.phone(), bench.phone()]);
  const tokens = phones.map(({ token }) => token);
  await bench.fault(phones[0], { kind: 'cut-after' });
  const lost = { kind: 'deferred', reason: 'no-answer' };
  expect(await bench.sendMany(tokens)).toMatchObject([lost, lost]);
  expect(await bench.sendManyAgain(tokens)).toMatchObject([{ kind: 'accepted' }, { kind: 'accepted' }]);
  for (const { phoneId } of phones)
    expect((await bench.town.screen(phoneId)).notifications).toMatchObject([{ shownCount: 1 }]);
}

async function shownAfterRefusal(bench: CaseBench): Promise<void> {
  for (const repeatCode of [0, 10_910]) {
    await set(bench, { remembersRefusedIds: true, repeatCode });
    const [alone, one, two] = await Promise.all([bench.phone(), bench.phone(), bench.phone()]);
    await bench.fault(alone, { reason: '10072' });
    expect((await bench.send(alone.token)).outcome).toMatchObject({ kind: 'deferred', reason: 'throttled' });
    expect((await bench.sendAgain(alone.token)).outcome.kind).toBe('accepted');
    const throttled = { kind: 'deferred', reason: 'throttled' };
    await bench.town.fault({ vendor: 'vivo', reason: '10072', count: 1, after: 1 });
    expect(await bench.sendMany([one.token, two.token])).toMatchObject([throttled, throttled]);
    const again = await bench.sendManyAgain([one.token, two.token]);
    expect(again).toMatchObject([{ kind: 'accepted' }, { kind: 'accepted' }]);
    for (const { phoneId } of [alone, one, two])
      expect((await bench.town.screen(phoneId)).notifications).toMatchObject([{ shownCount: 1 }]);
  }
  await set(bench, { remembersRefusedIds: false, repeatCode: 0 });
}

/** A saved body that vivo has forgotten: every target waits, and the next attempt saves it anew. */
async function savedAnew(bench: CaseBench): Promise<void> {
  const tokens = (await Promise.all([bench.phone(), bench.phone()])).map(({ token }) => token);
  await bench.town.fault({ vendor: 'vivo', reason: '10155', count: 1, after: 1 });
  const gone = { kind: 'deferred', reason: 'vendor-unavailable', vendorCode: '10155' };
  expect(await bench.sendMany(tokens)).toMatchObject([gone, gone]);
  expect(await bench.sendManyAgain(tokens)).toMatchObject([{ kind: 'accepted' }, { kind: 'accepted' }]);
}

async function otherReceipts(bench: CaseBench): Promise<void> {
  const recipe = bench.channel.receipts;
  if (recipe === null) throw new Error('vivo has receipts');
  const door = await openCallbackDoor((callback) => recipe.read(callback, null, Date.now()));
  const told = () =>
    door.readings.flatMap((reading) => (reading.kind === 'receipts' ? reading.receipts : []));
  const delivered = (token: string) =>
    waitUntil('a receipt has come', () =>
      Promise.resolve(told().some((each) => each.token === token && each.status === 'delivered')),
    );
  await register(bench, door.url);
  const phones = await Promise.all([bench.phone(), bench.phone(), bench.phone()]);
  const [first, second, third] = phones;
  await bench.sendMany([first.token, second.token]);
  await delivered(first.token);
  await delivered(second.token);
  bench.callBack(door.url);
  await bench.send(third.token, {}, bench.channelWith({ receiptId: null }));
  await delivered(third.token);
  await door.close();
}
