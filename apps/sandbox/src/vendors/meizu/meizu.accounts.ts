import type { AccountMaker } from '../../sandbox-vendor.js';
import type { RandomSource } from '../../random-source.js';
import type { MeizuApp, MeizuApps } from './meizu.apps.js';

/** An app with an id and a secret; the console knows no receipt address yet. */
export function meizuAccounts(
  apps: MeizuApps,
  random: RandomSource,
  addresses: AccountMaker['addresses'],
): AccountMaker {
  return {
    make: ({ bundle }) => {
      const appId = String(100_000 + Number.parseInt(random.hex(3), 16));
      const secret = random.hex(16);
      const registration: MeizuApp = { appId, bundle, secret, callbacks: [] };
      return {
        settings: { appId },
        credential: `${secret}\n`,
        registration: { ...registration },
        phone: {},
      };
    },
    learn: ({ registration }) => apps.register(registration as unknown as MeizuApp),
    addresses,
  };
}
