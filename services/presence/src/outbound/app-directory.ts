import { decodeFact } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import type { AppSettings } from '@reveille/contracts/app/events';
import type { AppId } from '@reveille/contracts/ids';
import { type VendorName, vendorNames } from '@reveille/contracts/push/vendor';
import { readData } from '@reveille/contracts/read-data';
import { subjectPatterns } from '@reveille/contracts/subjects';
import type { Apps } from '../ports.js';
import { followStream } from './follow-stream.js';

export interface AppDirectory extends Apps {
  stop(): void;
}

/** The vendors that each app has credentials for, followed in APPS. Resolves when all that is there is known. */
export async function openAppDirectory(bus: Bus): Promise<AppDirectory> {
  const vendors = new Map<AppId, ReadonlySet<VendorName>>();
  const follower = await followStream(
    bus,
    { stream: 'APPS', subject: subjectPatterns.apps },
    {
      apply(stored) {
        try {
          const { type, version, data, app } = decodeFact(stored);
          const read = readData(type, version, data);
          if (type === 'app-configured') vendors.set(app, configured(read as AppSettings));
          else if (type === 'app-removed') vendors.delete(app);
        } catch (error) {
          bus.logger.warn('an app cannot be read', { sequence: stored.sequence, error });
        }
      },
      reset: () => vendors.clear(),
    },
  );
  return { vendorsOf: (app) => vendors.get(app) ?? null, stop: () => follower.stop() };
}

function configured(settings: AppSettings): ReadonlySet<VendorName> {
  return new Set(vendorNames.filter((name) => settings.vendors[name] !== undefined));
}
