import type { DeliverySettled } from '@reveille/contracts/delivery/events';
import type { Instant, MessageId } from '@reveille/contracts/ids';
import { withdrawalIdOf } from '@reveille/contracts/message-id';
import type { WithdrawalJob } from '@reveille/contracts/push/withdrawal';
import { canWithdraw } from '@reveille/contracts/vendors/can-withdraw';
import { type JobPart, partsOf } from './build-jobs.js';

/** A push may be worth nothing by the time that its message is revoked, and still lie on a screen: so long it is tried at least. */
const worthMs = 600_000;

export interface RevokedMessage {
  readonly messageId: MessageId;
  readonly partition: number;
  readonly revokedAt: Instant;
}

/**
 * The jobs that take back what a verdict has pushed: one for each of its push jobs whose vendor can. A notification that newer
 * messages of its conversation share is left alone, since it would take theirs along. The same verdict and revocation give the same
 * jobs under the same ids.
 */
export function buildWithdrawals(
  revoked: RevokedMessage,
  settled: Pick<DeliverySettled, 'chunk' | 'round' | 'settledAt' | 'recipients'>,
): WithdrawalJob[] {
  return partsOf(revoked.messageId, settled, null)
    .filter(({ verdict: { vendor, strategy, collapse } }) => {
      return canWithdraw(vendor, strategy) && collapse === revoked.messageId;
    })
    .map((part) => withdrawalOf(revoked, settled.settledAt, part));
}

function withdrawalOf(
  { messageId, partition, revokedAt }: RevokedMessage,
  settledAt: Instant,
  { jobId, verdict, targets }: JobPart,
): WithdrawalJob {
  const { vendor, lane, strategy, collapse, expiresAt } = verdict;
  return {
    jobId: withdrawalIdOf(jobId),
    pushJobId: jobId,
    messageId,
    vendor,
    lane,
    attempt: 1,
    backoffStep: 0,
    because: 'revoked',
    partition,
    settledAt,
    revokedAt,
    pushExpiresAt: expiresAt,
    strategy,
    collapse,
    expiresAt: Math.max(expiresAt, revokedAt + worthMs),
    targets: targets.map(({ user, deviceId, tokenRef }) => ({ user, deviceId, tokenRef })),
  };
}
