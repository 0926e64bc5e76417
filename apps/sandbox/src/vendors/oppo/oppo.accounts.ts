import type { RandomSource } from '../../random-source.js';
import type { AccountMaker } from '../../sandbox-vendor.js';
import { communicationCategories, type OppoApp, type OppoApps } from './oppo.apps.js';

/** The template that every account has: the sender's title and text, as they are. */
const template = { id: 'im-template', title: '${title}', content: '${content}' };

/** An app with every approval that OPPO gives: categories of communication, banners, one private template. */
export function oppoAccounts(
  apps: OppoApps,
  random: RandomSource,
  addresses: AccountMaker['addresses'],
): AccountMaker {
  return {
    make: ({ bundle }) => {
      const registration: OppoApp = {
        appId: random.base64url(18),
        appKey: random.hex(16),
        masterSecret: random.hex(16),
        bundle,
        isEnabled: true,
        mayPush: true,
        isAddressBlocked: false,
        lacksFeature: false,
        approvedCategories: communicationCategories,
        mayUseBanner: true,
        templates: [template],
        privateChannels: [],
      };
      const { appKey, masterSecret } = registration;
      return {
        settings: {
          categories: { call: 'IM', chat: 'IM', service: 'ACCOUNT', marketing: 'MARKETING' },
          imTemplate: {
            id: template.id,
            titleParameters: { title: 'title' },
            contentParameters: { content: 'content' },
          },
        },
        credential: `${JSON.stringify({ appKey, masterSecret }, null, 2)}\n`,
        registration: { ...registration },
        phone: {},
      };
    },
    learn: ({ registration }) => apps.register(registration as unknown as OppoApp),
    addresses,
  };
}
