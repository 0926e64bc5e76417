import { UnavailableError } from '@reveille/contracts/errors';
import type { WithdrawalOutcome, WithdrawalTarget } from '@reveille/contracts/push/withdrawal';
import type {
  Machine,
  Opening,
  TargetBinding,
  VendorLine,
  VendorLines,
  WithdrawalDelivery,
} from '../ports.js';
import type { OpenTarget, WithdrawalRecipe } from '../vendor.js';

export interface AttemptWithdrawalPorts {
  readonly lines: VendorLines;
  readonly machine: Pick<Machine, 'now'>;
}

/** One delivery of a withdrawal on its app's line. */
export interface WithdrawalAttempt {
  readonly delivery: WithdrawalDelivery;
  readonly line: VendorLine;
  readonly opening: Opening;
}
export interface BoundTarget {
  readonly target: WithdrawalTarget;
  readonly binding: Extract<TargetBinding, { state: 'bound' }>;
}
export interface WithdrawalResult {
  readonly target: WithdrawalTarget;
  readonly outcome: WithdrawalOutcome;
  readonly requests: 0 | 1;
}

/**
 * Every target once, in requests as wide as the vendor takes; null when the credential is refused and nothing was done. Neither gate
 * nor pace is told of the answers: a vendor's way to take back may be missing, forbidden or out while its pushes go through. For the
 * same reason an answer that reads as a refused credential is a no to this notification; only the credential's own source shuts.
 */
export async function attemptWithdrawal(
  ports: AttemptWithdrawalPorts,
  attempt: WithdrawalAttempt,
  bound: readonly BoundTarget[],
): Promise<readonly WithdrawalResult[] | null> {
  const { line, opening } = attempt;
  const recipe = line.channel.withdrawal;
  if (recipe == null) throw new Error('a withdrawal is attempted where there is no way');
  const state = await line.credential();
  if (state.kind === 'refused') {
    opening.shut({ kind: 'credential', cause: state.cause });
    return null;
  }
  if (state.kind === 'unavailable') {
    const { cause: vendorCode, retryAfterMs } = state;
    const outcome = { kind: 'deferred', reason: 'vendor-unavailable', vendorCode, retryAfterMs } as const;
    return bound.map(({ target }) => ({ target, outcome, requests: 0 }));
  }
  const results = await send(ports, attempt, recipe, state.credential, bound);
  if (results.some(({ outcome }) => outcome.kind === 'deferred' && outcome.reason === 'credential-expired')) {
    const renewed = await line.renewedCredential(state.credential);
    if (renewed.kind === 'refused') opening.shut({ kind: 'credential', cause: renewed.cause });
  }
  return results;
}

/** The vendors' tables are those of their send call, where a refused credential is worth to wait for its mending. */
function asOfRevocation(outcome: WithdrawalOutcome): WithdrawalOutcome {
  if (outcome.kind !== 'deferred' || outcome.reason !== 'credential-refused') return outcome;
  return { kind: 'refused', vendorCode: outcome.vendorCode };
}

async function send(
  { lines, machine }: AttemptWithdrawalPorts,
  { delivery: { app, job }, line, opening }: WithdrawalAttempt,
  recipe: WithdrawalRecipe,
  credential: Parameters<WithdrawalRecipe['buildRequests']>[2],
  bound: readonly BoundTarget[],
): Promise<readonly WithdrawalResult[]> {
  const targetOf = new Map<OpenTarget, WithdrawalTarget>();
  for (const { target, binding } of bound) {
    const { user, deviceId } = target;
    const token = lines.openToken(binding.sealedToken, app, deviceId);
    if (token === null) throw new UnavailableError('a push token is sealed with a key that is not live here');
    const { environment, bundle } = binding;
    targetOf.set({ user, deviceId, token, environment, bundle, mayHaveArrived: false }, target);
  }
  const built = recipe.buildRequests(job.collapse, [...targetOf.keys()], credential);
  const results = await Promise.all(
    built.map(async ({ request, targets }): Promise<WithdrawalResult[]> => {
      const answer = await line.sender.send(request, opening.signal);
      const requests = answer.kind === 'not-sent' ? 0 : 1;
      const outcomes = recipe.readOutcomes(targets, answer, machine.now());
      return targets.map((open, index) => {
        const [target, outcome] = [targetOf.get(open), outcomes[index]];
        if (target === undefined || outcome === undefined)
          throw new Error(`${job.vendor} lost a target of a withdrawal`);
        return { target, outcome: asOfRevocation(outcome), requests };
      });
    }),
  );
  return results.flat();
}
