import type { ReceiptStatus } from '@reveille/contracts/push/receipt';
import type { ReceiptReading, ReceiptRecipe, VendorReceipt } from '../../vendor.js';
import { isFields, wholeNumber, wordOf } from './vivo.answer.js';

const contentType = 'application/json';

/**
 * vivo's receipts: an unsigned map of task id to `{param, targets, …}`; the secret in the address is all that tells vivo from
 * others. The documents that could be read do not give its exact form: a list of entries, and targets as a text or a list, are read too.
 */
export const vivoReceipts: ReceiptRecipe = {
  keyReference: null,
  read({ body }): ReceiptReading {
    const entries = entriesOf(body);
    if (entries === null) {
      const reply = { status: 400, contentType, body: '{"result":1}' };
      return { kind: 'refused', cause: 'not a JSON map or list', reply };
    }
    const reply = { status: 200, contentType, body: '{"result":0}' };
    return { kind: 'receipts', receipts: entries.flatMap(receiptsOf), reply };
  },
};

interface Entry {
  readonly taskId: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

function entriesOf(body: Uint8Array): readonly Entry[] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(body));
  } catch {
    // Refused in our own words: the parser's might quote a token.
    return null;
  }
  if (Array.isArray(parsed))
    return (parsed as readonly unknown[])
      .filter(isFields)
      .map((fields) => ({ taskId: wordOf(fields['taskId']), fields }));
  if (!isFields(parsed)) return null;
  return Object.entries(parsed).flatMap(([taskId, entry]) =>
    (Array.isArray(entry) ? (entry as readonly unknown[]) : [entry])
      .filter(isFields)
      .map((fields) => ({ taskId, fields })),
  );
}

function receiptsOf({ taskId, fields }: Entry): readonly VendorReceipt[] {
  const main = wordOf(fields['ackType'] ?? fields['type'] ?? fields['status']) ?? '0';
  const sub = wordOf(fields['subAckType'] ?? fields['subType'] ?? fields['subStatus']);
  const time = wholeNumber(fields['ackTime'] ?? fields['time']);
  const { targets } = fields;
  const tokens = Array.isArray(targets)
    ? (targets as readonly unknown[])
    : (wordOf(targets) ?? '').split(',');
  return tokens
    .filter((token): token is string => typeof token === 'string' && token.trim() !== '')
    .map((token) => ({
      token: token.trim(),
      param: wordOf(fields['param']),
      vendorId: taskId,
      status: statusOf(main, sub),
      vendorCode: (sub === null ? main : `${main}/${sub}`).slice(0, 64),
      occurredAt: time,
    }));
}

/** The sub type says more than the main one. */
function statusOf(main: string, sub: string | null): ReceiptStatus {
  return (sub === null ? undefined : bySubType[sub]) ?? byMainType[main] ?? 'unclassified';
}

const byMainType: Readonly<Record<string, ReceiptStatus>> = {
  0: 'delivered',
  // Refused by the audit of its content.
  101: 'refused',
  103: 'replaced',
  // Not shown.
  104: 'refused',
};

const bySubType: Readonly<Record<string, ReceiptStatus>> = {
  // Controlled.
  1000: 'refused',
  10012: 'expired',
  // An operational message at night.
  1017: 'refused',
  1020: 'refused',
  1040: 'refused',
  // The same operational title and content once more.
  2124: 'refused',
  2144: 'expired',
  2158: 'refused',
  2161: 'refused',
  2162: 'refused',
  2183: 'token-unregistered',
  11001: 'quota-spent',
  12000: 'quota-spent',
  20001: 'token-unregistered',
  20002: 'token-unregistered',
  // Offline for two weeks.
  20006: 'muted',
  31003: 'token-unregistered',
  31004: 'token-unregistered',
  31005: 'muted',
};
