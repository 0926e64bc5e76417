import { join } from 'node:path';
import type { Command } from 'commander';
import { auditLog } from '../audit/audit-log.js';
import { type AuditReport, faultsOf } from '../audit/audit-report.js';
import { compareLedger, type LedgerComparison, type VendorRequestSeen } from '../audit/compare-ledger.js';
import type { LogEntry } from '../audit/log-entry.js';
import { collectNames } from '../audit/log-names.js';
import { nameRequests } from '../audit/name-requests.js';
import { withLog } from '../audit/open-log.js';
import { readLog, type UnreadableEntry } from '../audit/read-log.js';
import { type Letter, readLetters } from '../dead-letters/letter-log.js';

import { type HaltedLine, haltedText, readHaltedLines } from '../town/halted-lines.js';
import { readSuspectedLines, type SuspectedLine, suspectedText } from '../town/suspected-lines.js';
import type { ReadyLine } from '../town/ready-line.js';
import { defaultDataFolder, secretIn } from '../town/running-town.js';
import { SandboxClient } from '../town/sandbox-client.js';
import { UsageError } from '../usage-error.js';

interface AuditOptions {
  readonly data: string;
  readonly json?: boolean;
  readonly list?: boolean;
  readonly ledger?: boolean;
}

/** `reveille audit`: reads the log of a town and says what does not add up. Exit code 1 if anything does not. */
export function addAudit(program: Command): void {
  program
    .command('audit')
    .description(
      'Read the log and say what does not add up: accepted = settled, no push lost, none sent for nothing.',
    )
    .option('--data <dir>', 'the folder of the town', defaultDataFolder)
    .option(
      '--ledger',
      "hold the sandbox's ledger against the logged attempts, message by message and token by token",
    )
    .option(
      '--json',
      'print one JSON object: accepted, settled, missing, settledTwice, acknowledgedAndPushed, pushedThoughWithheld, unexplainedDuplicates, …',
    )
    .option('--list', 'with --json: name the accepted messages and every fault, not only their number')
    .action(async (options: AuditOptions) => {
      process.exitCode = await audit(options);
    });
}

async function audit(options: AuditOptions): Promise<number> {
  const showsProgress = options.json !== true && process.stderr.isTTY;
  const needsSandbox = options.ledger === true;
  const { entries, unreadable, halted, suspected, ledger, letters } = await withLog(
    { data: options.data, needsSandbox },
    async (bus, ready) => {
      const read = await readLog(bus, (count) => {
        if (showsProgress) process.stderr.write(`\r${count} entries read`);
      });
      return {
        ...read,
        letters: countLetters(await readLetters(bus)),
        halted: await readHaltedLines(ready),
        suspected: await readSuspectedLines(ready),
        ledger: needsSandbox ? await readLedger(ready, read.entries) : null,
      };
    },
  );
  if (showsProgress) process.stderr.write('\r\u001b[K');
  const report = auditLog(entries, performance.timeOrigin + performance.now());
  const faults = faultsOf(report) + unreadable.length + (ledger?.mismatches.length ?? 0);
  const waitingAt = halted.map((line) => ({ ...line, waiting: waitingOf(entries, line) }));
  const acceptedIds = options.list === true ? idsOf(entries) : null;
  if (options.json === true)
    console.log(
      JSON.stringify({
        ...asJson(report, unreadable, ledger, acceptedIds),
        halted: waitingAt,
        suspected,
        deadLetters: letters,
      }),
    );
  else console.log(asText(report, unreadable, ledger, faults, waitingAt, suspected, letters));
  return faults === 0 ? 0 : 1;
}

async function readLedger(ready: ReadyLine, entries: readonly LogEntry[]): Promise<LedgerComparison> {
  if (ready.urls.sandbox === null)
    throw new UsageError('--ledger needs the sandbox: this town runs with --no-sandbox');
  // Only where the fingerprint key lies open, as in a town of one's own: the log itself never holds a token.
  const fingerprintKey = Buffer.from(secretIn(join(ready.data, 'keys', 'fingerprint.key')), 'base64');
  const name = nameRequests(fingerprintKey, collectNames(entries));
  const seen: VendorRequestSeen[] = [];
  for await (const request of new SandboxClient(ready.urls.sandbox).ledger()) seen.push(name(request));
  return compareLedger(entries, seen);
}

interface LetterCounts {
  readonly waiting: number;
  readonly redriven: number;
  readonly dropped: number;
}

function countLetters(letters: readonly Letter[]): LetterCounts {
  const count = (as: 'redriven' | 'dropped' | null): number =>
    letters.filter(({ end }) => (end?.as ?? null) === as).length;
  return { waiting: count(null), redriven: count('redriven'), dropped: count('dropped') };
}

interface HaltedWork extends HaltedLine {
  /** Jobs that lie in the log. */
  readonly waiting: number;
}

function waitingOf(entries: readonly LogEntry[], { app, vendor }: HaltedLine): number {
  return entries.filter(
    (entry) => entry.type === 'push-job' && entry.app === app && entry.data.vendor === vendor,
  ).length;
}

function idsOf(entries: readonly LogEntry[]): string[] {
  return [
    ...new Set(
      entries
        .filter(({ type }) => type === 'message-accepted')
        .map(({ app, data }) => `${app}/${data.messageId}`),
    ),
  ];
}

function asJson(
  report: AuditReport,
  unreadable: readonly UnreadableEntry[],
  ledger: LedgerComparison | null,
  acceptedIds: readonly string[] | null,
): object {
  const { accepted, settled, verdicts, pushes, ...lists } = report;
  const numbers = Object.fromEntries(Object.entries(lists).map(([field, list]) => [field, list.length]));
  return {
    accepted,
    settled,
    ...numbers,
    unreadable: unreadable.length,
    verdicts,
    pushes,
    ledger:
      ledger === null
        ? null
        : { ...ledger, excused: ledger.excused.length, mismatches: ledger.mismatches.length },
    ...(acceptedIds === null
      ? {}
      : {
          acceptedIds,
          lists: { ...lists, mismatches: ledger?.mismatches ?? [] },
          excused: ledger?.excused ?? [],
        }),
  };
}

function asText(
  report: AuditReport,
  unreadable: readonly UnreadableEntry[],
  ledger: LedgerComparison | null,
  faults: number,
  halted: readonly HaltedWork[],
  suspected: readonly SuspectedLine[],
  letters: LetterCounts,
): string {
  const verdicts = Object.entries(report.verdicts)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
  const { accepted, rejected, closed, waiting, expired } = report.pushes;
  const lines = [
    `messages: ${report.accepted} accepted, ${report.settled} settled`,
    `verdicts on devices: ${verdicts === '' ? 'none' : verdicts}`,
    `pushes: ${accepted} accepted by the vendor, ${rejected} rejected, ${closed} closed, ${waiting} waiting, ${expired} past their time to live`,
  ];
  if (ledger !== null)
    lines.push(
      `vendor: ${ledger.requestsAtVendor} requests, ${ledger.requestsLogged} in the log, ${ledger.explainedExtra} more excused (a worker or nats-server died before it could log them)`,
    );
  lines.push(...suspected.map(suspectedText));
  if (letters.waiting + letters.redriven + letters.dropped > 0)
    lines.push(
      `dead letters: ${letters.waiting} wait ("reveille dead-letters list"), ${letters.redriven} redriven, ${letters.dropped} dropped`,
    );
  for (const line of halted) lines.push(`${haltedText(line)}: ${line.waiting} jobs wait`);
  const list = (title: string, items: readonly string[]): void => {
    if (items.length > 0)
      lines.push(`${title}: ${items.length}`, ...items.slice(0, 20).map((item) => `  ${item}`));
    if (items.length > 20) lines.push(`  … and ${items.length - 20} more (--json --list names all)`);
  };
  list('accepted, but not settled', report.missing);
  list('settled twice', report.settledTwice);
  list('acknowledged and pushed', report.acknowledgedAndPushed);
  list('pushed though withheld', report.pushedThoughWithheld);
  list('push decided, but neither answered nor waiting', report.jobsLost);
  list('tried again after the final answer', report.unexplainedDuplicates);
  list('at odds with the vendor', ledger?.mismatches ?? []);
  list(
    'unreadable',
    unreadable.map(({ stream, sequence, because }) => `${stream} ${sequence}: ${because}`),
  );
  lines.push(
    faults === 0
      ? 'everything adds up'
      : `${faults} things do not add up: ask "reveille trace <messageId>" for their stories`,
  );
  return lines.join('\n');
}
