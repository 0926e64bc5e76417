import type { AppSettings } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import type { VivoSettings } from '@reveille/contracts/vendors/vivo';
import type {
  BuiltRequest,
  NextRequest,
  Vendor,
  VendorAnswer,
  VendorChannel,
  VendorQuota,
} from '../../vendor.js';
import { vivoCredential } from './vivo.credential.js';
import { vivoLimits } from './vivo.limits.js';
import { readSaveOutcome, readVivoOutcomes, savedTaskId } from './vivo.outcome.js';
import { vivoReceipts } from './vivo.receipt.js';
import { buildVivoRequests, listRequest, savePath, vivoShown } from './vivo.request.js';

/** vivo push (vivo and iQOO phones) over its server API. */
export const vivoVendor: Vendor = {
  name: 'vivo',
  limits: vivoLimits,
  channelOf: (app: AppSettings) => (app.vendors.vivo === undefined ? null : vivoChannel(app.vendors.vivo)),
};

function vivoChannel(settings: VivoSettings): VendorChannel {
  return {
    wire: {
      sender: 'https',
      origins: [settings.endpoint],
      caFile: settings.caFile,
      maxConnections: 16,
      signingKey: null,
    },
    credential: vivoCredential(settings),
    buildRequests: (push, targets, context) => buildVivoRequests(settings, push, targets, context),
    readOutcomes: (built, answer, now) => {
      if (built.request.path !== savePath) return readVivoOutcomes(built.targets, answer, now);
      const outcome = readSaveOutcome(answer, now);
      return built.targets.map(() => outcome);
    },
    nextRequest: (built, answer) => listOf(settings, built, answer),
    endsConnection: () => false,
    quotaOf: (push) => quotaOf(settings, push),
    receipts: vivoReceipts,
    feedback: null,
  };
}

/** A body that was saved goes to its list. */
function listOf(settings: VivoSettings, built: BuiltRequest, answer: VendorAnswer): NextRequest | null {
  const taskId = built.request.path === savePath ? savedTaskId(answer) : null;
  if (taskId === null) return null;
  return {
    request: listRequest(settings, built, taskId),
    repeatsTargets: false,
    readOutcomes: (second, now) =>
      readVivoOutcomes(built.targets, second, now).map((outcome) =>
        // vivo names no task for the list itself: the saved body's is what its receipts carry.
        outcome.kind === 'accepted' ? { ...outcome, vendorId: outcome.vendorId ?? taskId } : outcome,
      ),
  };
}

/** vivo counts both classes per app, and operational messages per device. Tests are not counted. */
function quotaOf(settings: VivoSettings, push: PushNotification): VendorQuota | null {
  if (settings.testMode) return null;
  if (vivoShown(settings, push).classification === 'system')
    return settings.systemPerDay === null
      ? null
      : { name: 'system', perDay: settings.systemPerDay, perDevicePerDay: null };
  const { operationalPerDay, operationalPerDevicePerDay } = settings;
  return { name: 'operational', perDay: operationalPerDay, perDevicePerDay: operationalPerDevicePerDay };
}
