import type { AppSettings } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import { isOppoMarketing, type OppoSettings } from '@reveille/contracts/vendors/oppo';
import type { Vendor, VendorChannel, VendorQuota } from '../../vendor.js';
import { oppoCredential } from './oppo.credential.js';
import { oppoFeedback } from './oppo.feedback.js';
import { oppoLimits } from './oppo.limits.js';
import { readOppoOutcomes } from './oppo.outcome.js';
import { oppoReceipts } from './oppo.receipt.js';
import { buildOppoRequests, presentationOf } from './oppo.request.js';

/** OPPO push (OPUSH, for OPPO, realme and OnePlus phones) over its server API. */
export const oppoVendor: Vendor = {
  name: 'oppo',
  limits: oppoLimits,
  channelOf: (app: AppSettings) => (app.vendors.oppo === undefined ? null : oppoChannel(app.vendors.oppo)),
};

function oppoChannel(settings: OppoSettings): VendorChannel {
  const { endpoint, feedbackEndpoint } = settings;
  return {
    wire: {
      sender: 'https',
      origins: [endpoint, ...(feedbackEndpoint === null ? [] : [feedbackEndpoint])],
      caFile: settings.caFile,
      maxConnections: 16,
      signingKey: null,
    },
    credential: oppoCredential(settings),
    buildRequests: (push, targets, context) => buildOppoRequests(settings, push, targets, context),
    readOutcomes: readOppoOutcomes,
    nextRequest: () => null,
    endsConnection: () => false,
    quotaOf: (push) => quotaOf(settings, push),
    receipts: oppoReceipts,
    feedback: oppoFeedback(settings),
  };
}

/** OPPO counts content and marketing; communication and service have no caps. */
function quotaOf(settings: OppoSettings, push: PushNotification): VendorQuota | null {
  const { category } = presentationOf(settings, push);
  const isMarketing = category === null ? push.resource?.class === 'marketing' : isOppoMarketing(category);
  if (!isMarketing) return null;
  return {
    name: 'marketing',
    perDay: settings.marketingPerDay,
    perDevicePerDay: settings.marketingPerDevicePerDay,
  };
}
