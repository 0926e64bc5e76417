import type { XiaomiSettings } from '@reveille/contracts/vendors/xiaomi';
import type { WithdrawalRecipe } from '../../vendor.js';
import { inParts } from '../in-parts.js';
import { notifyIdOf } from '../notify-id.js';
import { withdrawalOutcome } from '../withdrawal-outcome.js';
import { xiaomiLimits } from './xiaomi.limits.js';
import { readXiaomiOutcomes } from './xiaomi.outcome.js';

const encoder = new TextEncoder();

/**
 * `POST /v3/message/regid/revoke`: notify id and registration ids of one package, in the words of Xiaomi's own server SDK. The
 * older paths end on 2026-12-01.
 */
export function xiaomiWithdrawal({ endpoint, packageName }: XiaomiSettings): WithdrawalRecipe {
  return {
    buildRequests: (collapse, targets, { authorization }) =>
      [...Map.groupBy(targets, ({ bundle }) => bundle ?? packageName)].flatMap(([name, own]) =>
        inParts(own, xiaomiLimits.maxTargets).map((part) => ({
          targets: part,
          request: {
            method: 'POST',
            origin: endpoint,
            path: '/v3/message/regid/revoke',
            headers: { authorization, 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
            uniqueHeaders: [],
            body: encoder.encode(
              new URLSearchParams({
                registration_ids: part.map(({ token }) => token).join(','),
                restricted_package_name: name,
                notify_id: String(notifyIdOf(collapse)),
              }).toString(),
            ),
            connectionKey: 'send',
            isUrgent: false,
          },
        })),
      ),
    readOutcomes: (targets, answer, now) =>
      readXiaomiOutcomes(targets, answer, now, () => 'revocations').map(withdrawalOutcome),
  };
}
