import type { DeadLetter } from '@reveille/contracts/dead-letter';
import { type PushJob, pushJobSchema } from '@reveille/contracts/push/job';
import { type WithdrawalJob, withdrawalJobSchema } from '@reveille/contracts/push/withdrawal';

/** Named by the type of its envelope. */
export type RedrivenJob =
  | { readonly type: 'push-job'; readonly job: PushJob }
  | { readonly type: 'withdrawal-job'; readonly job: WithdrawalJob };

/**
 * The job of a dead letter, to be begun again under its own id: a push at attempt 1, as a repeat, and without tokens, so that its
 * worker asks presence. A withdrawal has no tokens and always looks into PUSHES; it goes on at its own attempt, since what a later
 * one said ends an earlier one. Null where the letter does not hold a whole job any more.
 *
 * @param letter the letter's position in DEAD_LETTERS
 * @param after the end of PUSHES: what was said up to there does not end the job again
 */
export function redrivenJob(
  { data }: Pick<DeadLetter, 'data'>,
  letter: number,
  after: number,
): RedrivenJob | null {
  const withdrawal = withdrawalJobSchema.safeParse(data);
  if (withdrawal.success) return { type: 'withdrawal-job', job: withdrawalAgain(withdrawal.data) };
  const parsed = pushJobSchema.safeParse(withNoTokens(data));
  if (!parsed.success) return null;
  const job = parsed.data;
  const again: PushJob = {
    ...job,
    targets: job.targets.map((target) => ({ ...target, notBefore: null })),
    redrive: { letter, attempt: job.attempt, after },
    attempt: 1,
    backoffStep: 0,
    repeat: true,
  };
  return { type: 'push-job', job: again };
}

function withdrawalAgain(job: WithdrawalJob): WithdrawalJob {
  const targets = job.targets.map((target) => ({ ...target, notBefore: null }));
  return { ...job, targets, backoffStep: 0 };
}

/** Letters are kept without the fields that hold secrets. */
function withNoTokens(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || !('targets' in data) || !Array.isArray(data.targets))
    return data;
  return {
    ...data,
    targets: data.targets.map((target: unknown) => ({ ...(target as object), sealedToken: null })),
  };
}
