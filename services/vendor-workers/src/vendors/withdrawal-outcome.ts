import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { WithdrawalOutcome } from '@reveille/contracts/push/withdrawal';

/** For vendors that answer a revocation with the codes of their send call. */
export function withdrawalOutcome(outcome: PushOutcome): WithdrawalOutcome {
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'accepted' };
    case 'rejected':
      return { kind: 'refused', vendorCode: outcome.vendorCode };
    case 'deferred':
      return outcome;
  }
}
