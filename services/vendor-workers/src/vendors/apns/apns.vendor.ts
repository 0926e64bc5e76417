import type { ApnsSettings, AppSettings } from '@reveille/contracts/app/events';
import type { BuiltRequest, Vendor, VendorAnswer, VendorChannel, VendorRequest } from '../../vendor.js';
import { apnsCredential } from './apns.credential.js';
import { apnsLimits } from './apns.limits.js';
import { endsApnsConnection, isWrongEnvironment, readApnsOutcome } from './apns.outcome.js';
import { buildApnsRequests } from './apns.request.js';

/** Apple Push Notification service over its HTTP/2 provider API with token authentication. */
export const apnsVendor: Vendor = {
  name: 'apns',
  limits: apnsLimits,
  channelOf: (app: AppSettings) => (app.vendors.apns === undefined ? null : apnsChannel(app.vendors.apns)),
};

function apnsChannel(settings: ApnsSettings): VendorChannel {
  return {
    wire: {
      sender: settings.sender,
      origins: [settings.endpoint, settings.developmentEndpoint],
      caFile: settings.caFile,
      maxConnections: 4,
      signingKey: {
        file: settings.credential.replace(/^file:(\/\/)?/, ''),
        keyId: settings.keyId,
        teamId: settings.teamId,
      },
    },
    credential: apnsCredential(settings),
    buildRequests: (push, targets, context) => buildApnsRequests(settings, push, targets, context),
    readOutcome: (_request, answer, now) => readApnsOutcome(answer, now),
    otherRequest: (built, answer) => otherEnvironment(settings, built, answer),
    endsConnection: endsApnsConnection,
  };
}

/** A token of unknown environment that production calls bad is tried once with the development service. */
function otherEnvironment(
  settings: ApnsSettings,
  built: BuiltRequest,
  answer: VendorAnswer,
): VendorRequest | null {
  if (built.target.environment !== 'automatic' || !isWrongEnvironment(answer)) return null;
  return { ...built.request, origin: settings.developmentEndpoint };
}
