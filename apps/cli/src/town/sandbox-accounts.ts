import { apnsKeyIdOf } from './apps-file.js';
import { bundleOf, projectOf, type SandboxClient } from './sandbox-client.js';
import { apnsCredentialFile, fcmKeyFile, publicPem, type TownKeys } from './town-keys.js';

/** Makes the apps known to the simulated vendors: Apple's signing keys and Google's service accounts, public halves only. */
export async function openAccounts(
  sandbox: SandboxClient,
  { credentials }: Pick<TownKeys, 'credentials'>,
  apps: readonly string[],
): Promise<void> {
  await sandbox.call('PUT', '/keys', {
    keys: apps.map((app) => ({
      teamId: 'DEMOTEAM01',
      keyId: apnsKeyIdOf(app),
      publicKey: publicPem(apnsCredentialFile(credentials, app)),
      topics: [bundleOf(app), `${bundleOf(app)}.voip`],
      environment: 'both',
    })),
  });
  await sandbox.call('PUT', '/projects', {
    projects: apps.map((app) => ({
      projectId: projectOf(app),
      serviceAccounts: [
        {
          clientEmail: `push@${projectOf(app)}.example.org`,
          privateKeyId: `key-${app}`,
          publicKey: publicPem(fcmKeyFile(credentials, app)),
        },
      ],
    })),
  });
}
