import type { Bus } from '@reveille/bus/connect';
import { type Responder, respond } from '@reveille/bus/respond';
import { lookupAskSchema, ownersAskSchema, targetsAskSchema } from '@reveille/contracts/ask/presence';
import { subjects } from '@reveille/contracts/subjects';
import type { describeTargets } from '../../handlers/describe-targets.js';
import type { describeUsers } from '../../handlers/describe-users.js';
import type { findOwners } from '../../handlers/find-owners.js';
import { askQueue, readAsk } from './read-ask.js';

export interface LookupHandlers {
  readonly describeUsers: ReturnType<typeof describeUsers>;
  readonly describeTargets: ReturnType<typeof describeTargets>;
  readonly findOwners: ReturnType<typeof findOwners>;
  /** How many were asked for together, and how long it took. */
  readonly observe: (kind: 'lookup' | 'targets' | 'owners', count: number, seconds: number) => void;
}

/** The batched asks of the hot path: every message and every waiting push comes through here. */
export function answerLookups(bus: Bus, handlers: LookupHandlers): Responder[] {
  return [
    respond(bus, subjects.askLookup(), { queue: askQueue }, async (body) => {
      const startedAt = performance.now();
      const ask = readAsk(lookupAskSchema, body);
      const answer = await handlers.describeUsers(ask);
      handlers.observe('lookup', ask.users.length, (performance.now() - startedAt) / 1000);
      return answer;
    }),
    respond(bus, subjects.askTargets(), { queue: askQueue }, async (body) => {
      const startedAt = performance.now();
      const ask = readAsk(targetsAskSchema, body);
      const answer = await handlers.describeTargets(ask);
      handlers.observe('targets', ask.targets.length, (performance.now() - startedAt) / 1000);
      return answer;
    }),
    respond(bus, subjects.askOwners(), { queue: askQueue }, async (body) => {
      const startedAt = performance.now();
      const ask = readAsk(ownersAskSchema, body);
      const answer = await handlers.findOwners(ask);
      handlers.observe('owners', ask.tokens.length, (performance.now() - startedAt) / 1000);
      return answer;
    }),
  ];
}
