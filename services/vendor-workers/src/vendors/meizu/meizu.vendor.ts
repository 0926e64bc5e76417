import type { AppSettings } from '@reveille/contracts/app/events';
import type { MeizuSettings } from '@reveille/contracts/vendors/meizu';
import type { Vendor, VendorChannel } from '../../vendor.js';
import { meizuCredential } from './meizu.credential.js';
import { meizuLimits } from './meizu.limits.js';
import { readMeizuOutcomes } from './meizu.outcome.js';
import { meizuReceipts } from './meizu.receipt.js';
import { buildMeizuRequests, meizuQuotaOf } from './meizu.request.js';

/** Flyme push, notifications by push id. */
export const meizuVendor: Vendor = {
  name: 'meizu',
  limits: meizuLimits,
  channelOf: (app: AppSettings) => (app.vendors.meizu === undefined ? null : meizuChannel(app.vendors.meizu)),
};

function meizuChannel(settings: MeizuSettings): VendorChannel {
  return {
    wire: {
      sender: settings.sender,
      origins: [settings.endpoint],
      caFile: settings.caFile,
      maxConnections: 16,
      signingKey: null,
    },
    credential: meizuCredential(settings),
    buildRequests: (push, targets, context) => buildMeizuRequests(settings, push, targets, context),
    readOutcomes: ({ targets }, answer, now) => readMeizuOutcomes(targets, answer, now),
    nextRequest: () => null,
    endsConnection: () => false,
    quotaOf: (push) => meizuQuotaOf(settings, push),
    receipts: meizuReceipts,
    feedback: null,
  };
}
