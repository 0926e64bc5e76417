import type { HuaweiSettings } from '@reveille/contracts/vendors/huawei';
import type { Credential, OpenTarget, WithdrawalRecipe, WithdrawalRequest } from '../../vendor.js';
import { inParts } from '../in-parts.js';
import { notifyIdOf } from '../notify-id.js';
import { withdrawalOutcome } from '../withdrawal-outcome.js';
import { huaweiLimits } from './huawei.limits.js';
import { readHuaweiOutcomes } from './huawei.outcome.js';

const encoder = new TextEncoder();

/**
 * `POST /v1/<app>/messages:revoke`, whichever path messages are sent to: takes back by notify id and token what is not delivered
 * yet, or is shown and not yet tapped. It is answered with the codes of a message.
 */
export function huaweiWithdrawal({ endpoint, appId }: HuaweiSettings): WithdrawalRecipe {
  return {
    buildRequests: (collapse, targets, credential) =>
      inParts(targets, huaweiLimits.maxTargets).map((part) =>
        revocation({ endpoint, clientId: appId }, collapse, part, credential),
      ),
    readOutcomes: (targets, answer, now) => readHuaweiOutcomes(targets, answer, now).map(withdrawalOutcome),
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
