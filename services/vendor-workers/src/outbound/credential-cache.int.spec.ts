import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demoKeyMark } from '@reveille/chassis/env';
import { appSettingsSchema } from '@reveille/contracts/app/events';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialState } from '../ports.js';
import { registry } from '../registry.js';
import type { Credential, CredentialRecipe, Sender, VendorAnswer } from '../vendor.js';
import { CredentialCache } from './credential-cache.js';
import { openCredentialSource } from './credential-source.js';

const folder = mkdtempSync(join(tmpdir(), 'reveille-cache-'));
afterAll(() => rmSync(folder, { recursive: true }));
const keyFile = join(folder, 'key.p8');
const accountFile = join(folder, 'account.json');

const app = appSettingsSchema.parse({
  app: 'shop',
  vendors: {
    apns: { credential: `file:${keyFile}`, teamId: 'TEAM123456', keyId: 'KEY1234567', bundleId: 'com.shop' },
    fcm: { credential: `file:${accountFile}`, projectId: 'p' },
  },
});
function recipeOf(vendor: 'apns' | 'fcm'): CredentialRecipe {
  const channel = registry[vendor].channelOf(app);
  if (channel === null) throw new Error('no channel');
  return channel.credential;
}
const pem = (type: 'ec' | 'rsa') =>
  (type === 'ec'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
    : generateKeyPairSync('rsa', { modulusLength: 2048 })
  ).privateKey
    .export({ type: 'pkcs8', format: 'pem' })
    .toString();

let now = 0;
let asked = 0;
let answers: VendorAnswer[] = [];
let cache: CredentialCache;
let touched = 1_000;
const json = (status: number, body: object): VendorAnswer => ({
  kind: 'answered',
  status,
  headers: {},
  body: Buffer.from(JSON.stringify(body)),
});
const grant = (token: string, seconds = 3_600) => json(200, { access_token: token, expires_in: seconds });
const sender: Sender = {
  send: async () => {
    asked += 1;
    return answers.shift() ?? grant(`token-${asked}`);
  },
  close: async () => undefined,
};
function write(file: string, text: string): void {
  writeFileSync(file, text);
  // Times of files are coarse on some systems: each writing gets its own.
  touched += 10;
  utimesSync(file, touched, touched);
}
const ready = (state: CredentialState): Credential => {
  if (state.kind !== 'ready') throw new Error(`${state.kind}: ${state.cause}`);
  return state.credential;
};

beforeEach(() => {
  now = 1_760_000_000_000;
  asked = 0;
  answers = [];
  cache = new CredentialCache({
    clock: { now: () => now },
    source: openCredentialSource({ isDemo: false, sealed: null }),
    tokens: null,
  });
  write(keyFile, pem('ec'));
  write(accountFile, JSON.stringify({ client_email: 'a@p', private_key: pem('rsa') }));
});

describe('CredentialCache', () => {
  it('signs one JWT for everybody who uses the key, and another after 50 minutes', async () => {
    const first = ready(await cache.current(recipeOf('apns'), sender));
    expect(ready(await cache.current(recipeOf('apns'), sender))).toBe(first);
    now += 50 * 60_000 - 1;
    expect(ready(await cache.current(recipeOf('apns'), sender))).toBe(first);
    now += 1;
    const second = ready(await cache.current(recipeOf('apns'), sender));
    expect(second.authorization).not.toBe(first.authorization);
    // In its time: connections stay.
    expect(second.generation).toBe(first.generation);
  });

  it('asks once for all who wait for a token, and again before it ends', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 50 }, async () => cache.current(recipeOf('fcm'), sender)),
    );
    expect(new Set(tokens.map((state) => ready(state).authorization))).toEqual(new Set(['Bearer token-1']));
    now += 3_300_000;
    expect(ready(await cache.current(recipeOf('fcm'), sender)).authorization).toBe('Bearer token-2');
    expect(asked).toBe(2);
  });

  it('replaces an expired credential once for all who say so, with connections anew, and not again too soon', async () => {
    const old = ready(await cache.current(recipeOf('apns'), sender));
    const renewed = await Promise.all([1, 2, 3].map(() => cache.renewed(recipeOf('apns'), sender, old)));
    const fresh = renewed.map(ready);
    expect(new Set(fresh.map(({ authorization }) => authorization)).size).toBe(1);
    expect(fresh[0]?.authorization).not.toBe(old.authorization);
    expect(fresh[0]?.generation).toBe(old.generation + 1);
    now += 20 * 60_000 - 1;
    expect(await cache.renewed(recipeOf('apns'), sender, fresh[0] as Credential)).toMatchObject({
      kind: 'refused',
      cause: expect.stringContaining('clock'),
    });
    now += 1;
    expect((await cache.renewed(recipeOf('apns'), sender, fresh[0] as Credential)).kind).toBe('ready');
  });

  it('reads a file that changed, within a second and without a restart', async () => {
    const old = ready(await cache.current(recipeOf('apns'), sender));
    write(keyFile, pem('ec'));
    now += 999;
    expect(ready(await cache.current(recipeOf('apns'), sender))).toBe(old);
    now += 1;
    const both = await Promise.all([
      cache.current(recipeOf('apns'), sender),
      cache.current(recipeOf('apns'), sender),
    ]);
    for (const state of both) expect(ready(state)).toMatchObject({ generation: old.generation + 1 });
    expect(ready(both[0]).authorization).not.toBe(old.authorization);
  });

  it('refuses a file that is missing or wrong, quoting nothing, and takes it when it is mended', async () => {
    write(keyFile, 'needle');
    const refused = await cache.current(recipeOf('apns'), sender);
    expect(refused.kind).toBe('refused');
    expect(JSON.stringify(refused)).not.toContain('needle');
    rmSync(keyFile);
    now += 1_000;
    expect(await cache.current(recipeOf('apns'), sender)).toMatchObject({
      kind: 'refused',
      cause: expect.stringContaining('ENOENT'),
    });
    write(keyFile, pem('ec'));
    now += 1_000;
    expect((await cache.current(recipeOf('apns'), sender)).kind).toBe('ready');
  });

  it('refuses a demo key outside demo mode', async () => {
    write(keyFile, `${demoKeyMark}\n${pem('ec')}`);
    write(
      accountFile,
      JSON.stringify({ comment: demoKeyMark, client_email: 'a@p', private_key: pem('rsa') }),
    );
    for (const vendor of ['apns', 'fcm'] as const) {
      expect(await cache.current(recipeOf(vendor), sender)).toMatchObject({
        kind: 'refused',
        cause: expect.stringContaining('demo key'),
      });
    }
    const demo = new CredentialCache({
      clock: { now: () => now },
      source: openCredentialSource({ isDemo: true, sealed: null }),
      tokens: null,
    });
    for (const vendor of ['apns', 'fcm'] as const)
      expect((await demo.current(recipeOf(vendor), sender)).kind).toBe('ready');
  });

  it('tells a refusal of the token endpoint from one that passes, and does not press it', async () => {
    answers = [json(400, { error: 'invalid_grant' }), json(503, {})];
    expect(await cache.current(recipeOf('fcm'), sender)).toEqual({
      kind: 'refused',
      cause: 'token endpoint: invalid_grant',
    });
    expect(await cache.current(recipeOf('fcm'), sender)).toMatchObject({ kind: 'unavailable' });
    expect(await cache.current(recipeOf('fcm'), sender)).toMatchObject({ kind: 'unavailable' });
    expect(asked).toBe(2);
    now += 1_000;
    expect((await cache.current(recipeOf('fcm'), sender)).kind).toBe('ready');
  });
});
