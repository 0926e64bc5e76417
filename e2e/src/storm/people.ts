import type { VendorName } from '@reveille/contracts/push/vendor';
import { inParallel } from '../harness/scenario.js';
import type { Town } from '../harness/town.js';

/** Somebody who is away and has a phone of every vendor. */
export interface Person {
  readonly user: string;
  readonly app: string;
  readonly phones: readonly {
    readonly vendor: VendorName;
    readonly phoneId: string;
    readonly token: string;
  }[];
}

/** What an app is called at a vendor: the scopes by which a fault hits it and no other app. */
export interface AppAtVendor {
  readonly app: string;
  readonly vendor: VendorName;
  readonly topics: readonly string[];
}

interface Account {
  readonly app: string;
  readonly vendor: VendorName;
  readonly bundle: string;
  readonly phone: Readonly<Record<string, unknown>>;
}

export async function appsAtVendors(town: Town): Promise<AppAtVendor[]> {
  const { accounts } = await town.sandbox.call<{ accounts: Account[] }>('GET', '/accounts');
  return accounts.map(({ app, vendor, bundle, phone }) => ({
    app,
    vendor,
    topics: [bundle, ...Object.values(phone).filter((value) => typeof value === 'string')],
  }));
}

/** `count` people of the app, each with a phone of every vendor that the app has an account with. */
export async function registerPeople(town: Town, app: string, count: number): Promise<Person[]> {
  const { accounts } = await town.sandbox.call<{ accounts: Account[] }>('GET', `/accounts?app=${app}`);
  const phones = new Map<VendorName, readonly { phoneId: string; token: string }[]>();
  for (const { vendor, bundle, phone } of accounts) {
    const wish = { vendor, bundle, count, ...phone };
    phones.set(
      vendor,
      (
        await town.sandbox.call<{ phones: { phoneId: string; token: string }[] }>(
          'POST',
          '/phones/batch',
          wish,
        )
      ).phones,
    );
  }
  const bearer = town.serverKeyOf(app);
  return inParallel(
    Array.from({ length: count }, (_, index) => `${app}-${index}`),
    8,
    async (user, index): Promise<Person> => {
      const own = [...phones].map(([vendor, all]) => ({
        vendor,
        ...(all[index] as { phoneId: string; token: string }),
      }));
      for (const { vendor, token } of own)
        await town.http('PUT', `/v1/devices/${user}-${vendor}/push`, {
          bearer,
          body: { user, vendor, token },
        });
      return { user, app, phones: own };
    },
  );
}
