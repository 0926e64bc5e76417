import type { Journal } from '../journal.js';
import type {
  ApnsCertificateRegistration,
  ApnsKeyRegistration,
  ApnsKeys,
} from '../vendors/apns/apns.keys.js';
import type { FcmProjectRegistration, FcmProjects } from '../vendors/fcm/fcm.projects.js';
import { badRequest, type Body } from './body.js';
import type { ControlRoute } from './control-server.js';

const environments = ['production', 'development', 'both'] as const;

/** `/keys` and `/projects`: what providers registered with the vendors. */
export function registryRoutes(keys: ApnsKeys, projects: FcmProjects, journal: Journal): ControlRoute[] {
  const registerKey = (body: Body): void => {
    if (body.has('certificate')) {
      const registration = readCertificate(body);
      complain(() => keys.registerCertificate(registration));
      return journal.write({ type: 'apns-certificate', registration });
    }
    const registration = readKey(body);
    complain(() => keys.register(registration));
    journal.write({ type: 'apns-key', registration });
  };
  const registerProject = (body: Body): void => {
    const registration = readProject(body);
    complain(() => projects.register(registration));
    journal.write({ type: 'fcm-project', registration });
  };
  return [
    {
      method: 'PUT',
      path: '/keys',
      handle: ({ body }) => (body.has('keys') ? body.list('keys') : [body]).forEach(registerKey),
    },
    { method: 'GET', path: '/keys', handle: () => ({ keys: keys.list() }) },
    {
      method: 'DELETE',
      path: '/keys/:id',
      handle: ({ params: [keyId = ''] }) => {
        journal.write({ type: 'apns-key-revoked', keyId });
        return { revoked: keys.revoke(keyId) };
      },
    },
    {
      method: 'PUT',
      path: '/projects',
      handle: ({ body }) => (body.has('projects') ? body.list('projects') : [body]).forEach(registerProject),
    },
    { method: 'GET', path: '/projects', handle: () => ({ projects: projects.list() }) },
  ];
}

/** A key that cannot be read is the caller's mistake, not ours. */
function complain(register: () => void): void {
  try {
    register();
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
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

function readProject(body: Body): FcmProjectRegistration {
  const accounts = body.has('serviceAccounts') ? body.list('serviceAccounts') : [];
  return {
    projectId: body.text('projectId'),
    projectNumber: body.textOrNull('projectNumber'),
    serviceAccounts: accounts.map((account) => ({
      clientEmail: account.text('clientEmail'),
      privateKeyId: account.text('privateKeyId'),
      publicKey: account.text('publicKey'),
    })),
    isApiEnabled: body.flag('isApiEnabled', true),
    apnsKeyRefusedFor: body.textOrNull('apnsKeyRefusedFor'),
  };
}
