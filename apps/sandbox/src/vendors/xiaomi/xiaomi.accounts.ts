import type { AccountMaker } from '../../sandbox-vendor.js';
import type { RandomSource } from '../../random-source.js';
import type { XiaomiApp, XiaomiApps } from './xiaomi.apps.js';

/** An app with a private channel, whose template takes a sender and a text, and a public one. */
export function xiaomiAccounts(
  apps: XiaomiApps,
  random: RandomSource,
  addresses: AccountMaker['addresses'],
): AccountMaker {
  return {
    make: ({ bundle }) => {
      const secret = random.base64url(18);
      const registration: XiaomiApp = {
        packages: [bundle],
        secret,
        channels: [
          { id: 'im', kind: 'private' },
          { id: 'news', kind: 'public' },
        ],
        templates: [{ id: 'P10001', title: 'From {from}', description: '{text}' }],
      };
      return {
        settings: {
          packageName: bundle,
          channels: [
            {
              id: 'im',
              kind: 'private',
              classes: ['call', 'chat', 'service'],
              templateId: 'P10001',
              templateParams: { from: '{title}', text: '{content}' },
            },
            { id: 'news', kind: 'public', classes: ['marketing'] },
          ],
        },
        credential: `${secret}\n`,
        registration: { ...registration },
        phone: {},
      };
    },
    learn: ({ registration }) => apps.register(registration as unknown as XiaomiApp),
    addresses,
  };
}
