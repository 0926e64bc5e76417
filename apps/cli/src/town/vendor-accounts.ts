import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoKeyMark } from '@reveille/chassis/env';
import { createReceiptKeys } from '@reveille/chassis/receipt-keys';
import { appIdSchema } from '@reveille/contracts/ids';
import { vendorNameSchema } from '@reveille/contracts/push/vendor';
import { bundleOf, type SandboxAccount, type SandboxClient } from './sandbox-client.js';
import type { TownKeys } from './town-keys.js';

/** The account of one app at one vendor: its settings in the app's document, its credential in a file. */
export interface VendorAccount {
  readonly app: string;
  readonly vendor: string;
  readonly credentialFile: string;
  /** What belongs under `vendors.<vendor>`, without credential and CA. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Those of the settings that say where the vendor is. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Made just now: what an older document says about the vendor is out of date. */
  readonly isNew: boolean;
}

const credentialMode = 0o600;

/**
 * The accounts of the apps at every simulated vendor, made in one call if they are not there. Their credentials are files; one that
 * is there already stays, unless its account is new. Receipts go to the workers at `workersUrl`.
 */
export async function openVendorAccounts(
  sandbox: SandboxClient,
  { credentials, receiptKeyFile }: Pick<TownKeys, 'credentials' | 'receiptKeyFile'>,
  workersUrl: string,
  apps: readonly string[],
): Promise<VendorAccount[]> {
  const accounts = await sandbox.accounts(apps.map((app) => ({ app, bundle: bundleOf(app) })));
  const keys = createReceiptKeys(readFileSync(receiptKeyFile, 'utf8'));
  const pathOf = (app: string, vendor: string): string =>
    keys.pathOf(appIdSchema.parse(app), vendorNameSchema.parse(vendor));
  await sandbox.callBack(
    accounts.map(({ app, vendor }) => ({ app, vendor, url: workersUrl + pathOf(app, vendor) })),
  );
  return accounts.map((account) => ({ ...account, credentialFile: writeCredential(credentials, account) }));
}

function writeCredential(folder: string, { app, vendor, credential, isNew }: SandboxAccount): string {
  const path = join(folder, `${app}.${vendor}.${formOf(credential)}`);
  if (isNew || !existsSync(path)) writeFileSync(path, marked(credential), { mode: credentialMode });
  return path;
}

function formOf(credential: string): 'json' | 'pem' | 'key' {
  if (credential.trimStart().startsWith('{')) return 'json';
  return credential.startsWith('-----BEGIN') ? 'pem' : 'key';
}

/** With the mark of a demo key: as a field of a JSON document, as a line above anything else. */
function marked(credential: string): string {
  if (formOf(credential) !== 'json') return `${demoKeyMark}\n${credential.trim()}\n`;
  const fields = JSON.parse(credential) as Record<string, unknown>;
  return `${JSON.stringify({ _comment: demoKeyMark, ...fields }, null, 2)}\n`;
}
