import type { KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeApnsKey, makeServiceAccountKey } from '../../testing/provider.js';
import type { SandboxFixture } from '../../testing/sandbox-fixture.js';
import type { Screen, TestPhone } from '../apns-bench.js';

const bundle = 'org.example.chat';
const projectId = 'chat-example';
const clientEmail = `sender@${projectId}.iam.gserviceaccount.com`;

/** What a vendor's console gives a provider. */
export interface ProviderAccount {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly credential: string;
  /** More fields of a phone with the app. */
  readonly phone: Readonly<Record<string, unknown>>;
}

/** Credentials as Apple and Google hand them out, as files in the sandbox's folder. */
export interface ProviderDesk {
  readonly bundle: string;
  readonly projectId: string;
  readonly apns: { readonly keyFile: string; readonly keyId: string; readonly teamId: string };
  readonly serviceAccountFile: string;
  /** The account of the bundle at a vendor that needs no key of the provider's making. */
  account(vendor: string): Promise<ProviderAccount>;
  phone(vendor: string): Promise<TestPhone>;
  /** A token whose app was removed. */
  deadToken(vendor: string): Promise<string>;
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
  const serviceAccount = {
    type: 'service_account',
    project_id: projectId,
    private_key_id: 'key-1',
    private_key: pem(accountKey.privateKey),
    client_email: clientEmail,
    client_id: '1',
    token_uri: 'https://oauth2.googleapis.com/token',
  };
  writeFileSync(serviceAccountFile, JSON.stringify(serviceAccount), { mode: 0o600 });
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
  const account = (vendor: string): Promise<ProviderAccount> =>
    control.post<ProviderAccount>('/accounts', { vendor, app: 'chat', bundle });
  const phone = async (vendor: string): Promise<TestPhone> => {
    const isOwn = vendor === 'apns' || vendor === 'fcm';
    const more = isOwn ? { project: projectId } : (await account(vendor)).phone;
    const { phoneId } = await control.post<{ phoneId: string }>('/phones', { vendor, bundle, ...more });
    const { token } = await control.post<{ token: string }>(`/phones/${phoneId}/token`);
    return { phoneId, token };
  };
  return {
    bundle,
    projectId,
    apns,
    serviceAccountFile,
    account,
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
