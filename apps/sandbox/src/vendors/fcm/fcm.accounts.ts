import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { AccountMaker } from '../../sandbox-vendor.js';
import type { FcmProjectRegistration, FcmProjects } from './fcm.projects.js';

const documentedTokenUri = 'https://oauth2.googleapis.com/token';

/** A project of an app's own with one service account. */
export function fcmAccounts(projects: FcmProjects, addresses: AccountMaker['addresses']): AccountMaker {
  return {
    make: async ({ app }) => {
      const keys = await promisify(generateKeyPair)('rsa', { modulusLength: 2_048 });
      const projectId = `example-${app}`;
      const clientEmail = `push@${projectId}.iam.gserviceaccount.com`;
      const privateKeyId = `key-${app}`;
      const registration: FcmProjectRegistration = {
        projectId,
        projectNumber: null,
        serviceAccounts: [
          {
            clientEmail,
            privateKeyId,
            publicKey: keys.publicKey.export({ format: 'pem', type: 'spki' }).toString(),
          },
        ],
        isApiEnabled: true,
        apnsKeyRefusedFor: null,
      };
      const credential = {
        type: 'service_account',
        project_id: projectId,
        private_key_id: privateKeyId,
        private_key: keys.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
        client_email: clientEmail,
        token_uri: documentedTokenUri,
      };
      return {
        settings: { projectId },
        credential: `${JSON.stringify(credential, null, 2)}\n`,
        registration: { ...registration },
        phone: { project: projectId },
      };
    },
    learn: ({ registration }) => projects.register(registration as unknown as FcmProjectRegistration),
    addresses,
  };
}
