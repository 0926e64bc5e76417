import { createHash } from 'node:crypto';
import type { RandomSource } from '../../random-source.js';
import type { AccountMaker } from '../../sandbox-vendor.js';
import type { HuaweiAppRegistration, HuaweiApps } from './huawei.apps.js';
import { digestOf } from './huawei.oauth.js';

/** An app of its own at AppGallery Connect, with every right, and its client secret. */
export function huaweiAccounts(
  apps: HuaweiApps,
  random: RandomSource,
  addresses: AccountMaker['addresses'],
): AccountMaker {
  return {
    make: ({ app, bundle }) => {
      const appId = `1${numberOf(`app ${app}`)}`;
      const projectId = `9${numberOf(`project ${app}`)}`;
      const secret = random.hex(32);
      const registration: HuaweiAppRegistration = {
        appId,
        projectId,
        packageName: bundle,
        secretDigest: digestOf(secret),
        serviceAccounts: [],
        isPushOn: true,
        isUnderPenalty: false,
        categories: null,
        mayUseHighData: false,
        isLicensedNews: false,
      };
      return {
        settings: { appId, projectId },
        credential: `${JSON.stringify({ client_id: appId, client_secret: secret }, null, 2)}\n`,
        registration: { ...registration },
        phone: { appId },
      };
    },
    learn: ({ registration }) => apps.register(registration as unknown as HuaweiAppRegistration),
    addresses,
    callBack: ({ registration }, url) =>
      apps.setAddress({
        appId: (registration as unknown as HuaweiAppRegistration).appId,
        id: null,
        url,
        user: null,
        key: null,
        keyStyle: 'base64',
        version: 1,
      }),
  };
}

/** Eight digits, the same for the same name. */
function numberOf(name: string): string {
  const digits = createHash('sha256').update(name).digest().readUInt32BE(0) % 100_000_000;
  return String(digits).padStart(8, '0');
}
