import { UnavailableError } from '@reveille/contracts/errors';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
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
 * Every target once, in requests as wide as the vendor takes; null when the credential is refused and nothing was done. What the
 * vendor says is heeded by gate and pace, except for a no, which is about this notification alone.
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
    heed(attempt, [outcome]);
    return bound.map(({ target }) => ({ target, outcome, requests: 0 }));
  }
  const results = await send(ports, attempt, recipe, state.credential, bound);
  const outcomes = results.map(({ outcome }) => outcome);
  heed(attempt, outcomes);
  const says = (reason: string) =>
    outcomes.find((outcome) => outcome.kind === 'deferred' && outcome.reason === reason);
  const refused = says('credential-refused');
  if (refused !== undefined && 'vendorCode' in refused)
    opening.shut({ kind: 'credential', cause: refused.vendorCode });
  else if (says('credential-expired') !== undefined) {
    const renewed = await line.renewedCredential(state.credential);
    if (renewed.kind === 'refused') opening.shut({ kind: 'credential', cause: renewed.cause });
  }
  return results;
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
        return { target, outcome, requests };
      });
    }),
  );
  return results.flat();
}

function heed({ line, opening }: WithdrawalAttempt, outcomes: readonly WithdrawalOutcome[]): void {
  const heard = outcomes.flatMap((outcome): PushOutcome[] => {
    if (outcome.kind === 'deferred') return [outcome];
    return outcome.kind === 'accepted' ? [{ kind: 'accepted', vendorId: null }] : [];
  });
  if (heard.length === 0) return;
  line.pace.heed(heard);
  opening.heed(heard.map((outcome) => ({ tokenRef: null, outcome })));
}
