import type { AppSettings } from '@reveille/contracts/app/events';
import type { HuaweiSettings } from '@reveille/contracts/vendors/huawei';
import type { Vendor, VendorChannel } from '../../vendor.js';
import { huaweiCredential } from './huawei.credential.js';
import { huaweiLimits } from './huawei.limits.js';
import { readHuaweiOutcomes } from './huawei.outcome.js';
import { huaweiReceipts } from './huawei.receipt.js';
import { buildHuaweiRequests, huaweiQuotaOf } from './huawei.request.js';
import { huaweiWithdrawal } from './huawei.withdrawal.js';

/** Huawei Push Kit for Android phones and HarmonyOS up to 4, over its downlink message API v1 or v2. */
export const huaweiVendor: Vendor = {
  name: 'huawei',
  limits: huaweiLimits,
  channelOf: (app: AppSettings) =>
    app.vendors.huawei === undefined ? null : huaweiChannel(app.vendors.huawei),
};

function huaweiChannel(settings: HuaweiSettings): VendorChannel {
  return {
    wire: {
      sender: settings.sender,
      origins: [settings.endpoint],
      caFile: settings.caFile,
      maxConnections: 16,
      signingKey: null,
    },
    credential: huaweiCredential(settings),
    buildRequests: (push, targets, context) => buildHuaweiRequests(settings, push, targets, context),
    readOutcomes: ({ targets }, answer, now) => readHuaweiOutcomes(targets, answer, now),
    nextRequest: () => null,
    endsConnection: () => false,
    quotaOf: (push) => huaweiQuotaOf(settings, push),
    receipts: huaweiReceipts(settings),
    feedback: null,
    withdrawal: huaweiWithdrawal(settings),
  };
}
