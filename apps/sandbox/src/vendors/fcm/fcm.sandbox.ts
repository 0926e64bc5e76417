import type { Body } from '../../control/body.js';
import type { OpenVendor, SandboxVendor, VendorSurroundings } from '../../sandbox-vendor.js';
import { LatestStorage } from '../latest-storage.js';
import { fcmAccounts } from './fcm.accounts.js';
import { isFcmError, isHtmlError } from './fcm.errors.js';
import { tokenPath } from './fcm.oauth.js';
import { FcmProjects, type FcmProjectRegistration } from './fcm.projects.js';
import { fcmRoutes } from './fcm.routes.js';
import { fcmTokenEndpoint, openFcmDoor } from './fcm.door.js';
import { FcmStorage } from './fcm.storage.js';
import { fcmDefaults, fcmFrequencyLimits } from './fcm.switches.js';

const port = 'fcm';
const platforms = ['android', 'ios', 'web'] as const;

/** Google: sends, its token endpoint and topics on one port. */
export const fcmSandbox: SandboxVendor = {
  name: 'fcm',
  phoneName: 'Android phone',
  ports: [port],
  otherNames: [fcmTokenEndpoint],
  hosts: ['fcm.googleapis.com', 'oauth2.googleapis.com', 'iid.googleapis.com'],
  credentialRefusal: 'PERMISSION_DENIED',
  frequencyLimits: fcmFrequencyLimits,
  open: openFcm,
};

function openFcm({ desk, identity, keep, urlOf }: VendorSurroundings): OpenVendor {
  const projects = new FcmProjects();
  const switches = { ...fcmDefaults };
  const { random } = desk;
  return {
    doors: [openFcmDoor(port, desk, projects, switches, identity)],
    switches,
    routes: fcmRoutes(projects, keep),
    phones: {
      readDetails: (body: Body) => ({
        project: body.text('project'),
        platform: body.oneOf('platform', platforms, 'android'),
      }),
      tokenKinds: ['alert'],
      issueToken: () => `${random.base64url(16)}:APA91b${random.base64url(100)}`,
      // Behind an iPhone stands Apple.
      storageFor: ({ details }) => (details['platform'] === 'ios' ? new LatestStorage() : new FcmStorage()),
    },
    accounts: fcmAccounts(projects, (host) => ({
      endpoint: urlOf(port, host),
      tokenEndpoint: `${urlOf(port, host)}${tokenPath}`,
    })),
    recall: (line) => {
      if (line.type === 'fcm-project') projects.register(line['registration'] as FcmProjectRegistration);
    },
    // OAuth errors are an open set.
    answers: (name, reason) => name === fcmTokenEndpoint || isFcmError(reason) || isHtmlError(reason),
  };
}
