import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppSettings, appSettingsSchema } from '@reveille/contracts/app/events';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { openSandboxFixture } from '@reveille/sandbox/testing/sandbox-fixture';
import type { ControlClient } from '@reveille/sandbox/testing/control-client';

export interface LedgerEntry {
  readonly arrivedAt: number;
  readonly vendor: string;
  readonly environment: string | null;
  readonly token: string;
  readonly apnsId: string | null;
  readonly vendorId: string | null;
  readonly collapseId: string | null;
  readonly tag: string | null;
  readonly status: number | null;
  readonly reason: string | null;
  readonly effect: string | null;
  readonly fault: string | null;
  readonly traceparent: string | null;
  readonly connection: number;
  readonly stream: number;
  readonly payload: unknown;
}
/** What a person sees, and what the app was handed. */
export interface Screen {
  readonly notifications: readonly {
    readonly title: string | null;
    readonly body: string | null;
    readonly shownCount: number;
  }[];
  readonly data: readonly { readonly data: Readonly<Record<string, unknown>> }[];
  readonly badge: number | null;
}
/** Fields of the sandbox's `POST /phones`; `kind` is that of the token. */
export type PhoneFields = Readonly<Record<string, unknown>> & { readonly kind?: string };
export interface Phone {
  readonly phoneId: string;
  readonly token: string;
}

/** The vendors' side of a test: a sandbox, an app's credentials in files, phones. Real TLS, real HTTP/2. */
export interface VendorTown {
  readonly control: ControlClient;
  readonly caFile: string;
  readonly folder: string;
  /**
   * Settings of an app with every vendor; each app has an account of its own at each. `more`: settings of a vendor besides
   * those that the account gives. `key`: what Apple knows of the key, for instance its environment.
   */
  appCalled(name: string, more?: { readonly [Name in VendorName | 'key']?: object }): Promise<AppSettings>;
  /** Apple refuses the app's key from now on. */
  revokeKey(name: string): Promise<void>;
  /** A fresh key in the app's file, known to Apple under the same id. */
  replaceKey(name: string): Promise<void>;
  phone(app: AppSettings, vendor: VendorName, more?: PhoneFields): Promise<Phone>;
  phones(app: AppSettings, vendor: VendorName, count: number): Promise<readonly Phone[]>;
  /** Takes the app off the phone. */
  uninstall(phone: Phone): Promise<void>;
  /** Whether the phone reaches the vendor. */
  network(phone: Phone, isOnline: boolean): Promise<void>;
  screen(phoneId: string): Promise<Screen>;
  ledger(token?: string): Promise<readonly LedgerEntry[]>;
  fault(fault: object): Promise<void>;
  close(): Promise<void>;
}

/** A provider account as the sandbox's `POST /accounts` tells it. */
interface Account {
  readonly vendor: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly credential: string;
}

export async function openVendorTown(): Promise<VendorTown> {
  const { sandbox, control, folder, close } = await openSandboxFixture(() => Date.now());
  const files = mkdtempSync(join(tmpdir(), 'reveille-credentials-'));
  const keyIds = new Map<string, string>();

  const registerKey = async (name: string, more: object = {}) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(credentialFile(name, 'apns'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await control.put('/keys', {
      teamId: await teamOf(name),
      keyId: keyIdOf(name),
      publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      topics: [bundleOf(name)],
      ...more,
    });
  };
  const bundleOf = (app: string) => `com.example.${app}`;
  const credentialFile = (app: string, vendor: string) => join(files, `${app}.${vendor}`);
  const keyIdOf = (name: string) => keyIds.get(name) ?? '';
  const teamOf = async (app: string) => {
    const { accounts } = await control.get<{ accounts: Account[] }>(`/accounts?app=${app}`);
    return accounts.find(({ vendor }) => vendor === 'apns')?.settings['teamId'];
  };

  return {
    control,
    caFile: sandbox.caFile,
    folder: files,
    async appCalled(name, more = {}) {
      const wish = { app: name, bundle: bundleOf(name) };
      const { accounts } = await control.post<{ accounts: Account[] }>('/accounts', wish);
      const vendors = accounts.map(({ vendor, settings, credential }) => {
        writeFileSync(credentialFile(name, vendor), credential);
        const own = more[vendor as VendorName] ?? {};
        const reference = `file:${credentialFile(name, vendor)}`;
        return [vendor, { ...settings, credential: reference, caFile: sandbox.caFile, ...own }] as const;
      });
      const app = appSettingsSchema.parse({ app: name, vendors: Object.fromEntries(vendors) });
      keyIds.set(name, app.vendors.apns?.keyId ?? '');
      if (more.key !== undefined) await registerKey(name, more.key);
      return app;
    },
    async revokeKey(name) {
      await control.delete(`/keys/${keyIdOf(name)}`);
    },
    replaceKey: (name) => registerKey(name),
    phone: (app, vendor, more = {}) => makePhone(control, app, vendor, more),
    async phones({ app }, vendor, count) {
      return (await control.post<{ phones: Phone[] }>('/phones/batch', { count, vendor, app })).phones;
    },
    uninstall: async ({ phoneId }) => {
      await control.delete(`/phones/${phoneId}/app`);
    },
    network: async ({ phoneId }, online) => {
      await control.put(`/phones/${phoneId}/network`, { online });
    },
    screen: (phoneId) => control.get<Screen>(`/phones/${phoneId}/lock-screen`),
    async ledger(token) {
      const query = token === undefined ? '' : `&token=${encodeURIComponent(token)}`;
      return (await control.get<{ entries: LedgerEntry[] }>(`/ledger?payload=1&limit=50000${query}`)).entries;
    },
    async fault(fault) {
      await control.put('/faults', fault);
    },
    async close() {
      await close();
      rmSync(files, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function makePhone(
  control: ControlClient,
  { app }: AppSettings,
  vendor: VendorName,
  more: PhoneFields,
): Promise<Phone> {
  const { kind, ...rest } = more;
  const { phoneId } = await control.post<{ phoneId: string }>('/phones', { vendor, app, ...rest });
  return control.post<Phone>(`/phones/${phoneId}/token`, kind === undefined ? {} : { kind });
}
