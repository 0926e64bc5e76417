import { createHash, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { AccountMaker } from '../../sandbox-vendor.js';
import type { HarmonyProjectRegistration, HarmonyProjects } from './harmony.projects.js';

const tokenUri = 'https://oauth-login.cloud.huawei.com/oauth2/v3/token';

/** A project of its own, with every right, and one service account. */
export function harmonyAccounts(
  projects: HarmonyProjects,
  addresses: AccountMaker['addresses'],
): AccountMaker {
  return {
    make: async ({ app, bundle }) => {
      const keys = await promisify(generateKeyPair)('rsa', { modulusLength: 2_048 });
      const projectId = `7${numberOf(`project ${app}`)}`;
      const clientId = `6${numberOf(`client ${app}`)}`;
      const keyId = `harmony-${projectId}`;
      const subAccount = `5${numberOf(`account ${app}`)}`;
      const registration: HarmonyProjectRegistration = {
        projectId,
        clientId,
        packageName: bundle,
        serviceAccounts: [
          {
            subAccount,
            keyId,
            publicKey: keys.publicKey.export({ format: 'pem', type: 'spki' }).toString(),
          },
        ],
        isPushOn: true,
        isUnderPenalty: false,
        categories: null,
        pushTypes: null,
        isLicensedNews: false,
      };
      const credential = {
        project_id: projectId,
        key_id: keyId,
        private_key: keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
        sub_account: subAccount,
        token_uri: tokenUri,
      };
      return {
        settings: { projectId, clientId },
        credential: `${JSON.stringify(credential, null, 2)}\n`,
        registration: { ...registration },
        phone: { projectId },
      };
    },
    learn: ({ registration }) => projects.register(registration as unknown as HarmonyProjectRegistration),
    addresses,
    callBack: ({ registration }, url) =>
      projects.setAddress({
        projectId: (registration as unknown as HarmonyProjectRegistration).projectId,
        id: null,
        url,
        user: null,
        key: null,
        keyStyle: 'base64',
      }),
  };
}

/** Eight digits, the same for the same name. */
function numberOf(name: string): string {
  const digits = createHash('sha256').update(name).digest().readUInt32BE(0) % 100_000_000;
  return String(digits).padStart(8, '0');
}
