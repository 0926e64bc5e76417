import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { AuditReport } from './audit-report.js';
import type { LogEntry } from './log-entry.js';

interface MessageState {
  /** False when only its verdict is in the log any more: retention took the message itself. */
  readonly isAccepted: boolean;
  readonly recipients: ReadonlySet<string>;
  readonly settledRecipients: Map<string, number>;
  readonly settlements: Map<string, number>;
}

interface DeviceState {
  verdict: 'push' | 'acknowledged' | 'withheld';
  expiresAt: number;
  /** The first final answer: accepted, rejected or closed. */
  final: 'accepted' | 'rejected' | 'closed' | null;
  attempts: number;
  isWaiting: boolean;
  isRepeatedAfterFinal: boolean;
}

/**
 * Reads the log in the order messages, verdicts, jobs that still wait, outcomes, and says what does not add up.
 * Pure: `now` decides which pushes are past their time to live.
 */
export function auditLog(entries: Iterable<LogEntry>, now: number): AuditReport {
  const messages = new Map<string, MessageState>();
  const devices = new Map<string, DeviceState>();
  const verdicts: Record<string, number> = {};
  for (const entry of entries) read(entry, messages, devices, verdicts);

  const missing: string[] = [];
  const settledTwice: string[] = [];
  let settled = 0;
  for (const [key, message] of messages) {
    const isTwice =
      [...message.settlements.values()].some((count) => count > 1) ||
      [...message.settledRecipients.values()].some((count) => count > 1);
    if (isTwice) settledTwice.push(key);
    if (!message.isAccepted) continue;
    if ([...message.recipients].every((user) => message.settledRecipients.has(user))) settled += 1;
    else missing.push(key);
  }
  const pushes = { accepted: 0, rejected: 0, closed: 0, waiting: 0, expired: 0 };
  const jobsLost: string[] = [];
  const acknowledgedAndPushed: string[] = [];
  const unexplainedDuplicates: string[] = [];
  for (const [key, device] of devices) {
    if (device.verdict === 'acknowledged' && (device.attempts > 0 || device.final !== null))
      acknowledgedAndPushed.push(key);
    if (device.isRepeatedAfterFinal) unexplainedDuplicates.push(key);
    if (device.verdict !== 'push') continue;
    if (device.final !== null) pushes[device.final] += 1;
    else if (device.isWaiting) pushes.waiting += 1;
    else if (device.expiresAt <= now) pushes.expired += 1;
    else jobsLost.push(key);
  }
  return {
    accepted: [...messages.values()].filter(({ isAccepted }) => isAccepted).length,
    settled,
    missing,
    settledTwice,
    acknowledgedAndPushed,
    jobsLost,
    unexplainedDuplicates,
    verdicts,
    pushes,
  };
}

function read(
  entry: LogEntry,
  messages: Map<string, MessageState>,
  devices: Map<string, DeviceState>,
  verdicts: Record<string, number>,
): void {
  const messageKey = `${entry.app}/${entry.data.messageId}`;
  switch (entry.type) {
    case 'message-accepted': {
      // A second fact with the same message id is the same message: its verdict is the first one's.
      if (!messages.has(messageKey)) messages.set(messageKey, newMessage(entry.data.recipients, true));
      return;
    }
    case 'delivery-settled': {
      const message = messages.get(messageKey) ?? newMessage([], false);
      messages.set(messageKey, message);
      const part = `${entry.data.chunk}:${entry.data.round}`;
      message.settlements.set(part, (message.settlements.get(part) ?? 0) + 1);
      for (const recipient of entry.data.recipients) {
        message.settledRecipients.set(
          recipient.user,
          (message.settledRecipients.get(recipient.user) ?? 0) + 1,
        );
        for (const { deviceId, verdict } of recipient.devices) {
          const name = verdict.kind === 'withheld' ? `withheld(${verdict.reason})` : verdict.kind;
          verdicts[name] = (verdicts[name] ?? 0) + 1;
          const key = deviceKey(messageKey, recipient.user, deviceId);
          // The lowest position is the verdict.
          if (!devices.has(key))
            devices.set(key, newDevice(verdict.kind, verdict.kind === 'push' ? verdict.expiresAt : 0));
        }
      }
      return;
    }
    case 'push-job': {
      for (const target of entry.data.targets) {
        const device = devices.get(deviceKey(messageKey, target.user, target.deviceId));
        if (device !== undefined) device.isWaiting = true;
      }
      return;
    }
    case 'push-attempted': {
      for (const target of entry.data.outcomes) {
        const key = deviceKey(messageKey, target.user, target.deviceId);
        const device = devices.get(key) ?? newDevice('withheld', 0);
        devices.set(key, device);
        if (target.requests > 0 && device.final !== null) device.isRepeatedAfterFinal = true;
        device.attempts += target.requests;
        device.final ??= finalOf(target.outcome);
      }
      return;
    }
    case 'push-closed': {
      for (const target of entry.data.targets) {
        const device = devices.get(deviceKey(messageKey, target.user, target.deviceId));
        if (device !== undefined) device.final ??= 'closed';
      }
    }
  }
}

const deviceKey = (messageKey: string, user: string, deviceId: string | null): string =>
  `${messageKey} ${user}/${deviceId ?? '-'}`;

function newMessage(recipients: readonly string[], isAccepted: boolean): MessageState {
  return {
    isAccepted,
    recipients: new Set(recipients),
    settledRecipients: new Map(),
    settlements: new Map(),
  };
}

function newDevice(verdict: DeviceState['verdict'], expiresAt: number): DeviceState {
  return { verdict, expiresAt, final: null, attempts: 0, isWaiting: false, isRepeatedAfterFinal: false };
}

function finalOf(outcome: PushOutcome): DeviceState['final'] {
  return outcome.kind === 'deferred' ? null : outcome.kind;
}
