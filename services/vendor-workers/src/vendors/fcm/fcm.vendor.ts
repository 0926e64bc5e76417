import type { AppSettings } from '@reveille/contracts/app/events';
import type { FcmSettings } from '@reveille/contracts/vendors/fcm';
import type { Vendor, VendorChannel } from '../../vendor.js';
import { fcmCredential } from './fcm.credential.js';
import { fcmLimits } from './fcm.limits.js';
import { readFcmOutcome } from './fcm.outcome.js';
import { buildFcmRequests } from './fcm.request.js';

/** Firebase Cloud Messaging over its HTTP v1 API. */
export const fcmVendor: Vendor = {
  name: 'fcm',
  limits: fcmLimits,
  channelOf: (app: AppSettings) => (app.vendors.fcm === undefined ? null : fcmChannel(app.vendors.fcm)),
};

function fcmChannel(settings: FcmSettings): VendorChannel {
  return {
    // FCM allows 100 streams on a connection, so a busy app needs several.
    wire: {
      sender: settings.sender,
      origins: [settings.endpoint],
      caFile: settings.caFile,
      maxConnections: 8,
      signingKey: null,
    },
    credential: fcmCredential(settings),
    buildRequests: (push, targets, context) => buildFcmRequests(settings, push, targets, context),
    readOutcomes: (_built, answer, now) => [readFcmOutcome(answer, now)],
    nextRequest: () => null,
    endsConnection: () => false,
    quotaOf: () => null,
    receipts: null,
    feedback: null,
  };
}
