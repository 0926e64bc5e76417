import { createHash } from 'node:crypto';
import type { RandomSource } from '../../random-source.js';
import type { AccountMaker } from '../../sandbox-vendor.js';
import { digestOf, type HonorAppRegistration, type HonorApps } from './honor.apps.js';

/** An app of its own with every right, a client id that is not the app's, and a secret. */
export function honorAccounts(
  apps: HonorApps,
  random: RandomSource,
  addresses: AccountMaker['addresses'],
): AccountMaker {
  return {
    make: ({ app }) => {
      const appId = `104${numberOf(`app ${app}`)}`;
      const clientId = `200${numberOf(`client ${app}`)}`;
      const secret = random.hex(32);
      const registration: HonorAppRegistration = {
        appId,
        clientId,
        secretDigest: digestOf(secret),
        isPushOn: true,
        mayClassify: true,
      };
      return {
        settings: { appId },
        credential: `${JSON.stringify({ client_id: clientId, client_secret: secret }, null, 2)}\n`,
        registration: { ...registration },
        phone: { appId },
      };
    },
    learn: ({ registration }) => apps.register(registration as unknown as HonorAppRegistration),
    addresses,
    callBack: ({ registration }, url) =>
      apps.setReceiptUrl((registration as unknown as HonorAppRegistration).appId, url),
  };
}

/** Eight digits, the same for the same name. */
function numberOf(name: string): string {
  const digits = createHash('sha256').update(name).digest().readUInt32BE(0) % 100_000_000;
  return String(digits).padStart(8, '0');
}
