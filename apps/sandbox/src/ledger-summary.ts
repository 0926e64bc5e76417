import type { Ledger } from './ledger.js';
import type { LedgerEntry } from './ledger-entry.js';

interface Counts {
  requests: number;
  accepted: number;
  /** A list and not a map: status numbers as keys would cost two kilobytes a line. */
  statuses: { status: number | null; count: number }[];
}

export interface LedgerSummaryLine extends Readonly<Counts> {
  readonly vendor: string;
  readonly token: string;
  readonly phoneId: string | null;
  readonly collapse: string | null;
}

/** Requests counted by token and collapse key (`apns-collapse-id` or the tag), over all tokens or one. */
export async function summarise(ledger: Ledger, token: string | null): Promise<LedgerSummaryLine[]> {
  const lines = new Map<string, LedgerSummaryLine & Counts>();
  for await (const run of ledger.scan()) {
    for (const entry of run) if (token === null || entry.token === token) countEntry(lines, entry);
  }
  return [...lines.values()];
}

function countEntry(
  lines: Map<string, LedgerSummaryLine & Counts>,
  { vendor, token, phoneId, collapseId, tag, status, effect }: LedgerEntry,
): void {
  if (token === null) return;
  const collapse = collapseId ?? tag;
  const key = `${token} ${collapse ?? ''}`;
  const line = lines.get(key) ?? { vendor, token, phoneId, collapse, requests: 0, accepted: 0, statuses: [] };
  lines.set(key, line);
  line.requests++;
  const same = line.statuses.find((each) => each.status === status);
  if (same === undefined) line.statuses.push({ status, count: 1 });
  else same.count++;
  if (effect !== null) line.accepted++;
}
