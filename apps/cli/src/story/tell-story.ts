import type { TimelineEntry } from '@reveille/contracts/ask/router';
import type { DeviceVerdict } from '@reveille/contracts/delivery/events';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { PushReceipted } from '@reveille/contracts/push/receipt';
import type { WithdrawalOutcome } from '@reveille/contracts/push/withdrawal';
import { canWithdraw } from '@reveille/contracts/vendors/can-withdraw';

/** One line of a message's story; `afterMs` counts from its acceptance. */
export interface StoryLine {
  readonly afterMs: number;
  readonly what: string;
  readonly who: string;
  readonly detail: string;
}

/** Turns what the log has on one message into lines that a person can read, in the order of time. */
export function tellStory(entries: readonly TimelineEntry[]): StoryLine[] {
  const ordered = [...entries].sort((a, b) => a.at - b.at || rank(a) - rank(b));
  const acceptedAt = ordered.find((entry) => entry.type === 'message-accepted')?.at ?? ordered[0]?.at ?? 0;
  return withoutRepeats(ordered)
    .flatMap((entry) => [...linesOf(entry, acceptedAt), ...staysOf(entry, ordered, acceptedAt)])
    .sort((a, b) => a.afterMs - b.afterMs);
}

const order: readonly TimelineEntry['type'][] = [
  'message-accepted',
  'delivery-settled',
  'message-revoked',
  'push-attempted',
  'push-closed',
  'push-receipted',
  'push-withdrawn',
  'delivery-late-acknowledged',
];
/** The log may hold a receipt twice, when the vendor told it again much later; the first one counts. */
function withoutRepeats(entries: readonly TimelineEntry[]): TimelineEntry[] {
  const told = new Set<string>();
  return entries.filter((entry) => {
    if (entry.type !== 'push-receipted') return true;
    const { vendor, tokenRef, status, vendorCode } = entry.data;
    const key = JSON.stringify([vendor, tokenRef, status, vendorCode]);
    return !told.has(key) && told.add(key);
  });
}

const rank = (entry: TimelineEntry): number => order.indexOf(entry.type);

function linesOf(entry: TimelineEntry, acceptedAt: number): StoryLine[] {
  const line = (at: number, what: string, who: string, detail: string): StoryLine => ({
    afterMs: at - acceptedAt,
    what,
    who,
    detail,
  });
  switch (entry.type) {
    case 'message-accepted': {
      const { sender, recipients, pushConfig, ttlSeconds } = entry.data;
      const push = pushConfig === null ? 'no push config' : `push "${pushConfig.title}"`;
      const life = ttlSeconds === null ? '' : `, worth ${ttlSeconds} s`;
      return [
        line(
          entry.at,
          'accepted',
          sender,
          `to ${recipients.join(', ')}, ${push}${life}, position ${entry.position}`,
        ),
      ];
    }
    case 'message-revoked':
      return [line(entry.at, 'revoked', entry.data.revokedBy, 'pushes are taken back where a vendor can')];
    case 'delivery-settled': {
      const { askedAt, settledAt, recipients } = entry.data;
      const asked =
        askedAt === null
          ? []
          : recipients.map(({ user }) => line(askedAt, 'asked live', user, 'and looked up devices'));
      const verdicts = recipients.flatMap(({ user, devices }) =>
        devices.map((device) =>
          line(settledAt, 'settled', `${user}/${device.deviceId ?? '-'}`, explain(device)),
        ),
      );
      return [...asked, ...verdicts];
    }
    case 'push-attempted': {
      const { vendor, attempt, deliveryCount, startedAt, answeredAt, repeat } = entry.data;
      const again =
        repeat || deliveryCount > 1 ? `, delivery ${deliveryCount}${repeat ? ' (repeat)' : ''}` : '';
      return entry.data.outcomes.flatMap(({ user, deviceId, outcome, notBefore, requests, requestId }) => [
        line(
          startedAt,
          `asked ${vendor}`,
          `${user}/${deviceId}`,
          `attempt ${attempt}${again}, ${requests} request${requests === 1 ? '' : 's'}${requestId === null ? '' : `, id ${requestId}`}`,
        ),
        line(
          answeredAt,
          `${vendor} said`,
          `${user}/${deviceId}`,
          `${outcomeText(outcome)}${notBefore === null ? '' : `, again ${notBefore - answeredAt} ms later`}`,
        ),
      ]);
    }
    case 'push-closed':
      return entry.data.targets.map(({ user, deviceId, reason }) =>
        line(entry.data.closedAt, 'push closed', `${user}/${deviceId}`, reason),
      );
    case 'push-receipted': {
      const { user, deviceId, occurredAt } = entry.data;
      const who = `${user ?? '-'}/${deviceId ?? '-'}`;
      return [line(occurredAt ?? entry.at, `${entry.data.vendor} receipt`, who, receiptText(entry.data))];
    }
    case 'push-withdrawn': {
      const { vendor, answeredAt, outcomes } = entry.data;
      return outcomes.map(({ user, deviceId, outcome, notBefore }) =>
        line(
          answeredAt,
          `${vendor} withdrawal`,
          `${user}/${deviceId}`,
          `${withdrawalText(outcome)}${notBefore === null ? '' : `, again ${notBefore - answeredAt} ms later`}`,
        ),
      );
    }
    case 'delivery-late-acknowledged':
      return [
        line(
          entry.data.acknowledgedAt,
          'acknowledged late',
          `${entry.data.user}/${entry.data.deviceId}`,
          'delivered by inbox or live after the push',
        ),
      ];
  }
}

/** Why pushes of a revoked message are not taken back: nobody is asked to, so nothing else in the log says it. */
function staysOf(entry: TimelineEntry, all: readonly TimelineEntry[], acceptedAt: number): StoryLine[] {
  if (entry.type !== 'message-revoked') return [];
  return all.flatMap((settled) => {
    if (settled.type !== 'delivery-settled') return [];
    return settled.data.recipients.flatMap(({ user, devices }) =>
      devices.flatMap(({ deviceId, verdict }): StoryLine[] => {
        const because = verdict.kind === 'push' ? whyItStays(verdict, settled.data.messageId) : null;
        if (because === null) return [];
        const who = `${user}/${deviceId ?? '-'}`;
        return [{ afterMs: entry.at - acceptedAt, what: 'not taken back', who, detail: because }];
      }),
    );
  });
}

type PushVerdict = Extract<DeviceVerdict['verdict'], { kind: 'push' }>;

function whyItStays({ vendor, strategy, collapse }: PushVerdict, messageId: string): string | null {
  if (!canWithdraw(vendor, strategy))
    return strategy === 'alert'
      ? `${vendor} has no way to take a push back: what it took stays`
      : `a ${strategy} push shows nothing that could be taken back`;
  if (collapse === messageId) return null;
  return 'the notification is shared with newer messages of the conversation, which would go with it';
}

function withdrawalText(outcome: WithdrawalOutcome): string {
  switch (outcome.kind) {
    case 'accepted':
      return 'accepted: it goes from the phone unless it was tapped';
    case 'refused':
      return `refused [${outcome.vendorCode}]`;
    case 'deferred':
      return `deferred(${outcome.reason}) [${outcome.vendorCode}]`;
    case 'impossible':
      return `impossible(${outcome.reason})`;
  }
}

function explain({ verdict, facts }: DeviceVerdict): string {
  const known = facts === null ? '' : ` (${factsText(facts)})`;
  switch (verdict.kind) {
    case 'acknowledged':
      return `acknowledged live, no push${known}`;
    case 'push':
      return `push by ${verdict.vendor}, ${strategyText(verdict)}, lane ${verdict.lane}${known}`;
    case 'withheld':
      return `withheld(${verdict.reason})${known}`;
  }
}

/** `alert`, or with the strategy of the app that it came from: `alert "offers" of revision 3`. */
function strategyText({ strategy, resource }: PushVerdict): string {
  return resource == null
    ? strategy
    : `${strategy} "${resource.resourcesId}" of revision ${resource.revision}`;
}

function factsText(facts: NonNullable<DeviceVerdict['facts']>): string {
  const live = facts.hasSession ? (facts.isBackground ? 'session in background' : 'session') : 'no session';
  const token = facts.push.state === 'none' ? 'no token' : `token ${facts.push.state}`;
  return [
    facts.bound ? 'bound' : 'logged out',
    live,
    token,
    ...(facts.isOwnDevice ? ['own device'] : []),
  ].join(', ');
}

function receiptText({ status, vendorCode, occurredAt, receivedAt }: PushReceipted): string {
  const late = occurredAt === null ? '' : `, told ${Math.max(0, receivedAt - occurredAt)} ms later`;
  return `${status} [${vendorCode}]${late}`;
}

function outcomeText(outcome: PushOutcome): string {
  switch (outcome.kind) {
    case 'accepted':
      return 'accepted';
    case 'rejected':
      return `rejected(${outcome.reason}) [${outcome.vendorCode}]`;
    case 'deferred':
      return `deferred(${outcome.reason}) [${outcome.vendorCode}]`;
  }
}

/** The story as a table, aligned. */
export function printStory(lines: readonly StoryLine[]): string {
  const width = (pick: (line: StoryLine) => string): number =>
    Math.max(0, ...lines.map((line) => pick(line).length));
  const time = (line: StoryLine): string => `${line.afterMs >= 0 ? '+' : ''}${line.afterMs} ms`;
  const [timeWidth, whatWidth, whoWidth] = [width(time), width(({ what }) => what), width(({ who }) => who)];
  return lines
    .map(
      (line) =>
        `${time(line).padStart(timeWidth)}  ${line.what.padEnd(whatWidth)}  ${line.who.padEnd(whoWidth)}  ${line.detail}`,
    )
    .join('\n');
}
