import { blame, type Body } from '../../control/body.js';
import type { ControlRoute } from '../../control/control-server.js';
import type { VendorSurroundings } from '../../sandbox-vendor.js';
import type { ApnsCertificateRegistration, ApnsKeyRegistration, ApnsKeys } from './apns.keys.js';

const environments = ['production', 'development', 'both'] as const;

/** `/keys`: what providers registered with Apple. */
export function apnsRoutes(keys: ApnsKeys, keep: VendorSurroundings['keep']): ControlRoute[] {
  const register = (body: Body): void => {
    if (body.has('certificate')) {
      const registration = readCertificate(body);
      blame(() => keys.registerCertificate(registration));
      return keep({ type: 'apns-certificate', registration });
    }
    const registration = readKey(body);
    blame(() => keys.register(registration));
    keep({ type: 'apns-key', registration });
  };
  return [
    {
      method: 'PUT',
      path: '/keys',
      handle: ({ body }) => (body.has('keys') ? body.list('keys') : [body]).forEach(register),
    },
    { method: 'GET', path: '/keys', handle: () => ({ keys: keys.list() }) },
    {
      method: 'DELETE',
      path: '/keys/:id',
      handle: ({ params: [keyId = ''] }) => {
        keep({ type: 'apns-key-revoked', keyId });
        return { revoked: keys.revoke(keyId) };
      },
    },
  ];
}

function readKey(body: Body): ApnsKeyRegistration {
  return {
    teamId: body.text('teamId'),
    keyId: body.text('keyId'),
    publicKey: body.text('publicKey'),
    topics: body.textsOrNull('topics'),
    environment: body.oneOf('environment', environments, 'both'),
    family: body.textOrNull('family'),
    kind: body.oneOf('kind', ['team', 'topic'] as const, 'team'),
  };
}

function readCertificate(body: Body): ApnsCertificateRegistration {
  return {
    certificate: body.text('certificate'),
    topics: body.textsOrNull('topics') ?? [],
    environment: body.oneOf('environment', environments, 'both'),
  };
}
