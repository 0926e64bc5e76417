import { blame, type Body } from '../../control/body.js';
import type { ControlRoute } from '../../control/control-server.js';
import type { VendorSurroundings } from '../../sandbox-vendor.js';
import type { FcmProjectRegistration, FcmProjects } from './fcm.projects.js';

/** `/projects`: what providers registered with Google. */
export function fcmRoutes(projects: FcmProjects, keep: VendorSurroundings['keep']): ControlRoute[] {
  const register = (body: Body): void => {
    const registration = readProject(body);
    blame(() => projects.register(registration));
    keep({ type: 'fcm-project', registration });
  };
  return [
    {
      method: 'PUT',
      path: '/projects',
      handle: ({ body }) => (body.has('projects') ? body.list('projects') : [body]).forEach(register),
    },
    { method: 'GET', path: '/projects', handle: () => ({ projects: projects.list() }) },
  ];
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
