import type { HuaweiSettings } from '@reveille/contracts/vendors/huawei';
import type { WithdrawalRecipe } from '../../vendor.js';
import { inParts } from '../in-parts.js';
import { messagesRevoke } from '../messages-revoke.js';
import { withdrawalOutcome } from '../withdrawal-outcome.js';
import { huaweiLimits } from './huawei.limits.js';
import { readHuaweiOutcomes } from './huawei.outcome.js';

/**
 * `POST /v1/<app>/messages:revoke`, whichever path messages are sent to: takes back by notify id and token what is not delivered
 * yet, or is shown and not yet tapped. It is answered with the codes of a message.
 */
export function huaweiWithdrawal({ endpoint, appId }: HuaweiSettings): WithdrawalRecipe {
  return {
    buildRequests: (collapse, targets, credential) =>
      inParts(targets, huaweiLimits.maxTargets).map((part) =>
        messagesRevoke({ endpoint, clientId: appId }, collapse, part, credential),
      ),
    readOutcomes: (targets, answer, now) => readHuaweiOutcomes(targets, answer, now).map(withdrawalOutcome),
  };
}
