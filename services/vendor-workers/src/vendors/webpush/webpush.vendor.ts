import type { AppSettings } from '@reveille/contracts/app/events';
import type { WebpushSettings } from '@reveille/contracts/vendors/webpush';
import type { Vendor, VendorChannel } from '../../vendor.js';
import { webpushCredential } from './webpush.credential.js';
import { isServiceOf } from './webpush.endpoint.js';
import { webpushLimits } from './webpush.limits.js';
import { readWebpushOutcome } from './webpush.outcome.js';
import { buildWebpushRequests } from './webpush.request.js';

/** Browsers' push services: RFC 8030 with RFC 8291 for the text and RFC 8292 for who pushes. */
export const webpushVendor: Vendor = {
  name: 'webpush',
  limits: webpushLimits,
  channelOf: (app: AppSettings) =>
    app.vendors.webpush === undefined ? null : webpushChannel(app.vendors.webpush),
};

function webpushChannel(settings: WebpushSettings): VendorChannel {
  return {
    wire: {
      sender: settings.sender,
      // Wherever subscriptions lead to.
      origins: [],
      originsAreApart: true,
      caFile: settings.caFile,
      maxConnections: 8,
      signingKey: null,
      onlyPublicAddresses: !settings.allowPrivateEndpoints,
    },
    credential: webpushCredential(settings),
    buildRequests: (push, targets, context) => buildWebpushRequests(settings, push, targets, context),
    readOutcomes: ({ request }, answer, now) => [
      readWebpushOutcome(answer, isServiceOf(settings.services, request.origin), now),
    ],
    nextRequest: () => null,
    endsConnection: () => false,
    quotaOf: () => null,
    receipts: null,
    feedback: null,
  };
}
