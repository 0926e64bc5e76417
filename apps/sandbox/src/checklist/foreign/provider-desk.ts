import type { KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeApnsKey, makeServiceAccountKey } from '../../testing/provider.js';
import type { SandboxFixture } from '../../testing/sandbox-fixture.js';
import type { Screen, TestPhone } from '../apns-bench.js';

const bundle = 'org.example.chat';
const projectId = 'chat-example';
const clientEmail = `sender@${projectId}.iam.gserviceaccount.com`;

/** Credentials as Apple and Google hand them out, as files in the sandbox's folder. */
export interface ProviderDesk {
  readonly bundle: string;
  readonly projectId: string;
  readonly apns: { readonly keyFile: string; readonly keyId: string; readonly teamId: string };
  readonly serviceAccountFile: string;
  phone(vendor: 'apns' | 'fcm'): Promise<TestPhone>;
  /** A token whose app was removed. */
  deadToken(vendor: 'apns' | 'fcm'): Promise<string>;
  screen(phone: TestPhone): Promise<Screen>;
  /** How many requests came to the FCM port over HTTP/2. */
  requestsOverHttp2(): Promise<number>;
}

const pem = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }).toString();

export async function openProviderDesk({ control, folder }: SandboxFixture): Promise<ProviderDesk> {
  const apnsKey = makeApnsKey();
  const accountKey = makeServiceAccountKey();
  const apns = { keyFile: join(folder, 'provider.p8'), keyId: 'KEYABROAD1', teamId: 'TEAMABROAD' };
  const serviceAccountFile = join(folder, 'service-account.json');
  writeFileSync(apns.keyFile, pem(apnsKey.privateKey), { mode: 0o600 });
  const account = {
    type: 'service_account',
    project_id: projectId,
    private_key_id: 'key-1',
    private_key: pem(accountKey.privateKey),
    client_email: clientEmail,
    client_id: '1',
    token_uri: 'https://oauth2.googleapis.com/token',
  };
  writeFileSync(serviceAccountFile, JSON.stringify(account), { mode: 0o600 });
  await control.put('/keys', {
    teamId: apns.teamId,
    keyId: apns.keyId,
    publicKey: apnsKey.publicKey,
    topics: [bundle],
  });
  await control.put('/projects', {
    projectId,
    serviceAccounts: [{ clientEmail, privateKeyId: 'key-1', publicKey: accountKey.publicKey }],
  });
  const phone = async (vendor: 'apns' | 'fcm'): Promise<TestPhone> => {
    const { phoneId } = await control.post<{ phoneId: string }>('/phones', {
      vendor,
      bundle,
      project: projectId,
    });
    const { token } = await control.post<{ token: string }>(`/phones/${phoneId}/token`);
    return { phoneId, token };
  };
  return {
    bundle,
    projectId,
    apns,
    serviceAccountFile,
    phone,
    deadToken: async (vendor) => {
      const { phoneId, token } = await phone(vendor);
      await control.delete(`/phones/${phoneId}/app`);
      return token;
    },
    screen: ({ phoneId }) => control.get<Screen>(`/phones/${phoneId}/lock-screen`),
    requestsOverHttp2: async () =>
      (await control.get<{ fcm: { requestsOverHttp2: number } }>('/statistics')).fcm.requestsOverHttp2,
  };
}
