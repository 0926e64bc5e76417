import type { Bus } from '@reveille/bus/connect';
import { type DeviceDescription, type LookupAnswer, type LookupAsk } from '@reveille/contracts/ask/presence';
import { ContractError } from '@reveille/contracts/errors';
import { subjects } from '@reveille/contracts/subjects';
import type { DeviceLookup } from '../ports.js';
import { gatherBatch } from './gather-batch.js';

const timeoutMs = 4_000;

/** Asks presence for many users at once: over all messages in flight, up to 256 of them or what comes within 2 ms. */
export function deviceLookup(bus: Bus, onBatch: (size: number) => void): DeviceLookup {
  const gather = gatherBatch<LookupAsk['users'][number], readonly DeviceDescription[]>({
    maxSize: 256,
    maxDelayMs: 2,
    async run(users) {
      onBatch(users.length);
      const answer = await bus.asker.ask<LookupAnswer>(subjects.askLookup(), { users }, { timeoutMs });
      for (const [index, { app, user }] of users.entries()) {
        const found = answer.users[index];
        // Presence alone may answer: who is described is checked, and the shape is as it made it.
        if (found?.app !== app || found.user !== user)
          throw new ContractError('presence answered for other users than it was asked for');
      }
      return answer.users.map(({ devices }) => devices);
    },
  });
  return { describe: (app, user) => gather({ app, user }) };
}
