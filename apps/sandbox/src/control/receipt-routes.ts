import { receiptFaultKinds, type ReceiptFault } from '../receipts/receipt-faults.js';
import type { ReceiptPost } from '../receipts/receipt-post.js';
import { readNumber } from './read-number.js';
import type { Body } from './body.js';
import type { ControlRoute } from './control-server.js';

const anyCount = { min: 0, max: 1_000_000_000 };
const milliseconds = { min: 0, max: 600_000 };
const defaultLateMs = 3_000;
const defaultLimit = 1_000;
const limitCeiling = 50_000;

/** `/receipts`: what the vendors told the providers, and what is planned to go wrong with it. */
export function receiptRoutes(receipts: ReceiptPost): ControlRoute[] {
  return [
    {
      method: 'GET',
      path: '/receipts',
      handle: ({ query }) => {
        const since = readNumber(query, 'since', 0, Number.MAX_SAFE_INTEGER);
        const posted = receipts.list(
          since,
          readNumber(query, 'limit', defaultLimit, limitCeiling),
          query.get('token'),
        );
        return { receipts: posted, next: posted.at(-1)?.sequence ?? since };
      },
    },
    { method: 'DELETE', path: '/receipts', handle: () => receipts.clear() },
    {
      method: 'PUT',
      path: '/receipts/faults',
      handle: ({ body }) => ({ id: receipts.faults.add(readFault(body)) }),
    },
    { method: 'GET', path: '/receipts/faults', handle: () => ({ faults: receipts.faults.list() }) },
    { method: 'DELETE', path: '/receipts/faults', handle: () => receipts.faults.clear() },
  ];
}

function readFault(body: Body): ReceiptFault {
  return {
    kind: body.oneOf('kind', receiptFaultKinds, null),
    vendor: body.textOrNull('vendor'),
    token: body.textOrNull('token'),
    status: body.textOrNull('status'),
    count: body.numberOrNull('count', anyCount),
    ms: body.number('ms', defaultLateMs, milliseconds),
  };
}
