import { createHash, createHmac } from 'node:crypto';
import type { TokenNames } from '../ports.js';

const referenceLength = 32;
const pushIdBytes = 16;
const deviceSecretBytes = 32;

/** `fingerprintKey` never changes: the same token must have the same reference for good. */
export function createTokenNames(fingerprintKey: Buffer, random: (bytes: number) => string): TokenNames {
  return {
    refOf: (app, vendor, token) =>
      createHmac('sha256', fingerprintKey)
        .update(`${app}|${vendor}|${token}`)
        .digest('base64url')
        .slice(0, referenceLength),
    hashOf: (deviceSecret) => createHash('sha256').update(deviceSecret).digest('base64url'),
    newPushId: () => random(pushIdBytes),
    newDeviceSecret: () => random(deviceSecretBytes),
  };
}
