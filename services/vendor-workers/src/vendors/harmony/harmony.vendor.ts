import type { AppSettings } from '@reveille/contracts/app/events';
import type { HarmonySettings } from '@reveille/contracts/vendors/harmony';
import type { Vendor, VendorChannel } from '../../vendor.js';
import { harmonyCredential } from './harmony.credential.js';
import { harmonyLimits } from './harmony.limits.js';
import { readHarmonyOutcomes } from './harmony.outcome.js';
import { harmonyReceipts } from './harmony.receipt.js';
import { buildHarmonyRequests, harmonyQuotaOf } from './harmony.request.js';
import { harmonyWithdrawal } from './harmony.withdrawal.js';

/** Push Kit for HarmonyOS 5 and later, over its scenario-based API (v3). */
export const harmonyVendor: Vendor = {
  name: 'harmony',
  limits: harmonyLimits,
  channelOf: (app: AppSettings) =>
    app.vendors.harmony === undefined ? null : harmonyChannel(app.vendors.harmony),
};

function harmonyChannel(settings: HarmonySettings): VendorChannel {
  return {
    wire: {
      sender: settings.sender,
      origins: [settings.endpoint],
      caFile: settings.caFile,
      maxConnections: 16,
      signingKey: null,
    },
    credential: harmonyCredential(settings),
    buildRequests: (push, targets, context) => buildHarmonyRequests(settings, push, targets, context),
    readOutcomes: ({ targets }, answer, now) => readHarmonyOutcomes(targets, answer, now),
    nextRequest: () => null,
    endsConnection: () => false,
    quotaOf: (push) => harmonyQuotaOf(settings, push),
    receipts: harmonyReceipts(settings),
    feedback: null,
    withdrawal: harmonyWithdrawal(settings),
  };
}
