import type { AppSettings } from '@reveille/contracts/app/events';
import type { XiaomiSettings } from '@reveille/contracts/vendors/xiaomi';
import type { Vendor, VendorChannel } from '../../vendor.js';
import { xiaomiCredential } from './xiaomi.credential.js';
import { xiaomiLimits } from './xiaomi.limits.js';
import { readXiaomiOutcomes } from './xiaomi.outcome.js';
import { xiaomiReceipts } from './xiaomi.receipt.js';
import { buildXiaomiRequests, quotaNameOf, xiaomiQuotaOf } from './xiaomi.request.js';
import { xiaomiWithdrawal } from './xiaomi.withdrawal.js';

/** Mi Push over its server API with registration ids. */
export const xiaomiVendor: Vendor = {
  name: 'xiaomi',
  limits: xiaomiLimits,
  channelOf: (app: AppSettings) =>
    app.vendors.xiaomi === undefined ? null : xiaomiChannel(app.vendors.xiaomi),
};

function xiaomiChannel(settings: XiaomiSettings): VendorChannel {
  return {
    wire: {
      sender: settings.sender,
      origins: [settings.endpoint],
      caFile: settings.caFile,
      maxConnections: 16,
      signingKey: null,
    },
    credential: xiaomiCredential(settings),
    buildRequests: (push, targets, context) => buildXiaomiRequests(settings, push, targets, context),
    readOutcomes: ({ targets, request }, answer, now) =>
      readXiaomiOutcomes(targets, answer, now, () => quotaNameOf(settings, request)),
    nextRequest: () => null,
    endsConnection: () => false,
    quotaOf: (push) => xiaomiQuotaOf(settings, push),
    receipts: xiaomiReceipts,
    feedback: null,
    withdrawal: xiaomiWithdrawal(settings),
  };
}
