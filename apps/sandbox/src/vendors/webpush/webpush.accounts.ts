import { createECDH } from 'node:crypto';
import type { AccountMaker } from '../../sandbox-vendor.js';

/** A VAPID key of an app's own: nobody registers it anywhere, subscriptions are made with it. */
export function webpushAccounts(origin: () => string): AccountMaker {
  return {
    make: ({ app }) => {
      const key = createECDH('prime256v1');
      const publicKey = key.generateKeys('base64url');
      const credential = { publicKey, privateKey: key.getPrivateKey('base64url') };
      return {
        settings: {
          subject: `mailto:push@${app}.example`,
          // Here browsers' push services are on this machine, and they are the ones that the app relies on.
          allowPrivateEndpoints: true,
          services: [origin()],
        },
        credential: `${JSON.stringify(credential, null, 2)}\n`,
        registration: { publicKey },
        phone: { applicationServerKey: publicKey },
      };
    },
    learn: () => undefined,
    // Where to push stands in each subscription.
    addresses: () => ({}),
  };
}
