import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxFixture } from '../../testing/sandbox-fixture.js';
import type { Screen, TestPhone } from '../vendor-bench.js';

const app = 'chat';
const bundle = 'org.example.chat';

/** What a vendor's console gives a provider. */
export interface ProviderAccount {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly credential: string;
  /** The credential as a file in the sandbox's folder. */
  readonly credentialFile: string;
  /** A setting that is a text. Throws when it is none. */
  text(name: string): string;
  /** More fields of a phone with the app. */
  readonly phone: Readonly<Record<string, unknown>>;
}

/** An app with accounts at the vendors, and phones that have it. */
export interface ProviderDesk {
  readonly bundle: string;
  account(vendor: string): Promise<ProviderAccount>;
  phone(vendor: string): Promise<TestPhone>;
  /** A token whose app was removed. */
  deadToken(vendor: string): Promise<string>;
  screen(phone: TestPhone): Promise<Screen>;
  /** How many requests came to a port over HTTP/2. */
  requestsOverHttp2(port: string): Promise<number>;
}

export function openProviderDesk({ control, folder }: SandboxFixture): ProviderDesk {
  const account = async (vendor: string): Promise<ProviderAccount> => {
    const opened = await control.post<Omit<ProviderAccount, 'credentialFile' | 'text'>>('/accounts', {
      vendor,
      app,
      bundle,
    });
    const credentialFile = join(folder, `provider.${vendor}`);
    writeFileSync(credentialFile, opened.credential, { mode: 0o600 });
    const text = (name: string): string => {
      const value = opened.settings[name];
      if (typeof value !== 'string') throw new Error(`${vendor} has no setting ${name}`);
      return value;
    };
    return { ...opened, credentialFile, text };
  };
  const phone = async (vendor: string): Promise<TestPhone> => {
    await account(vendor);
    const { phoneId } = await control.post<{ phoneId: string }>('/phones', { vendor, app });
    const { token } = await control.post<{ token: string }>(`/phones/${phoneId}/token`);
    return { phoneId, token };
  };
  return {
    bundle,
    account,
    phone,
    deadToken: async (vendor) => {
      const { phoneId, token } = await phone(vendor);
      await control.delete(`/phones/${phoneId}/app`);
      return token;
    },
    screen: ({ phoneId }) => control.get<Screen>(`/phones/${phoneId}/lock-screen`),
    requestsOverHttp2: async (port) =>
      (await control.get<Record<string, { requestsOverHttp2: number }>>('/statistics'))[port]
        ?.requestsOverHttp2 ?? 0,
  };
}
