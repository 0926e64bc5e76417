import type { RandomSource } from '../../random-source.js';
import type { AccountMaker } from '../../sandbox-vendor.js';
import type { VivoApp, VivoApps } from './vivo.apps.js';

const appIdCeiling = 1_000_000_000;

/** An app in the store with the right to system messages. */
export function vivoAccounts(
  apps: VivoApps,
  random: RandomSource,
  addresses: AccountMaker['addresses'],
): AccountMaker {
  return {
    make: ({ bundle }) => {
      const registration: VivoApp = {
        appId: 100_000 + (Number.parseInt(random.hex(6), 16) % appIdCeiling),
        appKey: random.uuid(),
        appSecret: random.uuid(),
        bundle,
        isChannelOn: true,
        isUnderReview: false,
        hasSystemMessages: true,
        testDevices: [],
        callbacks: [],
      };
      const { appId, appKey, appSecret } = registration;
      return {
        settings: {
          appId,
          categories: { call: 'IM', chat: 'IM', service: 'ACCOUNT', marketing: 'MARKETING' },
          receiptId: random.hex(4),
        },
        credential: `${JSON.stringify({ appKey, appSecret }, null, 2)}\n`,
        registration: { ...registration },
        phone: {},
      };
    },
    learn: ({ registration }) => apps.register(registration as unknown as VivoApp),
    addresses,
    // Entered long ago: a new address would be without receipts for an hour.
    callBack: ({ registration, settings }, url) => {
      const app = registration as unknown as VivoApp;
      const callbacks = [{ id: String(settings['receiptId']), url, registeredAt: 0 }];
      apps.register({ ...(apps.find(app.appId) ?? app), callbacks });
    },
  };
}
