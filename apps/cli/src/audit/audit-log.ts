import { isWithdrawalId } from '@reveille/contracts/message-id';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { AuditReport } from './audit-report.js';
import { deviceKey, messageKey } from './device-key.js';
import type { LogEntry } from './log-entry.js';

interface MessageState {
  /** False when only its verdict is in the log any more: retention took the message itself. */
  readonly isAccepted: boolean;
  readonly recipients: ReadonlySet<string>;
  readonly settledRecipients: Map<string, number>;
  readonly settlements: Map<string, number>;
}

interface DeviceState {
  /** `none`: the log has an attempt or a job for it, and no verdict. */
  verdict: 'push' | 'acknowledged' | 'withheld' | 'none';
  readonly message: MessageState | null;
  readonly user: string;
  /** That the push was decided for; null where none was. */
  readonly vendor: string | null;
  expiresAt: number;
  /** The first final answer: accepted, rejected or closed. */
  final: 'accepted' | 'rejected' | 'closed' | null;
  attempts: number;
  isWaiting: boolean;
  isRepeatedAfterFinal: boolean;
  /** The final answer was one that nobody knew, and how often an operator has had such a job begun again since. */
  isUnclassified: boolean;
  redrives: number;
}

/** What operators did about work that was given up. */
interface Settlements {
  /** By message and job. */
  readonly redriven: Map<string, number>;
  /** Messages, and `<message> <vendor>` of jobs. */
  readonly dropped: Set<string>;
}

/**
 * Reads the log in the order messages, verdicts, jobs that still wait, outcomes, and says what does not add up.
 * Pure: `now` decides which pushes are past their time to live.
 */
export function auditLog(entries: Iterable<LogEntry>, now: number): AuditReport {
  const messages = new Map<string, MessageState>();
  const devices = new Map<string, DeviceState>();
  const verdicts: Record<string, number> = {};
  const settlements: Settlements = { redriven: new Map(), dropped: new Set() };
  for (const entry of entries) read(entry, messages, devices, verdicts, settlements);

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
    else if (!settlements.dropped.has(key)) missing.push(key);
  }
  const pushes = { accepted: 0, rejected: 0, closed: 0, waiting: 0, expired: 0 };
  const jobsLost: string[] = [];
  const acknowledgedAndPushed: string[] = [];
  const pushedThoughWithheld: string[] = [];
  const unexplainedDuplicates: string[] = [];
  for (const [key, device] of devices) {
    if (device.verdict === 'acknowledged' && isPushed(device)) acknowledgedAndPushed.push(key);
    if (isWithheld(device) && isPushed(device)) pushedThoughWithheld.push(key);
    if (device.isRepeatedAfterFinal) unexplainedDuplicates.push(key);
    if (device.verdict !== 'push') continue;
    if (device.final !== null) pushes[device.final] += 1;
    else if (device.isWaiting) pushes.waiting += 1;
    else if (device.expiresAt <= now) pushes.expired += 1;
    else if (settlements.dropped.has(`${key.split(' ')[0]} ${device.vendor}`)) pushes.closed += 1;
    else jobsLost.push(key);
  }
  return {
    accepted: [...messages.values()].filter(({ isAccepted }) => isAccepted).length,
    settled,
    missing,
    settledTwice,
    acknowledgedAndPushed,
    pushedThoughWithheld,
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
  settlements: Settlements,
): void {
  const { messageId } = entry.data;
  // Work that could not be read has nothing that the rest could be held against.
  if (messageId === null) return;
  const of = { app: entry.app, messageId };
  const key = messageKey(of.app, of.messageId);
  const deviceOf = (target: { user: string; deviceId: string | null }): DeviceState => {
    const name = deviceKey(of, target);
    const device = devices.get(name) ?? newDevice(messages.get(key) ?? null, target.user, 'none', 0);
    devices.set(name, device);
    return device;
  };
  switch (entry.type) {
    case 'message-accepted': {
      // A second fact with the same message id is the same message: its verdict is the first one's.
      if (!messages.has(key)) messages.set(key, newMessage(entry.data.recipients, true));
      return;
    }
    case 'delivery-settled': {
      const message = messages.get(key) ?? newMessage([], false);
      messages.set(key, message);
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
          const device = deviceKey(of, { user: recipient.user, deviceId });
          const expiresAt = verdict.kind === 'push' ? verdict.expiresAt : 0;
          // The lowest position is the verdict.
          if (!devices.has(device)) {
            const vendor = verdict.kind === 'push' ? verdict.vendor : null;
            devices.set(device, { ...newDevice(message, recipient.user, verdict.kind, expiresAt), vendor });
          }
        }
      }
      return;
    }
    case 'push-job': {
      for (const target of entry.data.targets) deviceOf(target).isWaiting = true;
      return;
    }
    case 'push-attempted': {
      for (const target of entry.data.outcomes) {
        const device = deviceOf(target);
        if (target.requests > 0 && device.final !== null) {
          const redrives = settlements.redriven.get(`${key} ${entry.data.jobId}`) ?? 0;
          if (device.isUnclassified && device.redrives < redrives) {
            device.redrives += 1;
            device.final = null;
          } else device.isRepeatedAfterFinal = true;
        }
        device.attempts += target.requests;
        if (device.final === null)
          device.isUnclassified =
            target.outcome.kind === 'rejected' && target.outcome.reason === 'unclassified';
        device.final ??= finalOf(target.outcome);
      }
      return;
    }
    case 'dead-letter-redriven': {
      const job = `${key} ${entry.data.jobId}`;
      settlements.redriven.set(job, (settlements.redriven.get(job) ?? 0) + 1);
      return;
    }
    case 'dead-letter-dropped': {
      const { jobId } = entry.data;
      // The push that was to be taken back has its own end.
      if (jobId !== null && isWithdrawalId(jobId)) return;
      // `<message>:<chunk>:<round>:<vendor>:<k>`
      settlements.dropped.add(jobId === null ? key : `${key} ${jobId.split(':').at(-2)}`);
      return;
    }
    case 'push-closed': {
      for (const target of entry.data.targets) {
        const device = devices.get(deviceKey(of, target));
        if (device !== undefined) device.final ??= 'closed';
      }
    }
  }
}

const isPushed = ({ attempts, final, isWaiting }: DeviceState): boolean =>
  attempts > 0 || isWaiting || final === 'accepted' || final === 'rejected';

/**
 * There is a "no" for this device, or none of the verdicts on its user speaks of it. A user without any verdict is none of
 * these: that message is missing one, or its verdict came after the log was read, or has left the log.
 */
function isWithheld({ verdict, message, user }: DeviceState): boolean {
  return verdict === 'withheld' || (verdict === 'none' && message?.settledRecipients.has(user) === true);
}

function newMessage(recipients: readonly string[], isAccepted: boolean): MessageState {
  return {
    isAccepted,
    recipients: new Set(recipients),
    settledRecipients: new Map(),
    settlements: new Map(),
  };
}

function newDevice(
  message: MessageState | null,
  user: string,
  verdict: DeviceState['verdict'],
  expiresAt: number,
): DeviceState {
  const nothingYet = {
    vendor: null,
    final: null,
    attempts: 0,
    isWaiting: false,
    isRepeatedAfterFinal: false,
    isUnclassified: false,
    redrives: 0,
  };
  return { message, user, verdict, expiresAt, ...nothingYet };
}

function finalOf(outcome: PushOutcome): DeviceState['final'] {
  return outcome.kind === 'deferred' ? null : outcome.kind;
}
