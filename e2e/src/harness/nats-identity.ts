import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import type { ServiceName } from '@reveille/contracts/permissions';
import { until } from './scenario.js';
import type { Town } from './town.js';

/** Connects under the key of one of the town's services, as an attacker who stole it would. */
export async function connectAs(town: Town, identity: ServiceName): Promise<NatsConnection> {
  const text = readFileSync(join(town.ready.data, 'keys', `${identity}.nkey`), 'utf8');
  const seed = text.trim().split('\n').at(-1) ?? '';
  return connect({
    servers: town.ready.urls.nats,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
    inboxPrefix: `_INBOX.${identity}`,
  });
}

/** Publishes one durable message under a service's key and waits for its PubAck. */
export async function publishAs(
  town: Town,
  identity: ServiceName,
  subject: string,
  messageId: string,
  body: unknown,
): Promise<void> {
  const nc = await connectAs(town, identity);
  try {
    const withId = headers();
    withId.set('Nats-Msg-Id', messageId);
    await jetstream(nc).publish(subject, JSON.stringify(body), { headers: withId });
  } finally {
    await nc.close();
  }
}

/** The bodies of all dead letters. */
export async function readDeadLetters(town: Town): Promise<string[]> {
  const nc = await connectAs(town, 'auditor');
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const { state } = await jsm.streams.info('DEAD_LETTERS');
    const letters: string[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq && seq > 0; seq += 1) {
      const stored = await jsm.streams.getMessage('DEAD_LETTERS', { seq });
      if (stored !== null) letters.push(stored.string());
    }
    return letters;
  } finally {
    await nc.close();
  }
}

/** Waits until a stream holds at least `count` dead letters. */
export function deadLettersAtLeast(town: Town, count: number): Promise<string[]> {
  return until(`${count} dead letters`, async () => {
    const letters = await readDeadLetters(town);
    return letters.length >= count ? letters : null;
  });
}
