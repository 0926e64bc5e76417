import type { AppSettings } from '@reveille/contracts/app/events';
import type { ApnsSettings } from '@reveille/contracts/vendors/apns';
import type {
  BuiltRequest,
  NextRequest,
  Vendor,
  VendorAnswer,
  VendorChannel,
  VendorRequest,
} from '../../vendor.js';
import { apnsCredential } from './apns.credential.js';
import { apnsLimits } from './apns.limits.js';
import {
  type ApnsQuestion,
  endsApnsConnection,
  isWrongEnvironment,
  readApnsOutcome,
  readSecondApnsOutcome,
} from './apns.outcome.js';
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
    readOutcomes: ({ request }, answer, now) => [readApnsOutcome(answer, now, questionOf(settings, request))],
    nextRequest: (built, answer) => otherEnvironment(settings, built, answer),
    endsConnection: endsApnsConnection,
    quotaOf: () => null,
    receipts: null,
    feedback: null,
  };
}

/** A token of unknown environment that production calls bad is tried once with the development service. */
function otherEnvironment(
  settings: ApnsSettings,
  built: BuiltRequest,
  answer: VendorAnswer,
): NextRequest | null {
  const isOther = settings.developmentEndpoint !== built.request.origin;
  if (built.targets[0]?.environment !== 'automatic' || !isOther || !isWrongEnvironment(answer)) return null;
  const request = { ...built.request, origin: settings.developmentEndpoint };
  return {
    request,
    repeatsTargets: true,
    readOutcomes: (second, now) => [readSecondApnsOutcome(second, now, questionOf(settings, request))],
  };
}

function questionOf(settings: ApnsSettings, { origin, headers }: VendorRequest): ApnsQuestion {
  return {
    isMainTopic: headers['apns-topic'] === settings.bundleId,
    isMainService: origin === settings.endpoint,
  };
}
