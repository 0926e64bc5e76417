import { createHmac } from 'node:crypto';
import type { SandboxRequest } from '../town/sandbox-client.js';
import type { VendorRequestSeen } from './compare-ledger.js';
import type { LogNames } from './log-names.js';

/**
 * Names the vendor's requests as the log names them. Whose app a request is, its token says: a topic may be any bundle that the
 * app has, and of several apps that know the token under the fingerprint key only one has facts about it. A request whose
 * token no app knows stays, under no app's name: the log has to explain all of them.
 */
export function nameRequests(
  fingerprintKey: Uint8Array,
  names: LogNames,
): (request: SandboxRequest) => VendorRequestSeen {
  return ({ vendor, token, topic, collapseId, tag, traceparent, arrivedAt }) => {
    const messageId =
      collapseId ?? tag ?? (traceparent === null ? null : names.messageOf(traceparent)) ?? 'no message';
    for (const app of names.apps) {
      const tokenRef = createHmac('sha256', fingerprintKey)
        .update(`${app}|${vendor}|${token ?? ''}`)
        .digest('base64url')
        .slice(0, 32);
      if (!names.knowsToken(app, tokenRef)) continue;
      return {
        device: names.deviceOf(app, messageId, tokenRef) ?? `${app}/${messageId} ${tokenRef}`,
        arrivedAt,
      };
    }
    return { device: `${messageId} for a token of ${topic ?? vendor} that the log does not know`, arrivedAt };
  };
}
