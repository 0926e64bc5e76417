import type { AppSettings } from '@reveille/contracts/app/events';
import type { HonorSettings } from '@reveille/contracts/vendors/honor';
import type { Vendor, VendorChannel } from '../../vendor.js';
import { honorCredential } from './honor.credential.js';
import { honorLimits } from './honor.limits.js';
import { readHonorOutcomes } from './honor.outcome.js';
import { honorReceipts } from './honor.receipt.js';
import { buildHonorRequests, honorQuotaOf } from './honor.request.js';

/** Honor Push over its downlink message API. */
export const honorVendor: Vendor = {
  name: 'honor',
  limits: honorLimits,
  channelOf: (app: AppSettings) => (app.vendors.honor === undefined ? null : honorChannel(app.vendors.honor)),
};

function honorChannel(settings: HonorSettings): VendorChannel {
  return {
    wire: {
      sender: settings.sender,
      origins: [settings.endpoint],
      caFile: settings.caFile,
      maxConnections: 16,
      signingKey: null,
    },
    credential: honorCredential(settings),
    buildRequests: (push, targets, context) => buildHonorRequests(settings, push, targets, context),
    readOutcomes: ({ targets }, answer, now) => readHonorOutcomes(settings, targets, answer, now),
    nextRequest: () => null,
    endsConnection: () => false,
    quotaOf: (push) => honorQuotaOf(settings, push),
    receipts: honorReceipts(settings),
    feedback: null,
  };
}
