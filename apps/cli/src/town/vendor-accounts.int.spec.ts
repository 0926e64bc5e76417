import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAppsFile } from '@reveille/chassis/apps-file';
import { demoKeyMark } from '@reveille/chassis/env';
import { afterEach, expect, it } from 'vitest';
import { appsFileIn, makeAppsFile } from './apps-file.js';
import { SandboxClient, type SandboxAccount } from './sandbox-client.js';
import { makeAppKeys, makeTownKeys } from './town-keys.js';
import { openVendorAccounts } from './vendor-accounts.js';

const data = mkdtempSync(join(tmpdir(), 'reveille-accounts-'));
afterEach(() => rmSync(data, { recursive: true, force: true }));

/** A sandbox that answers as it is told. */
class StandIn extends SandboxClient {
  readonly callbacks: string[] = [];
  constructor(private readonly answer: readonly SandboxAccount[]) {
    super('http://127.0.0.1:1');
  }
  override async accounts(): Promise<SandboxAccount[]> {
    return [...this.answer];
  }
  override async callBack(callbacks: readonly { url: string }[]): Promise<void> {
    this.callbacks.push(...callbacks.map(({ url }) => url));
  }
}
const account = (port: number, changes: Partial<SandboxAccount> = {}): SandboxAccount => {
  const addresses = {
    endpoint: `https://127.0.0.1:${port}`,
    tokenEndpoint: `https://127.0.0.1:${port}/token`,
  };
  const settings = { projectId: 'p1', ...addresses };
  return { app: 'demo', vendor: 'fcm', settings, addresses, credential: '{"a":1}', isNew: true, ...changes };
};

it('writes a document with the accounts, follows the sandbox to other ports, and leaves the rest as it is', async () => {
  mkdirSync(data, { recursive: true });
  const town = makeTownKeys(data);
  const plans = [{ keys: makeAppKeys(town, 'demo', false), isPlatform: false }];
  const make = async (answer: SandboxAccount) => {
    const sandbox = new StandIn([answer]);
    makeAppsFile(data, plans, await openVendorAccounts(sandbox, town, 'http://workers', ['demo']), {});
    return sandbox.callbacks;
  };
  const vendorOf = () => readAppsFile(appsFileIn(data))[0]?.vendors.fcm;

  expect(await make(account(1))).toEqual([
    expect.stringMatching(/^http:\/\/workers\/receipts\/demo\/fcm\/.{32}$/),
  ]);
  expect(vendorOf()).toMatchObject({ projectId: 'p1', endpoint: 'https://127.0.0.1:1' });
  const file = join(town.credentials, 'demo.fcm.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ _comment: demoKeyMark, a: 1 });

  writeFileSync(
    appsFileIn(data),
    readFileSync(appsFileIn(data), 'utf8').replace('projectId: p1', 'projectId: p-by-hand'),
  );
  writeFileSync(file, '{"by":"hand"}');
  await make(account(2, { isNew: false }));
  expect(vendorOf()).toMatchObject({
    projectId: 'p-by-hand',
    endpoint: 'https://127.0.0.1:2',
    tokenEndpoint: 'https://127.0.0.1:2/token',
  });
  expect(readFileSync(file, 'utf8')).toBe('{"by":"hand"}');

  // The sandbox has lost its accounts: what it made anew is the only thing that it takes.
  await make(account(2));
  expect(vendorOf()).toMatchObject({ projectId: 'p1' });
  expect(readFileSync(file, 'utf8')).toContain('"a": 1');

  // Whatever points elsewhere is none of its business.
  const elsewhere = readFileSync(appsFileIn(data), 'utf8').replace(/caFile: .*/, 'caFile: null');
  writeFileSync(appsFileIn(data), elsewhere);
  await make(account(3));
  expect(readFileSync(appsFileIn(data), 'utf8')).toBe(elsewhere);
});
