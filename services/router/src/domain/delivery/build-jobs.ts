import type { AppSettings } from '@reveille/contracts/app/events';
import type { DeliverySettled } from '@reveille/contracts/delivery/events';
import type { DeviceId, Instant, JobId, MessageId, UserId } from '@reveille/contracts/ids';
import type { PushConfig } from '@reveille/contracts/message/push-config';
import { jobIdOf } from '@reveille/contracts/message-id';
import type { PushJob, PushTarget } from '@reveille/contracts/push/job';
import type { Verdict } from '@reveille/contracts/delivery/verdict';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { resourceOf } from './strategy-of.js';

/** The most targets of one job. */
const jobSize = 500;

/** What a job needs of its message. */
export interface JobMessage {
  readonly messageId: MessageId;
  readonly sender: UserId;
  readonly partition: number;
  readonly acceptedAt: Instant;
  /** Null only if the app has dropped its default since the verdict. */
  readonly pushConfig: PushConfig | null;
  /** The present ones: a verdict names its strategy, and what that says may have changed since. */
  readonly settings: Pick<AppSettings, 'revision' | 'strategies'>;
}

/** Where a target's token is, as presence said. */
export type TargetAddress = Pick<PushTarget, 'sealedToken' | 'environment' | 'bundle'>;

type PushVerdict = Extract<Verdict, { kind: 'push' }>;
type Settled = Pick<DeliverySettled, 'chunk' | 'round' | 'settledAt' | 'recipients'>;

/**
 * The jobs that follow from a verdict: targets that share vendor and content travel together. The same verdict gives the
 * same jobs under the same ids, whoever builds them.
 *
 * @param addressOf null for a rebuilt job: its worker asks presence for the token, and what was answered already.
 */
export function buildJobs(
  message: JobMessage,
  settled: Settled,
  addressOf: ((user: UserId, deviceId: DeviceId) => TargetAddress) | null,
): PushJob[] {
  return partsOf(message.messageId, settled, addressOf).map((part) =>
    jobOf(message, settled, part, addressOf === null),
  );
}

/** One job's share of a verdict. */
export interface JobPart {
  readonly jobId: JobId;
  readonly verdict: PushVerdict;
  readonly targets: readonly PushTarget[];
}

/** How a verdict is cut into jobs. */
export function partsOf(
  messageId: MessageId,
  { chunk, round, recipients }: Pick<Settled, 'chunk' | 'round' | 'recipients'>,
  addressOf: ((user: UserId, deviceId: DeviceId) => TargetAddress) | null,
): JobPart[] {
  const groups = new Map<string, { verdict: PushVerdict; targets: PushTarget[] }>();
  for (const { user, devices } of recipients) {
    for (const { deviceId, verdict } of devices) {
      if (verdict.kind !== 'push' || deviceId === null) continue;
      const { vendor, strategy, lane, expiresAt, collapse, resource } = verdict;
      const key = [vendor, strategy, lane, expiresAt, collapse, resource?.resourcesId ?? ''].join('\n');
      let group = groups.get(key);
      if (group === undefined) groups.set(key, (group = { verdict, targets: [] }));
      const address = addressOf === null ? unknownAddress : addressOf(user, deviceId);
      group.targets.push({ user, deviceId, tokenRef: verdict.tokenRef, ...address });
    }
  }
  const counts = new Map<VendorName, number>();
  return [...groups.values()].flatMap(({ verdict, targets }) =>
    inJobs(targets).map((part) => {
      const { vendor } = verdict;
      const k = counts.get(vendor) ?? 0;
      counts.set(vendor, k + 1);
      return { jobId: jobIdOf(messageId, chunk, round, vendor, k), verdict, targets: part };
    }),
  );
}

const unknownAddress: TargetAddress = { sealedToken: null, environment: 'automatic', bundle: null };

function inJobs(targets: PushTarget[]): PushTarget[][] {
  if (targets.length <= jobSize) return [targets];
  const parts: PushTarget[][] = [];
  for (let start = 0; start < targets.length; start += jobSize)
    parts.push(targets.slice(start, start + jobSize));
  return parts;
}

function jobOf(
  message: JobMessage,
  { chunk, round, settledAt }: Settled,
  { jobId, verdict, targets }: JobPart,
  repeat: boolean,
): PushJob {
  const { messageId, partition, acceptedAt, sender, pushConfig, settings } = message;
  const { vendor, lane, strategy, collapse, expiresAt, resource } = verdict;
  return {
    jobId,
    messageId,
    chunk,
    round,
    vendor,
    lane,
    attempt: 1,
    backoffStep: 0,
    repeat,
    partition,
    settledAt,
    acceptedAt,
    notification: {
      strategy,
      title: pushConfig?.title ?? '',
      content: pushConfig?.content ?? '',
      payload: pushConfig?.payload ?? '',
      threadId: pushConfig?.threadID ?? '',
      badge: pushConfig?.badge ?? null,
      badgeIncrement: pushConfig?.enableBadge === true ? pushConfig.badgeIncrement : null,
      resourcesId: pushConfig?.resourcesID ?? '',
      resource: resource == null ? null : resourceOf(settings, vendor, resource.resourcesId),
      sender,
      collapse,
      sentAt: acceptedAt,
      expiresAt,
    },
    targets: [...targets],
  };
}
