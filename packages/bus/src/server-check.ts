import type { NatsConnection } from '@nats-io/nats-core';
import { ConfigError, UnavailableError } from '@reveille/contracts/errors';

/** What one message may hold; a settled fact of 500 recipients needs more than the server's default of 1 MiB. */
export const maxPayloadBytes = 4 * 1024 * 1024;

/** What the town uses, newest first, so that the sentence names the feature that is missing by version. */
const needs = [{ feature: 'message schedules', version: [2, 14] as const, apiLevel: 4 }];

interface AccountInfo {
  readonly api?: { readonly level?: number };
  readonly error?: { readonly description: string };
}

/** Throws ConfigError, in one sentence, when this server cannot carry the town. */
export async function checkServer(nc: NatsConnection): Promise<void> {
  const { info } = nc;
  if (info === undefined) throw new UnavailableError('nats-server has not introduced itself');
  const name = `nats-server ${info.version}`;
  for (const { feature, version, apiLevel } of needs) {
    if (isBelow(info.version, version)) {
      throw new ConfigError([`${name} lacks ${feature} (needs ${version.join('.')})`]);
    }
    const account = await accountInfo(nc, name);
    const level = account.api?.level ?? 0;
    if (level < apiLevel) {
      throw new ConfigError([
        `${name} lacks ${feature} (its JetStream API level is ${level}, needs ${apiLevel})`,
      ]);
    }
  }
  if (info.max_payload < maxPayloadBytes) {
    throw new ConfigError([
      `${name} takes messages of ${info.max_payload} bytes (needs max_payload ${maxPayloadBytes})`,
    ]);
  }
}

async function accountInfo(nc: NatsConnection, name: string): Promise<AccountInfo> {
  let text: string;
  try {
    text = (await nc.request('$JS.API.INFO', '', { timeout: 5_000 })).string();
  } catch (cause) {
    throw new ConfigError([`${name} has no JetStream for this identity (${(cause as Error).message})`]);
  }
  const account = JSON.parse(text) as AccountInfo;
  if (account.error !== undefined) throw new ConfigError([`${name}: ${account.error.description}`]);
  return account;
}

function isBelow(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  return a < major || (a === major && b < minor);
}
