import { blame, type Body } from '../../control/body.js';
import type { ControlRoute } from '../../control/control-server.js';
import type { VendorSurroundings } from '../../sandbox-vendor.js';
import type { HarmonyProjectRegistration, HarmonyProjects } from './harmony.projects.js';

export const addressLine = 'harmony-receipts';
export const projectLine = 'harmony-project';

/** `/harmony/…`: what an operator does at AppGallery Connect. */
export function harmonyRoutes(projects: HarmonyProjects, keep: VendorSurroundings['keep']): ControlRoute[] {
  return [
    {
      method: 'PUT',
      path: '/harmony/projects',
      handle: ({ body }) => {
        const registration = readProject(body, projects.find(body.text('projectId')));
        blame(() => projects.register(registration));
        keep({ type: projectLine, registration });
      },
    },
    { method: 'GET', path: '/harmony/projects', handle: () => ({ projects: projects.list() }) },
    {
      method: 'PUT',
      path: '/harmony/receipts',
      handle: ({ body }) => {
        const address = readAddress(body);
        projects.setAddress(address);
        keep({ type: addressLine, address });
      },
    },
  ];
}

/** What is not said stays as it is. */
function readProject(body: Body, known: HarmonyProjectRegistration | null): HarmonyProjectRegistration {
  const accounts = body.has('serviceAccounts')
    ? body.list('serviceAccounts').map((account) => ({
        subAccount: account.text('subAccount'),
        keyId: account.text('keyId'),
        publicKey: account.text('publicKey'),
      }))
    : null;
  return {
    projectId: body.text('projectId'),
    clientId: body.textOrNull('clientId') ?? known?.clientId ?? body.text('clientId'),
    packageName: body.textOrNull('packageName') ?? known?.packageName ?? '',
    serviceAccounts: accounts ?? known?.serviceAccounts ?? [],
    isPushOn: body.flag('isPushOn', known?.isPushOn ?? true),
    isUnderPenalty: body.flag('isUnderPenalty', known?.isUnderPenalty ?? false),
    categories: body.has('categories') ? body.textsOrNull('categories') : (known?.categories ?? null),
    pushTypes: body.has('pushTypes') ? body.textsOrNull('pushTypes') : (known?.pushTypes ?? null),
    isLicensedNews: body.flag('isLicensedNews', known?.isLicensedNews ?? false),
  };
}

function readAddress(body: Body): Parameters<HarmonyProjects['setAddress']>[0] {
  return {
    projectId: body.text('projectId'),
    id: body.textOrNull('id'),
    url: body.textOrNull('url'),
    user: body.textOrNull('user'),
    key: body.textOrNull('key'),
    keyStyle: body.oneOf('keyStyle', ['base64', 'text'] as const, 'base64'),
  };
}
