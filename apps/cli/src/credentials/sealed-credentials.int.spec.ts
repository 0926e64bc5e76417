import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '@reveille/bus/connect';
import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import { createSealing } from '@reveille/chassis/sealing';
import { appDocumentSchema } from '@reveille/contracts/app/events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCredential, SealedCredentials, sealingOf, withSealedCredentials } from './sealed-credentials.js';

const folder = mkdtempSync(join(tmpdir(), 'reveille-sealed-'));
const file = join(folder, 'key.json');
const key = (name: string) => `${name}:${randomBytes(32).toString('base64')}`;
const [old, next] = [key('k1'), key('k2')];
let town: TownServer;
let bus: Bus;
beforeAll(async () => {
  writeFileSync(file, '{"needle":1}');
  town = await startTownServer({ apps: [{ app: 'demo' }] });
  bus = await town.connectAs('operator');
});
afterAll(async () => {
  await bus.drain();
  await town.stop();
  rmSync(folder, { recursive: true });
});

it('names files by what they hold, once for all who name the same', () => {
  const settings = { credential: `file:${file}`, projectId: 'p' };
  const [one, two] = ['a', 'b'].map((app) => appDocumentSchema.parse({ app, vendors: { fcm: settings } }));
  const { documents, credentials } = withSealedCredentials(
    [one, two].filter((document) => document !== undefined),
  );
  const { reference } = readCredential(file);
  expect(reference).toMatch(/^sealed:[A-Za-z0-9_-]{43}$/);
  expect(documents.map(({ vendors }) => vendors.fcm?.credential)).toEqual([reference, reference]);
  expect(credentials).toEqual([{ reference, text: '{"needle":1}' }]);
  expect(withSealedCredentials(documents).credentials).toEqual([]);
});

it('keeps a credential once, sealed, and seals it anew when the key was rotated', async () => {
  const credential = readCredential(file);
  const before = new SealedCredentials(bus, createSealing(old));
  expect([await before.put(credential, 'ana'), await before.put(credential, 'eve')]).toEqual([true, false]);
  const stored = await bus.getLastMessage('KV_CREDENTIALS', '$KV.CREDENTIALS.>');
  expect(Buffer.from(stored?.data ?? []).toString()).not.toContain('needle');
  const after = new SealedCredentials(bus, createSealing(`${next}\n${old}`));
  expect([await after.reseal(), await after.reseal()]).toEqual([1, 0]);
  expect(await after.list()).toMatchObject([
    { reference: credential.reference, sealingKey: 'k2', by: 'ana' },
  ]);
  await after.remove(credential.reference);
  expect(await after.list()).toEqual([]);
  await expect(after.remove(credential.reference)).rejects.toThrow('is not kept');
});

it('says which file is missing', () => {
  expect(() => readCredential(join(folder, 'none'))).toThrow(
    `there is no credential in ${join(folder, 'none')}`,
  );
  expect(() => sealingOf({ data: folder })).toThrow('name them with --sealing-keys-file');
});
