import type { DeadLetter } from '@reveille/contracts/dead-letter';
import { type PushJob, pushJobSchema } from '@reveille/contracts/push/job';

/**
 * The job of a dead letter, to be begun again under its own id: at attempt 1, as a repeat, and without tokens, so that its worker
 * asks presence. Null where the letter does not hold a whole job any more.
 *
 * @param letter the letter's position in DEAD_LETTERS
 * @param after the end of PUSHES: what was said up to there does not end the job again
 */
export function redrivenJob(
  { data }: Pick<DeadLetter, 'data'>,
  letter: number,
  after: number,
): PushJob | null {
  const parsed = pushJobSchema.safeParse(withNoTokens(data));
  if (!parsed.success) return null;
  const job = parsed.data;
  return {
    ...job,
    targets: job.targets.map((target) => ({ ...target, notBefore: null })),
    redrive: { letter, attempt: job.attempt, after },
    attempt: 1,
    backoffStep: 0,
    repeat: true,
  };
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
