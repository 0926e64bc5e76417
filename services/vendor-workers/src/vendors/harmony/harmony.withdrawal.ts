import type { HarmonySettings } from '@reveille/contracts/vendors/harmony';
import type { Credential, OpenTarget, WithdrawalRecipe, WithdrawalRequest } from '../../vendor.js';
import { inParts } from '../in-parts.js';
import { notifyIdOf } from '../notify-id.js';
import { withdrawalOutcome } from '../withdrawal-outcome.js';
import { harmonyLimits } from './harmony.limits.js';
import { readHarmonyOutcomes } from './harmony.outcome.js';

const encoder = new TextEncoder();

/**
 * `POST /v1/<client>/messages:revoke`, which stayed with v1 and the app's id: takes back by notify id and token what is not delivered
 * yet, or is shown and not yet tapped. Null for an app whose settings do not name its client id: messages go by the project's.
 */
export function harmonyWithdrawal({ endpoint, clientId }: HarmonySettings): WithdrawalRecipe | null {
  if (clientId === null) return null;
  return {
    buildRequests: (collapse, targets, credential) =>
      inParts(targets, harmonyLimits.maxTargets).map((part) =>
        revocation({ endpoint, clientId }, collapse, part, credential),
      ),
    readOutcomes: (targets, answer, now) => readHarmonyOutcomes(targets, answer, now).map(withdrawalOutcome),
  };
}

function revocation(
  { endpoint, clientId }: { readonly endpoint: string; readonly clientId: string },
  collapse: string,
  targets: readonly OpenTarget[],
  { authorization }: Credential,
): WithdrawalRequest {
  const token = [...new Set(targets.map((target) => target.token))];
  return {
    targets,
    request: {
      method: 'POST',
      origin: endpoint,
      path: `/v1/${clientId}/messages:revoke`,
      headers: {
        authorization,
        'content-type': 'application/json; charset=UTF-8',
        // A notification; 2 would be a voice broadcast.
        'push-type': '0',
      },
      uniqueHeaders: [],
      body: encoder.encode(JSON.stringify({ notifyId: notifyIdOf(collapse), token })),
      connectionKey: 'send',
      isUrgent: false,
    },
  };
}
