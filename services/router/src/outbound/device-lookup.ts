import type { Bus } from '@reveille/bus/connect';
import type { DeviceDescription, LookupAnswer, LookupAsk } from '@reveille/contracts/ask/presence';
import { UnavailableError } from '@reveille/contracts/errors';
import { subjects } from '@reveille/contracts/subjects';
import type { DeviceLookup } from '../ports.js';
import { gatherBatch } from './gather-batch.js';

const timeoutMs = 4_000;

/** Asks presence for many users at once: over all messages in flight, up to 256 of them or what comes within 2 ms. */
export function deviceLookup(bus: Pick<Bus, 'asker'>, onBatch: (size: number) => void): DeviceLookup {
  const gather = gatherBatch<LookupAsk['users'][number], readonly DeviceDescription[]>({
    maxSize: 256,
    maxDelayMs: 2,
    async run(users) {
      onBatch(users.length);
      const answer = await bus.asker.ask(subjects.askLookup(), { users }, { timeoutMs });
      return devicesOf(users, answer);
    },
  });
  return { describe: (app, user) => gather({ app, user }) };
}

/**
 * Presence alone may answer: who is described is checked, and the shape is as it made it. An answer that is not the one to the
 * question is presence's fault and not the messages': they wait, none of them is parked.
 */
function devicesOf(users: LookupAsk['users'], answer: unknown): (readonly DeviceDescription[])[] {
  const described = (answer as Partial<LookupAnswer> | null)?.users;
  const isOurs =
    Array.isArray(described) &&
    described.length === users.length &&
    users.every(({ app, user }, index) => {
      const found = described[index];
      return found?.app === app && found.user === user && Array.isArray(found.devices);
    });
  if (!isOurs) throw new UnavailableError('presence answered for other users than it was asked for');
  return described.map(({ devices }) => devices);
}
