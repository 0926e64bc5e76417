import { openAppDirectory as openApps } from '@reveille/bus/app-directory';
import type { Bus } from '@reveille/bus/connect';
import type { AppSettings } from '@reveille/contracts/app/events';
import type { AppId } from '@reveille/contracts/ids';
import { vendorNames } from '@reveille/contracts/push/vendor';
import { vendorWords } from '@reveille/contracts/vendors/catalog';
import type { VendorWords } from '@reveille/contracts/vendors/words';
import type { Apps, AppVendors } from '../ports.js';

export interface AppDirectory extends Apps {
  stop(): void;
}

/** What each app's settings say about its vendors. Resolves when all that is in APPS is known. */
export async function openAppDirectory(bus: Bus): Promise<AppDirectory> {
  const known = new Map<AppId, AppVendors>();
  const apps = await openApps(bus, {
    configured: ({ app, vendors }) => known.set(app, vendorsOf(vendors)),
    removed: (app) => known.delete(app),
  });
  return { find: (app) => known.get(app) ?? null, stop: () => apps.stop() };
}

function vendorsOf(vendors: AppSettings['vendors']): AppVendors {
  return new Map(
    vendorNames.flatMap((name) => {
      const settings = vendors[name];
      const words: VendorWords = vendorWords[name];
      return settings === undefined ? [] : [[name, words.bundlesOf?.(settings) ?? null] as const];
    }),
  );
}
