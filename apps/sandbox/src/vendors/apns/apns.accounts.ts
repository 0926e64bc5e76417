import { generateKeyPairSync } from 'node:crypto';
import type { RandomSource } from '../../random-source.js';
import type { AccountMaker } from '../../sandbox-vendor.js';
import type { ApnsKeyRegistration, ApnsKeys } from './apns.keys.js';

const teamId = 'DEMOTEAM01';
/** Apple's key ids have ten characters. */
const keyIdBytes = 5;

/** A signing key of an app's own, good for its bundle and its calls in both environments. */
export function apnsAccounts(
  keys: ApnsKeys,
  random: RandomSource,
  addresses: AccountMaker['addresses'],
): AccountMaker {
  return {
    make: ({ bundle }) => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const keyId = random.hex(keyIdBytes).toUpperCase();
      const registration: ApnsKeyRegistration = {
        teamId,
        keyId,
        publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
        topics: [bundle, `${bundle}.voip`],
        environment: 'both',
        family: null,
        kind: 'team',
      };
      return {
        settings: { teamId, keyId, bundleId: bundle },
        credential: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
        registration: { ...registration },
        phone: {},
      };
    },
    learn: ({ registration }) => keys.register(registration as unknown as ApnsKeyRegistration),
    addresses,
  };
}
