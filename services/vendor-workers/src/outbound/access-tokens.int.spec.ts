import { randomBytes } from 'node:crypto';
import { type Bucket, openBucket } from '@reveille/bus/bucket';
import type { Bus } from '@reveille/bus/connect';
import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import { createSealing } from '@reveille/chassis/sealing';
import { accessTokenRecordSchema } from '@reveille/contracts/push/credential-records';
import { buckets } from '@reveille/contracts/streams';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { CredentialAnswer } from '../vendor.js';
import { AccessTokens } from './access-tokens.js';

let town: TownServer;
let buses: Bus[] = [];
let bucket: Bucket;
const sealing = createSealing(`k1:${randomBytes(32).toString('base64')}\n`);
beforeAll(async () => {
  town = await startTownServer({ apps: [{ app: 'shop' }] });
  buses = await Promise.all([town.connectAs('vendor-workers'), town.connectAs('vendor-workers')]);
  bucket = openBucket(buses[0] as Bus, buckets.accessTokens.name);
});
afterAll(async () => {
  await Promise.all(buses.map((bus) => bus.drain()));
  await town.stop();
});

let now = 0;
let asked = 0;
let tests = 0;
let key = '';
beforeEach(() => {
  now = 1_760_000_000_000;
  asked = 0;
  key = `key-${(tests += 1)}`;
});

/** As many workers as wanted, on two connections. */
const workers = (count: number, pause: () => Promise<void> = async () => undefined): AccessTokens[] =>
  Array.from(
    { length: count },
    (_, index) =>
      new AccessTokens({
        bucket: openBucket(buses[index % buses.length] as Bus, buckets.accessTokens.name),
        sealing,
        clock: { now: () => now },
        pause,
        instance: `worker-${index}`,
      }),
  );
const grant = (token: string): CredentialAnswer => ({
  kind: 'granted',
  credential: { authorization: token, renewAt: now + 3_600_000 },
});
const vendor = async (): Promise<CredentialAnswer> => {
  asked += 1;
  return grant(`Bearer ${asked}`);
};
const tokenOf = (answer: CredentialAnswer) =>
  answer.kind === 'granted' ? answer.credential.authorization : answer.kind;

it('asks the vendor once for all workers, and keeps the token sealed', async () => {
  const answers = await Promise.all(workers(8).map((worker) => worker.obtain(key, null, vendor)));
  expect(new Set(answers.map(tokenOf))).toEqual(new Set(['Bearer 1']));
  expect(asked).toBe(1);
  const [late] = workers(1);
  expect(tokenOf((await late?.obtain(key, null, vendor)) ?? grant(''))).toBe('Bearer 1');
  const entry = await bucket.get(key);
  const text = Buffer.from(entry?.value ?? []).toString();
  expect(text).not.toContain('Bearer');
  expect(accessTokenRecordSchema.parse(JSON.parse(text)).leasedUntil).toBeNull();
});

it('while one asks for the next token, the others go on with the one that is good', async () => {
  const [one, two] = workers(2) as [AccessTokens, AccessTokens];
  await one.obtain(key, null, vendor);
  now += 3_600_000;
  let answer: (answer: CredentialAnswer) => void = () => undefined;
  let hasAsked: () => void = () => undefined;
  const isAsking = new Promise<void>((resolve) => {
    hasAsked = resolve;
  });
  const slow = one.obtain(key, null, () => {
    hasAsked();
    return new Promise((resolve) => {
      answer = resolve;
    });
  });
  await isAsking;
  expect(await two.obtain(key, null, vendor)).toEqual({
    kind: 'granted',
    credential: { authorization: 'Bearer 1', renewAt: now + 1_000 },
  });
  answer(grant('Bearer next'));
  expect(tokenOf(await slow)).toBe('Bearer next');
  expect(tokenOf(await two.obtain(key, null, vendor))).toBe('Bearer next');
  expect(asked).toBe(1);
});

it('while the token endpoint is out, the token that was to be replaced early is used', async () => {
  const [one] = workers(1) as [AccessTokens];
  await one.obtain(key, null, vendor);
  now += 3_600_000;
  const out = async (): Promise<CredentialAnswer> => ({
    kind: 'unavailable',
    cause: 'http-503',
    retryAfterMs: 7_000,
  });
  expect(await one.obtain(key, null, out)).toEqual({
    kind: 'granted',
    credential: { authorization: 'Bearer 1', renewAt: now + 7_000 },
  });
  // Once the vendor calls it expired there is nothing left to go on with.
  expect(tokenOf(await one.obtain(key, 'Bearer 1', out))).toBe('unavailable');
});

it('a token that the vendor calls expired is replaced once, whoever hears it', async () => {
  const [one, two, three] = workers(3) as [AccessTokens, AccessTokens, AccessTokens];
  await one.obtain(key, null, vendor);
  const renewed = await Promise.all(
    [one, two, three].map((worker) => worker.obtain(key, 'Bearer 1', vendor)),
  );
  expect(new Set(renewed.map(tokenOf))).toEqual(new Set(['Bearer 2']));
  expect(asked).toBe(2);
});

it('a refusal is told to who asked and leaves the way free; a fault too', async () => {
  const [one, two] = workers(2) as [AccessTokens, AccessTokens];
  expect(await one.obtain(key, null, async () => ({ kind: 'refused', cause: 'no' }))).toEqual({
    kind: 'refused',
    cause: 'no',
  });
  await expect(one.obtain(key, null, () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  expect(tokenOf(await two.obtain(key, null, vendor))).toBe('Bearer 1');
});

it('a worker that died while it asked holds the others up until its lease ends', async () => {
  await bucket.put(
    key,
    Buffer.from(JSON.stringify({ token: null, by: 'somebody', leasedUntil: now + 15_000 })),
  );
  const [one] = workers(1, async () => {
    now += 1_000;
  }) as [AccessTokens];
  const before = now;
  expect(tokenOf(await one.obtain(key, null, vendor))).toBe('Bearer 1');
  expect(now - before).toBe(15_000);
});

it('what cannot be read or opened is asked for anew', async () => {
  const [one] = workers(1) as [AccessTokens];
  await bucket.put(key, Buffer.from('nonsense'));
  expect(tokenOf(await one.obtain(key, null, vendor))).toBe('Bearer 1');
  const other = createSealing(`k2:${randomBytes(32).toString('base64')}\n`);
  const stranger = new AccessTokens({
    bucket,
    sealing: other,
    clock: { now: () => now },
    pause: async () => undefined,
    instance: 'stranger',
  });
  expect(tokenOf(await stranger.obtain(key, null, vendor))).toBe('Bearer 2');
});
