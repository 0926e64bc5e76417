import { inParallel } from '../harness/scenario.js';
import type { Town } from '../harness/town.js';

export type Vendor = 'apns' | 'fcm';
export interface UserPhone {
  readonly user: string;
  readonly phoneId: string;
}

/** `count` users `<name>-<n>`, each with a phone that is registered by the app's server. */
export async function registerMany(
  town: Town,
  vendor: Vendor,
  name: string,
  count: number,
  app: string,
): Promise<UserPhone[]> {
  const phones = await town.sandbox.addPhones(vendor, count, app);
  return inParallel(phones, 50, async ({ phoneId, token }, index) => {
    const user = `${name}-${index}`;
    await town.http('PUT', `/v1/devices/${user}/push`, {
      bearer: town.serverKeyOf(app),
      body: { user, vendor, token },
    });
    return { user, phoneId };
  });
}

/** How often each phone has shown something. */
export async function shownCounts(town: Town, phones: readonly UserPhone[]): Promise<number[]> {
  return inParallel(phones, 50, async ({ phoneId }) =>
    (await town.sandbox.lockScreen(phoneId)).reduce((sum, { shownCount }) => sum + shownCount, 0),
  );
}
