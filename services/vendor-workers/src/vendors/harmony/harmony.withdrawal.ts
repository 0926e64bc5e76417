import type { HarmonySettings } from '@reveille/contracts/vendors/harmony';
import type { WithdrawalRecipe } from '../../vendor.js';
import { inParts } from '../in-parts.js';
import { messagesRevoke } from '../messages-revoke.js';
import { withdrawalOutcome } from '../withdrawal-outcome.js';
import { harmonyLimits } from './harmony.limits.js';
import { readHarmonyOutcomes } from './harmony.outcome.js';

/**
 * `POST /v1/<client>/messages:revoke`, which stayed with v1 and the app's id: takes back by notify id and token what is not delivered
 * yet, or is shown and not yet tapped. Null for an app whose settings do not name its client id: messages go by the project's.
 */
export function harmonyWithdrawal({ endpoint, clientId }: HarmonySettings): WithdrawalRecipe | null {
  if (clientId === null) return null;
  return {
    buildRequests: (collapse, targets, credential) =>
      inParts(targets, harmonyLimits.maxTargets).map((part) =>
        messagesRevoke({ endpoint, clientId }, collapse, part, credential),
      ),
    readOutcomes: (targets, answer, now) => readHarmonyOutcomes(targets, answer, now).map(withdrawalOutcome),
  };
}
