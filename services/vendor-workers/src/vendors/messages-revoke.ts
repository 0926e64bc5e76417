import type { Credential, OpenTarget, WithdrawalRequest } from '../vendor.js';
import { notifyIdOf } from './notify-id.js';

const encoder = new TextEncoder();

/** One call of Huawei's `messages:revoke`, the same for Android and HarmonyOS (Push Kit, `push-msg-revoke`). */
export function messagesRevoke(
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
