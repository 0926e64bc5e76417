import { createHmac } from 'node:crypto';
import type { SandboxRequest } from '../town/sandbox-client.js';
import type { VendorRequestSeen } from './compare-ledger.js';
import type { LogNames } from './log-names.js';

/**
 * Names the vendor's requests as the log names them. Whose app a request is, its token says: a topic may be any bundle that the
 * app has, and of several apps that know the token under the fingerprint key only one has facts about it. Which message it is, its
 * collapse id or tag says where that is the message's id, else its trace: a vendor may know the message by a number of its own, and
 * newer messages of a conversation may share a key. A request whose token no app knows stays, under no app's name: the log has
 * to explain all of them.
 */
export function nameRequests(
  fingerprintKey: Uint8Array,
  names: LogNames,
): (request: SandboxRequest) => VendorRequestSeen {
  return ({ vendor, token, topic, collapseId, tag, traceparent, arrivedAt }) => {
    const traced = traceparent === null ? null : names.messageOf(traceparent);
    const candidates = [collapseId, tag, traced].filter((id) => id !== null);
    const fallback = candidates[0] ?? 'no message';
    for (const app of names.apps) {
      const tokenRef = createHmac('sha256', fingerprintKey)
        .update(`${app}|${vendor}|${token ?? ''}`)
        .digest('base64url')
        .slice(0, 32);
      if (!names.knowsToken(app, tokenRef)) continue;
      const known = candidates
        .map((id) => names.deviceOf(app, id, tokenRef))
        .find((device) => device !== null);
      return { device: known ?? `${app}/${fallback} ${tokenRef}`, arrivedAt };
    }
    return { device: `${fallback} for a token of ${topic ?? vendor} that the log does not know`, arrivedAt };
  };
}
