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
  phone(app: AppSettings, vendor: VendorName, more?: object): Promise<Phone>;
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

export async function openVendorTown(): Promise<VendorTown> {
  const { sandbox, control, folder, portOf, close } = await openSandboxFixture(() => Date.now());
  const files = mkdtempSync(join(tmpdir(), 'reveille-credentials-'));
  const bundleOf = (app: string) => `com.example.${app}`;
  let keys = 0;

  const writeKey = async (name: string, keyId: string, more: object = {}) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(join(files, `${name}.p8`), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await control.put('/keys', {
      teamId: 'TEAM123456',
      keyId,
      publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      topics: [bundleOf(name)],
      ...more,
    });
  };
  const writeAccount = async (name: string) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const clientEmail = `push@${name}.iam.gserviceaccount.com`;
    const privateKeyId = `key-${(keys += 1)}`;
    writeFileSync(
      join(files, `${name}.json`),
      JSON.stringify({
        client_email: clientEmail,
        private_key_id: privateKeyId,
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      }),
    );
    await control.put('/projects', {
      projectId: `project-${name}`,
      projectNumber: String(1_000 + keys),
      serviceAccounts: [
        {
          clientEmail,
          privateKeyId,
          publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        },
      ],
    });
  };
  const keyIdOf = (name: string) => name.toUpperCase().padEnd(10, '0').slice(0, 10);

  return {
    control,
    caFile: sandbox.caFile,
    folder: files,
    async appCalled(name, more = {}) {
      await writeKey(name, keyIdOf(name), more.key);
      await writeAccount(name);
      return appSettingsSchema.parse({
        app: name,
        vendors: {
          apns: {
            credential: `file:${join(files, `${name}.p8`)}`,
            caFile: sandbox.caFile,
            teamId: 'TEAM123456',
            keyId: keyIdOf(name),
            bundleId: bundleOf(name),
            endpoint: `https://127.0.0.1:${portOf('apns')}`,
            developmentEndpoint: `https://127.0.0.1:${portOf('apns-development')}`,
            ...more.apns,
          },
          fcm: {
            credential: `file:${join(files, `${name}.json`)}`,
            caFile: sandbox.caFile,
            projectId: `project-${name}`,
            endpoint: `https://127.0.0.1:${portOf('fcm')}`,
            tokenEndpoint: `https://127.0.0.1:${portOf('fcm')}/token`,
            ...more.fcm,
          },
        },
      });
    },
    async revokeKey(name) {
      await control.delete(`/keys/${keyIdOf(name)}`);
    },
    async replaceKey(name) {
      await writeKey(name, keyIdOf(name));
    },
    phone: (app, vendor, more = {}) => makePhone(control, app, vendor, more),
    async phones(app, vendor, count) {
      const body = { count, ...phoneOf(app, vendor) };
      return (await control.post<{ phones: Phone[] }>('/phones/batch', body)).phones;
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

function phoneOf({ app, vendors }: AppSettings, vendor: VendorName): object {
  if (vendor === 'apns') return { vendor, bundle: vendors.apns?.bundleId, environment: 'production' };
  return { vendor, package: `com.example.${app}`, project: vendors.fcm?.projectId };
}

async function makePhone(
  control: ControlClient,
  app: AppSettings,
  vendor: VendorName,
  more: object,
): Promise<Phone> {
  const { kind, ...rest } = { kind: 'alert', ...more };
  const { phoneId } = await control.post<{ phoneId: string }>('/phones', {
    ...phoneOf(app, vendor),
    ...rest,
  });
  return control.post<Phone>(`/phones/${phoneId}/token`, { kind });
}
