import type { Ledger } from '../ledger.js';
import type { LedgerEntry } from '../ledger-entry.js';
import { summarise } from '../ledger-summary.js';
import type { ControlRoute } from './control-server.js';
import { readNumber } from './read-number.js';

const defaultLimit = 1_000;
const limitCeiling = 50_000;

/** `/ledger…`: what arrived. */
export function ledgerRoutes(ledger: Ledger): ControlRoute[] {
  return [
    {
      method: 'GET',
      path: '/ledger',
      handle: async ({ query }) => {
        const since = readNumber(query, 'since', 0, Number.MAX_SAFE_INTEGER);
        const limit = readNumber(query, 'limit', defaultLimit, limitCeiling);
        const entries = await ledger.read({ token: query.get('token'), since, limit });
        const withPayload = query.get('payload') === '1';
        return {
          entries: withPayload ? entries : entries.map(withoutPayload),
          /** The cursor for the next page, which is empty when nothing new has come. */
          next: entries.at(-1)?.sequence ?? since,
          last: ledger.last,
          count: ledger.count,
        };
      },
    },
    {
      method: 'GET',
      path: '/ledger/summary',
      handle: async ({ query }) => ({
        count: ledger.count,
        lines: await summarise(ledger, query.get('token')),
      }),
    },
    { method: 'DELETE', path: '/ledger', handle: () => ledger.clear() },
  ];
}

function withoutPayload({ payload: _payload, ...entry }: LedgerEntry): Omit<LedgerEntry, 'payload'> {
  return entry;
}
