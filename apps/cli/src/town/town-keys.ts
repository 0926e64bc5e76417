import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNatsKey, publicKeyOf } from '@reveille/bus/nkeys';
import { demoKeyMark } from '@reveille/chassis/env';
import type { PublicKeyJwk } from '@reveille/contracts/app/events';
import { type ServiceName, serviceNames } from '@reveille/contracts/permissions';
import type { AppKeys } from './ready-line.js';
import { pemIn, secretIn } from './running-town.js';

/** Where a town keeps what nobody else may read: `<data>/keys` (ours) and `<data>/credentials` (the vendors' side). */
export interface TownKeys {
  readonly folder: string;
  readonly credentials: string;
  /** Public nkeys by identity. */
  readonly identities: Readonly<Record<ServiceName, string>>;
  readonly sealingKeysFile: string;
  readonly fingerprintKeyFile: string;
  readonly dedupKeyFile: string;
  readonly receiptKeyFile: string;
  readonly postgresPassword: string;
}

const keyMode = 0o600;

/** Makes what is not there yet, marked as demo keys. */
export function makeTownKeys(data: string): TownKeys {
  const folder = join(data, 'keys');
  const credentials = join(data, 'credentials');
  for (const path of [folder, credentials]) mkdirSync(path, { recursive: true, mode: 0o700 });
  const random = (name: string): string => once(join(folder, name), () => randomBytes(32).toString('base64'));
  const identities = Object.fromEntries(
    serviceNames.map((identity) => [
      identity,
      publicKeyOf(secretIn(once(join(folder, `${identity}.nkey`), () => createNatsKey().seed))),
    ]),
  ) as Record<ServiceName, string>;
  return {
    folder,
    credentials,
    identities,
    sealingKeysFile: once(join(folder, 'sealing.keys'), () => `k1:${randomBytes(32).toString('base64')}`),
    fingerprintKeyFile: random('fingerprint.key'),
    dedupKeyFile: random('dedup.key'),
    receiptKeyFile: random('receipt.key'),
    postgresPassword: secretIn(
      once(join(folder, 'postgres.password'), () => randomBytes(24).toString('base64url')),
    ),
  };
}

/** An app's keys: for its clients' JWTs, its servers and its platform. */
export function makeAppKeys({ folder }: TownKeys, id: string, isPlatform: boolean): AppKeys {
  return {
    id,
    clientKeyFile: once(join(folder, `${id}.client-key.pem`), ecKey),
    serverKeyFile: once(
      join(folder, `${id}.server-key`),
      () => `rk_${id}_${randomBytes(24).toString('base64url')}`,
    ),
    platformSeedFile: isPlatform
      ? once(join(folder, `${id}.platform.nkey`), () => createNatsKey().seed)
      : null,
  };
}

/** What an app's document says about its keys: public halves and hashes only. */
export function publicSideOf(keys: AppKeys): {
  clientKey: PublicKeyJwk;
  serverKeyHash: string;
  platformNkey: string | null;
} {
  const { x, y } = createPublicKey(pemIn(keys.clientKeyFile)).export({ format: 'jwk' });
  return {
    clientKey: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '', kid: 'demo' },
    serverKeyHash: createHash('sha256').update(secretIn(keys.serverKeyFile)).digest('base64url'),
    platformNkey: keys.platformSeedFile === null ? null : publicKeyOf(secretIn(keys.platformSeedFile)),
  };
}

const ecKey = (): string => asPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const asPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** Writes a key file if it is not there yet, readable by its owner alone; gives its path. */
function once(path: string, make: () => string): string {
  if (!existsSync(path))
    writeFileSync(path, `${demoKeyMark}\n${make().trim()}\n`, { mode: keyMode, flag: 'wx' });
  return path;
}
