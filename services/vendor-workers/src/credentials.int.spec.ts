import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { openBucket } from '@reveille/bus/bucket';
import { waitUntil } from '@reveille/bus/testing/wait-until';
import type { AppSettings } from '@reveille/contracts/app/events';
import { sealedForWorkers } from '@reveille/contracts/push/credential-records';
import { buckets } from '@reveille/contracts/streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openVendorTown, type VendorTown } from './testing/vendor-town.js';
import { openWorkerTown, type WorkerTown } from './testing/worker-town.js';

let vendors: VendorTown;
let town: WorkerTown;
let shop: AppSettings;
let cafe: AppSettings;

beforeAll(async () => {
  [vendors, town] = await Promise.all([openVendorTown(), openWorkerTown(['shop', 'cafe'])]);
  shop = await vendors.appCalled('shop');
  cafe = await vendors.appCalled('cafe');
  await town.configure(shop);
  await town.startWorker({ instance: 'one' });
  await town.startWorker({ instance: 'two' });
});
afterAll(async () => {
  await town.stop();
  await vendors.close();
});

/** Requests to Google's token endpoint. */
const tokenRequests = async () => (await vendors.ledger()).filter(({ vendor }) => vendor === 'oauth').length;
const outcomesOf = async (jobIds: ReadonlySet<string>) =>
  (await town.events()).flatMap((event) =>
    event.type === 'attempted' && jobIds.has(event.data.jobId)
      ? event.data.outcomes.map(({ outcome }) => outcome.kind)
      : [],
  );
const push = async (app: AppSettings, tokens: readonly string[]): Promise<Set<string>> => {
  const jobs = tokens.map((token) => town.job(app, 'fcm', [token]));
  await Promise.all(jobs.map((job) => town.publish(app, job)));
  return new Set(jobs.map(({ jobId }) => jobId));
};
const pathOf = ({ vendors: { fcm } }: AppSettings): string => (fcm?.credential ?? '').replace('file:', '');

interface Account {
  readonly client_email: string;
  readonly project_id: string;
  readonly private_key_id: string;
  readonly private_key: string;
}
/** A second key of the app's account, known to Google beside the first one. */
async function secondKey(app: AppSettings, keyId: string): Promise<string> {
  const account = JSON.parse(readFileSync(pathOf(app), 'utf8')) as Account;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await vendors.control.put('/projects', {
    projectId: app.vendors.fcm?.projectId,
    serviceAccounts: [
      {
        clientEmail: account.client_email,
        privateKeyId: keyId,
        publicKey: publicKey.export({ type: 'spki', format: 'pem' }),
      },
    ],
  });
  return JSON.stringify({
    ...account,
    private_key_id: keyId,
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  });
}
/** As `reveille credentials put` keeps it. */
async function seal(text: string): Promise<string> {
  const digest = createHash('sha256').update(text).digest('base64url');
  const sealed = town.sealing.seal(text, sealedForWorkers.credential(digest));
  await openBucket(town.operator, buckets.credentials.name).put(
    digest,
    Buffer.from(JSON.stringify({ sealed, by: 'ana' })),
  );
  return `sealed:${digest}`;
}

it('two workers have one access token, asked for once', async () => {
  const phones = await vendors.phones(shop, 'fcm', 40);
  const jobs = await push(
    shop,
    phones.map(({ token }) => token),
  );
  await town.untilQuiet();
  expect(await outcomesOf(jobs)).toEqual(phones.map(() => 'accepted'));
  expect(await tokenRequests()).toBe(1);
});

it('a file that is replaced while pushes flow is taken over, and no push is refused', async () => {
  const phones = await vendors.phones(shop, 'fcm', 30);
  const before = await tokenRequests();
  const fresh = await secondKey(shop, 'second');
  const jobs = new Set<string>();
  const flow = async () => {
    for (const id of await push(
      shop,
      phones.map(({ token }) => token),
    ))
      jobs.add(id);
  };
  await flow();
  writeFileSync(`${pathOf(shop)}.new`, fresh);
  renameSync(`${pathOf(shop)}.new`, pathOf(shop));
  await waitUntil('the new key is used', async () => {
    await flow();
    return (await tokenRequests()) > before;
  });
  await flow();
  await town.untilQuiet();
  expect(new Set(await outcomesOf(jobs))).toEqual(new Set(['accepted']));
  expect(await tokenRequests()).toBe(before + 1);
});

it('a credential that lies sealed needs no file, and is rotated by naming the next one', async () => {
  const text = readFileSync(pathOf(cafe), 'utf8');
  const { fcm } = cafe.vendors;
  if (fcm === undefined) throw new Error('the app has no FCM');
  const sealedAs = (credential: string): AppSettings => ({
    ...cafe,
    vendors: { fcm: { ...fcm, credential } },
  });
  const phones = await vendors.phones(cafe, 'fcm', 10);
  const tokens = phones.map(({ token }) => token);
  const first = sealedAs(await seal(text));
  await town.configure(first);
  const jobs = await push(first, tokens);
  await waitUntil('they arrive', async () => (await outcomesOf(jobs)).length === 10);
  const before = await tokenRequests();
  await town.configure(sealedAs(await seal(await secondKey(cafe, 'next'))));
  await waitUntil('the next one is used', async () => {
    for (const id of await push(first, tokens)) jobs.add(id);
    return (await tokenRequests()) > before;
  });
  await town.untilQuiet();
  expect(new Set(await outcomesOf(jobs))).toEqual(new Set(['accepted']));
});

it('a sealed credential that is not there halts its app alone, in words that say so', async () => {
  const missing = `sealed:${'A'.repeat(43)}`;
  const { fcm } = cafe.vendors;
  if (fcm === undefined) throw new Error('the app has no FCM');
  const [phone] = await vendors.phones(cafe, 'fcm', 1);
  await town.configure({ ...cafe, vendors: { fcm: { ...fcm, credential: missing } } });
  await waitUntil('its consumers are paused', async () => {
    await push(cafe, [phone?.token ?? '']);
    return (await town.operator.jsm.consumers.info('PUSH_JOBS', 'push-fcm-normal-cafe')).paused === true;
  });
  const [other] = await vendors.phones(shop, 'fcm', 1);
  const jobs = await push(shop, [other?.token ?? '']);
  await waitUntil('the other app flows', async () => (await outcomesOf(jobs)).length > 0);
  expect(await outcomesOf(jobs)).toEqual(['accepted']);
});
