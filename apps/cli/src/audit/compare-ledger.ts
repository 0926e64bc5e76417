import { deviceKey } from './device-key.js';
import type { LogEntry } from './log-entry.js';

/** One request as the vendor (here: the sandbox) saw it, under the log's name of the message's device. */
export interface VendorRequestSeen {
  readonly device: string;
  readonly arrivedAt: number;
}

export interface LedgerComparison {
  readonly requestsAtVendor: number;
  readonly requestsLogged: number;
  /** How many requests the log does not have, each excused: its delivery of the job died before it could say so. */
  readonly explainedExtra: number;
  /** Those requests, one by one. */
  readonly excused: readonly VendorRequestSeen[];
  /** `<message> <device>: <what does not fit>`. */
  readonly mismatches: readonly string[];
}

/** One event of one device: what it says was sent, and how many deliveries before it may have died. */
interface LoggedAttempt {
  readonly attempt: number;
  readonly startedAt: number;
  readonly answeredAt: number;
  readonly requests: number;
  readonly deliveryCount: number;
  readonly isRepeat: boolean;
  readonly isUnknown: boolean;
}

/**
 * Holds the vendor's ledger against the logged attempts, per message and device. A request may be missing from the log only
 * where the worker (or nats-server) died between request and event: the same attempt of that very device then comes again, as
 * a repeat, later than the request. One such request is excused for each delivery of the attempt that left no event.
 */
export function compareLedger(
  entries: Iterable<LogEntry>,
  ledger: Iterable<VendorRequestSeen>,
): LedgerComparison {
  const logged = readAttempts(entries);
  const arrived = new Map<string, number[]>();
  for (const { device, arrivedAt } of ledger)
    arrived.set(device, [...(arrived.get(device) ?? []), arrivedAt]);
  const excused: VendorRequestSeen[] = [];
  const mismatches: string[] = [];
  let [requestsAtVendor, requestsLogged] = [0, 0];
  for (const device of new Set([...logged.keys(), ...arrived.keys()])) {
    const attempts = logged.get(device) ?? [];
    const arrivals = (arrived.get(device) ?? []).sort((a, b) => a - b);
    const sent = sumOf(attempts, ({ requests }) => requests);
    requestsAtVendor += arrivals.length;
    requestsLogged += sent;
    const fault = faultOf(attempts, arrivals, sent);
    if (fault !== null) mismatches.push(`${device}: ${fault}`);
    else
      for (const arrivedAt of strayOf(attempts, arrivals, arrivals.length - sent))
        excused.push({ device, arrivedAt });
  }
  return { requestsAtVendor, requestsLogged, explainedExtra: excused.length, excused, mismatches };
}

function faultOf(
  attempts: readonly LoggedAttempt[],
  arrivals: readonly number[],
  sent: number,
): string | null {
  const died = deathsOf(attempts);
  const deaths = sumOf(died, ({ count }) => count);
  if (arrivals.length > sent + deaths)
    return `${arrivals.length} requests at the vendor, ${sent} in the log, ${deaths} that a repeat excuses`;
  const unknown = attempts.filter(({ isUnknown }) => isUnknown).length;
  if (sent - arrivals.length > unknown)
    return `${sent} requests in the log, ${arrivals.length} at the vendor`;
  // From each event on the same must hold: a repeat excuses only what came before it began.
  for (const { startedAt } of attempts) {
    const later = arrivals.filter((arrivedAt) => arrivedAt >= startedAt).length;
    const laterSent = sumOf(attempts, (other) => (other.startedAt >= startedAt ? other.requests : 0));
    const laterDeaths = sumOf(died, ({ beforeAt, count }) => (beforeAt > startedAt ? count : 0));
    if (later > laterSent + laterDeaths)
      return `${later} requests at the vendor since an attempt began, ${laterSent} in the log, ${laterDeaths} that a later repeat excuses`;
  }
  return null;
}

/** Deliveries that left no event, attempt by attempt, and the event that tells of them. */
function deathsOf(
  attempts: readonly LoggedAttempt[],
): { readonly beforeAt: number; readonly count: number }[] {
  return [...Map.groupBy(attempts, ({ attempt }) => attempt).values()].map((events) => {
    // A restarted nats-server counts anew: then only the mark says that the job was handed out before.
    const deliveries = Math.max(
      ...events.map(({ deliveryCount, isRepeat }) => Math.max(deliveryCount, isRepeat ? 2 : 1)),
    );
    return {
      beforeAt: Math.max(...events.map(({ startedAt }) => startedAt)),
      count: Math.max(0, deliveries - events.length),
    };
  });
}

/** The requests that lie in no logged attempt's time: as many as there are too many. */
function strayOf(
  attempts: readonly LoggedAttempt[],
  arrivals: readonly number[],
  tooMany: number,
): readonly number[] {
  if (tooMany <= 0) return [];
  const isIn = (at: number) =>
    attempts.some(
      ({ startedAt, answeredAt, requests }) => requests > 0 && startedAt <= at && at <= answeredAt,
    );
  return [...arrivals.filter((at) => !isIn(at)), ...arrivals.filter(isIn)].slice(0, tooMany);
}

function readAttempts(entries: Iterable<LogEntry>): Map<string, LoggedAttempt[]> {
  const logged = new Map<string, LoggedAttempt[]>();
  for (const entry of entries) {
    if (entry.type !== 'push-attempted' && entry.type !== 'push-closed') continue;
    const { attempt, deliveryCount, repeat: isRepeat, messageId } = entry.data;
    for (const { user, deviceId, ...what } of attemptsIn(entry)) {
      const key = deviceKey({ app: entry.app, messageId }, { user, deviceId });
      const one = { attempt, deliveryCount, isRepeat, ...what };
      logged.set(key, [...(logged.get(key) ?? []), one]);
    }
  }
  return logged;
}

type AttemptIn = Pick<LoggedAttempt, 'startedAt' | 'answeredAt' | 'requests' | 'isUnknown'> & {
  readonly user: string;
  readonly deviceId: string;
};

/** A closing sends nothing itself; the delivery that died before it may have. */
function attemptsIn(
  entry: Extract<LogEntry, { type: 'push-attempted' | 'push-closed' }>,
): readonly AttemptIn[] {
  if (entry.type === 'push-closed') {
    const { closedAt, targets } = entry.data;
    const nothing = { startedAt: closedAt, answeredAt: closedAt, requests: 0, isUnknown: false };
    return targets.map(({ user, deviceId }) => ({ user, deviceId, ...nothing }));
  }
  const { startedAt, answeredAt, outcomes } = entry.data;
  return outcomes.map(({ user, deviceId, requests, outcome }) => ({
    user,
    deviceId,
    startedAt,
    answeredAt,
    requests,
    isUnknown: outcome.kind === 'deferred' && outcome.reason === 'no-answer',
  }));
}

function sumOf<T>(items: readonly T[], valueOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + valueOf(item), 0);
}
