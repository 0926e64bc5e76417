import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { secretIn } from '../town/running-town.js';
import type { SandboxRequest } from '../town/sandbox-client.js';
import type { VendorRequestSeen } from './compare-ledger.js';

/**
 * Names the sandbox's requests as the log names them. Only where the fingerprint key lies open, as in a town of one's own:
 * the log itself never holds a token.
 */
export function nameRequests(
  data: string,
  apps: ReadonlyMap<string, string>,
): (request: SandboxRequest) => VendorRequestSeen | null {
  const key = Buffer.from(secretIn(join(data, 'keys', 'fingerprint.key')), 'base64');
  return ({ vendor, token, topic, collapseId, tag }) => {
    const messageId = collapseId ?? tag;
    const app = apps.get((topic ?? '').replace(/\.voip$/, ''));
    if (messageId === null || token === null || app === undefined) return null;
    const tokenRef = createHmac('sha256', key)
      .update(`${app}|${vendor}|${token}`)
      .digest('base64url')
      .slice(0, 32);
    return { messageId, tokenRef };
  };
}
