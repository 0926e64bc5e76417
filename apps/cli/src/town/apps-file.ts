import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAppsFile } from '@reveille/chassis/apps-file';
import type { AppDocument } from '@reveille/contracts/app/events';
import { parseDocument, stringify } from 'yaml';
import type { AppKeys } from './ready-line.js';
import { publicSideOf } from './town-keys.js';
import type { VendorAccount } from './vendor-accounts.js';

export interface AppPlan {
  readonly keys: AppKeys;
  readonly isPlatform: boolean;
}

const head = `# The apps of this town. "up" wrote this file at its first start; from then on it changes nothing but where the simulated vendors
# are, and the accounts that they had to make anew.
# Every field: packages/contracts/generated/json-schema/app-configured.v1.json
`;

/** Where a town's `apps.yaml` is. */
export const appsFileIn = (data: string): string => join(data, 'apps.yaml');

/** What the configuration of nats-server needs of the apps, from `apps.yaml` or, before there is one, from the plans. */
export function appsOfTown(
  data: string,
  plans: readonly AppPlan[],
): readonly Pick<AppDocument, 'app' | 'platformNkey' | 'live'>[] {
  if (existsSync(appsFileIn(data))) return readAppsFile(appsFileIn(data));
  return plans.map(({ keys, isPlatform }) => ({
    app: keys.id,
    platformNkey: publicSideOf(keys).platformNkey,
    live: isPlatform ? 'platform' : 'gateway',
  }));
}

/** The path of the town's `apps.yaml`, made if it is not there yet, with its accounts at the simulated vendors. */
export function makeAppsFile(
  data: string,
  plans: readonly AppPlan[],
  accounts: readonly VendorAccount[],
  settings: Readonly<Record<string, unknown>>,
): string {
  const path = appsFileIn(data);
  const caFile = join(data, 'sandbox', 'ca.pem');
  if (existsSync(path)) followSandbox(path, caFile, accounts);
  else {
    const apps = plans.map((plan) => appDocument(plan, accounts, caFile, settings));
    writeFileSync(path, head + stringify({ apps }));
  }
  return path;
}

/**
 * The sandbox may listen on other ports than at the last start, or have lost its accounts: what points at it follows, everything else
 * stays as it is.
 */
function followSandbox(path: string, caFile: string, accounts: readonly VendorAccount[]): void {
  const document = parseDocument(readFileSync(path, 'utf8'));
  const apps = (document.toJS() as { apps?: readonly Written[] }).apps ?? [];
  let isMoved = false;
  for (const { app, vendor, settings, addresses, isNew } of accounts) {
    const index = apps.findIndex((candidate) => candidate.app === app);
    const written = apps[index]?.vendors?.[vendor];
    if (written?.['caFile'] !== caFile) continue;
    for (const [field, value] of Object.entries(isNew ? settings : addresses)) {
      if (JSON.stringify(written[field]) === JSON.stringify(value)) continue;
      document.setIn(['apps', index, 'vendors', vendor, field], value);
      isMoved = true;
    }
  }
  if (isMoved) writeFileSync(path, document.toString());
}

interface Written {
  readonly app: string;
  readonly vendors?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function appDocument(
  { keys, isPlatform }: AppPlan,
  accounts: readonly VendorAccount[],
  caFile: string,
  settings: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { clientKey, serverKeyHash, platformNkey } = publicSideOf(keys);
  const vendors = accounts
    .filter(({ app }) => app === keys.id)
    .map(({ vendor, credentialFile, settings: own }) => [
      vendor,
      { credential: `file:${credentialFile}`, ...own, caFile },
    ]);
  return {
    app: keys.id,
    live: isPlatform ? 'platform' : 'gateway',
    clientKeys: [clientKey],
    serverKeyHashes: [serverKeyHash],
    platformNkey,
    vendors: Object.fromEntries(vendors) as Record<string, object>,
    ...settings,
  };
}
