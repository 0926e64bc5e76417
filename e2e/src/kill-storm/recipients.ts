import { HalfOpenClient } from '../harness/half-open-client.js';
import { RestlessClient } from '../harness/restless-client.js';
import { inParallel } from '../harness/scenario.js';
import type { Town } from '../harness/town.js';

export interface Recipient {
  readonly user: string;
  /**
   * `offline`: no connection; `online`: there and acknowledges; `half-open`: looks connected, and nothing gets through;
   * `leaving`: no connection, and logs out during the storm.
   */
  readonly kind: 'offline' | 'online' | 'half-open' | 'leaving';
  readonly phone: { readonly phoneId: string; readonly token: string } | null;
}

/** How many there are of each kind, and how many of them have a phone (one half of each vendor's). */
const groups = [
  { kind: 'offline', prefix: 'away', count: 160, phones: 160 },
  { kind: 'online', prefix: 'there', count: 60, phones: 40 },
  { kind: 'half-open', prefix: 'silent', count: 50, phones: 30 },
  { kind: 'leaving', prefix: 'leaving', count: 30, phones: 30 },
] as const;

export async function registerRecipients(town: Town): Promise<Recipient[]> {
  const all: Recipient[] = [];
  for (const { kind, prefix, count, phones } of groups) {
    const apns = await town.sandbox.addPhones('apns', phones / 2);
    const fcm = await town.sandbox.addPhones('fcm', phones / 2);
    const owners = await inParallel([...apns, ...fcm], 20, async (phone, index): Promise<Recipient> => {
      const user = `${prefix}-${index}`;
      const vendor = index < apns.length ? 'apns' : 'fcm';
      // The phone is the very device that their client says it is.
      await town.register(`${user}-d`, { user, vendor, token: phone.token });
      return { user, kind, phone };
    });
    const others = Array.from(
      { length: count - phones },
      (_, index): Recipient => ({ user: `${prefix}-${phones + index}`, kind, phone: null }),
    );
    all.push(...owners, ...others);
  }
  return all;
}

export interface Clients {
  readonly online: readonly RestlessClient[];
  readonly halfOpen: readonly HalfOpenClient[];
}

export async function connectRecipients(town: Town, recipients: readonly Recipient[]): Promise<Clients> {
  const of = (kind: Recipient['kind']) => recipients.filter((recipient) => recipient.kind === kind);
  return {
    online: await inParallel(of('online'), 20, ({ user }) => RestlessClient.start(town, user, true)),
    halfOpen: await inParallel(of('half-open'), 20, ({ user }) => HalfOpenClient.start(town, user)),
  };
}
