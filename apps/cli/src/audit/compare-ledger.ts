import type { LogEntry } from './log-entry.js';

/** One request as the vendor (here: the sandbox) saw it, named as the log names it. */
export interface VendorRequestSeen {
  readonly messageId: string;
  readonly tokenRef: string;
}

export interface LedgerComparison {
  readonly requestsAtVendor: number;
  readonly requestsLogged: number;
  /** Requests that the log does not have, each explained by a job that was handed out again or by an unknown answer. */
  readonly explainedExtra: number;
  /** `<message> <token ref>: <what does not fit>`. */
  readonly mismatches: readonly string[];
}

interface Sum {
  logged: number;
  /** How many requests may have gone out without a line in the log: each repeat means a delivery that died. */
  repeats: number;
  /** Logged requests that may never have arrived. */
  unknown: number;
}

/**
 * Holds the vendor's ledger against the logged attempts, per message and token. A worker that dies between the vendor's
 * answer and its event leaves a request that nobody logged; its job is then handed out again, marked as a repeat.
 */
export function compareLedger(
  entries: Iterable<LogEntry>,
  ledger: Iterable<VendorRequestSeen>,
): LedgerComparison {
  const sums = new Map<string, Sum>();
  let requestsLogged = 0;
  for (const entry of entries) {
    if (entry.type !== 'push-attempted' && entry.type !== 'push-closed') continue;
    const { messageId, deliveryCount, repeat } = entry.data;
    const died = repeat || deliveryCount > 1 ? Math.max(1, deliveryCount - 1) : 0;
    for (const { tokenRef, requests, isUnknown } of targetsOf(entry)) {
      const sum = sumFor(sums, `${messageId} ${tokenRef}`);
      sum.logged += requests;
      requestsLogged += requests;
      sum.repeats += died;
      if (isUnknown) sum.unknown += 1;
    }
  }
  const seen = new Map<string, number>();
  let requestsAtVendor = 0;
  for (const { messageId, tokenRef } of ledger) {
    const key = `${messageId} ${tokenRef}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    requestsAtVendor += 1;
  }
  const mismatches: string[] = [];
  let explainedExtra = 0;
  for (const key of new Set([...sums.keys(), ...seen.keys()])) {
    const sum = sums.get(key) ?? { logged: 0, repeats: 0, unknown: 0 };
    const arrived = seen.get(key) ?? 0;
    const extra = arrived - sum.logged;
    if (extra > sum.repeats)
      mismatches.push(
        `${key}: ${arrived} requests at the vendor, ${sum.logged} in the log, ${sum.repeats} repeats`,
      );
    else if (extra > 0) explainedExtra += extra;
    else if (-extra > sum.unknown)
      mismatches.push(`${key}: ${sum.logged} requests in the log, ${arrived} at the vendor`);
  }
  return { requestsAtVendor, requestsLogged, explainedExtra, mismatches };
}

interface LoggedTarget {
  readonly tokenRef: string;
  readonly requests: number;
  readonly isUnknown: boolean;
}

/** A closing sends nothing itself; the delivery that died before it may have. */
function targetsOf(
  entry: Extract<LogEntry, { type: 'push-attempted' | 'push-closed' }>,
): readonly LoggedTarget[] {
  if (entry.type === 'push-closed')
    return entry.data.targets.map(({ tokenRef }) => ({ tokenRef, requests: 0, isUnknown: false }));
  return entry.data.outcomes.map(({ tokenRef, requests, outcome }) => ({
    tokenRef,
    requests,
    isUnknown: outcome.kind === 'deferred' && outcome.reason === 'no-answer',
  }));
}

function sumFor(sums: Map<string, Sum>, key: string): Sum {
  const known = sums.get(key);
  if (known !== undefined) return known;
  const sum = { logged: 0, repeats: 0, unknown: 0 };
  sums.set(key, sum);
  return sum;
}
