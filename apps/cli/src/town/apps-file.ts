import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppDocumentInput } from '@reveille/contracts/app/events';
import { parseDocument, stringify } from 'yaml';
import type { AppKeys, ReadyLine } from './ready-line.js';
import { bundleOf, projectOf } from './sandbox-client.js';
import { apnsCredentialFile, publicSideOf, type TownKeys, writeServiceAccount } from './town-keys.js';

/** Null where there is no sandbox. */
export type SandboxPorts = Pick<ReadyLine['ports'], 'sandbox' | 'apns' | 'apnsDevelopment' | 'fcm'>;

export interface AppPlan {
  readonly keys: AppKeys;
  readonly isPlatform: boolean;
}

const head = `# The apps of this town. "up" wrote this file at its first start; from then on it changes nothing but the endpoints of the
# sandbox, where that has moved to other ports.
# Every field: packages/contracts/generated/json-schema/app-configured.v1.json
`;

/** The path of the town's `apps.yaml`, made if it is not there yet, with vendors at the sandbox. */
export function makeAppsFile(
  data: string,
  town: TownKeys,
  plans: readonly AppPlan[],
  sandboxHost: string,
  ports: SandboxPorts,
  settings: Readonly<Record<string, unknown>>,
): string {
  const path = join(data, 'apps.yaml');
  const apps = plans.map((plan) => appDocument(data, town, plan, sandboxHost, ports, settings));
  if (!existsSync(path)) writeFileSync(path, head + stringify({ apps }));
  else if (ports.sandbox !== null) moveToSandbox(path, join(data, 'sandbox', 'ca.pem'), apps);
  return path;
}

/** The sandbox may listen on other ports than at the last start: what points at it follows, everything else stays as it is. */
function moveToSandbox(path: string, caFile: string, wanted: readonly AppDocumentInput[]): void {
  const document = parseDocument(readFileSync(path, 'utf8'));
  let isMoved = false;
  for (const [index, { app, vendors }] of (
    (document.toJS() as { apps?: AppDocumentInput[] }).apps ?? []
  ).entries()) {
    for (const vendor of ['apns', 'fcm'] as const) {
      const here = wanted.find((candidate) => candidate.app === app)?.vendors?.[vendor];
      if (vendors?.[vendor]?.caFile !== caFile || here === undefined) continue;
      for (const [field, value] of Object.entries(here)) {
        if (!/endpoint$/i.test(field) || document.getIn(['apps', index, 'vendors', vendor, field]) === value)
          continue;
        document.setIn(['apps', index, 'vendors', vendor, field], value);
        isMoved = true;
      }
    }
  }
  if (isMoved) writeFileSync(path, document.toString());
}

function appDocument(
  data: string,
  { credentials }: TownKeys,
  { keys, isPlatform }: AppPlan,
  sandboxHost: string,
  ports: SandboxPorts,
  settings: Readonly<Record<string, unknown>>,
): AppDocumentInput {
  const { clientKey, serverKeyHash, platformNkey } = publicSideOf(keys);
  const caFile = join(data, 'sandbox', 'ca.pem');
  const tokenEndpoint = `https://${sandboxHost}:${ports.fcm}/token`;
  const account = writeServiceAccount(credentials, keys.id, projectOf(keys.id), tokenEndpoint);
  const sandbox = ports.sandbox !== null;
  return {
    app: keys.id,
    live: isPlatform ? 'platform' : 'gateway',
    clientKeys: [clientKey],
    serverKeyHashes: [serverKeyHash],
    platformNkey,
    vendors: {
      apns: {
        credential: `file:${apnsCredentialFile(credentials, keys.id)}`,
        teamId: 'DEMOTEAM01',
        keyId: apnsKeyIdOf(keys.id),
        bundleId: bundleOf(keys.id),
        ...(sandbox
          ? {
              endpoint: `https://${sandboxHost}:${ports.apns}`,
              developmentEndpoint: `https://${sandboxHost}:${ports.apnsDevelopment}`,
              caFile,
            }
          : {}),
      },
      fcm: {
        credential: `file:${account}`,
        projectId: projectOf(keys.id),
        ...(sandbox ? { endpoint: `https://${sandboxHost}:${ports.fcm}`, tokenEndpoint, caFile } : {}),
      },
    },
    ...settings,
  };
}

/** Apple's key ids have ten characters; ours are made of the app's name. */
export function apnsKeyIdOf(id: string): string {
  return id
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, 'X')
    .padEnd(10, '0')
    .slice(0, 10);
}
