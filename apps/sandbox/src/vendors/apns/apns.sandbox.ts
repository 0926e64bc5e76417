import type { Body } from '../../control/body.js';
import type { OpenVendor, SandboxVendor, VendorSurroundings } from '../../sandbox-vendor.js';
import { LatestStorage } from '../latest-storage.js';
import { apnsAccounts } from './apns.accounts.js';
import { ApnsKeys, type ApnsCertificateRegistration, type ApnsKeyRegistration } from './apns.keys.js';
import { isApnsReason } from './apns.reasons.js';
import { apnsRoutes } from './apns.routes.js';
import { ApnsSimulator } from './apns.simulator.js';
import { apnsDefaults, apnsFrequencyLimits } from './apns.switches.js';

const productionPort = 'apns';
const developmentPort = 'apns-development';
const environments = ['production', 'development'] as const;
const tokenBytes = 32;

/** Apple: two hosts, keys and certificates, phones of two worlds. */
export const apnsSandbox: SandboxVendor = {
  name: 'apns',
  phoneName: 'iPhone',
  ports: [productionPort, developmentPort],
  otherNames: [],
  hosts: ['api.push.apple.com', 'api.sandbox.push.apple.com', 'api.development.push.apple.com'],
  credentialRefusal: 'InvalidProviderToken',
  frequencyLimits: apnsFrequencyLimits,
  open: openApns,
};

function openApns({ desk, identity, keep, urlOf }: VendorSurroundings): OpenVendor {
  const keys = new ApnsKeys();
  const switches = { ...apnsDefaults };
  return {
    doors: [
      new ApnsSimulator(productionPort, 'production', desk, keys, switches, identity),
      new ApnsSimulator(developmentPort, 'development', desk, keys, switches, identity),
    ],
    switches,
    routes: apnsRoutes(keys, keep),
    phones: {
      readDetails: (body: Body) => ({
        environment: body.oneOf('environment', environments, 'production'),
        platform: 'ios',
      }),
      tokenKinds: ['alert', 'voip'],
      issueToken: () => desk.random.hex(tokenBytes),
      storageFor: () => new LatestStorage(),
    },
    accounts: apnsAccounts(keys, desk.random, (host) => ({
      endpoint: urlOf(productionPort, host),
      developmentEndpoint: urlOf(developmentPort, host),
    })),
    recall: (line) => {
      if (line.type === 'apns-key') keys.register(line['registration'] as ApnsKeyRegistration);
      if (line.type === 'apns-key-revoked') keys.revoke(line['keyId'] as string);
      if (line.type === 'apns-certificate')
        keys.registerCertificate(line['registration'] as ApnsCertificateRegistration);
    },
    answers: (_name, reason) => isApnsReason(reason),
  };
}
