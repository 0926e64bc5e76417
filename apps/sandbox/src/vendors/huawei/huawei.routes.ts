import { badRequest, blame, type Body } from '../../control/body.js';
import type { ControlRoute } from '../../control/control-server.js';
import type { VendorSurroundings } from '../../sandbox-vendor.js';
import type { HuaweiAppRegistration, HuaweiApps } from './huawei.apps.js';
import { digestOf } from './huawei.oauth.js';
import type { HuaweiReceipts } from './huawei.receipts.js';

export const addressLine = 'huawei-receipts';
export const appLine = 'huawei-app';
const versions = { min: 1, max: 2 };

/** `/huawei/…`: what an operator does at AppGallery Connect. */
export function huaweiRoutes(
  apps: HuaweiApps,
  receipts: HuaweiReceipts,
  keep: VendorSurroundings['keep'],
): ControlRoute[] {
  return [
    {
      method: 'PUT',
      path: '/huawei/apps',
      handle: ({ body }) => {
        const registration = readApp(body, apps.find(body.text('appId')));
        blame(() => apps.register(registration));
        keep({ type: appLine, registration });
      },
    },
    {
      method: 'GET',
      path: '/huawei/apps',
      handle: () => ({ apps: apps.list().map(({ secretDigest: _digest, ...app }) => app) }),
    },
    {
      method: 'PUT',
      path: '/huawei/receipts',
      handle: ({ body }) => {
        const address = readAddress(body);
        apps.setAddress(address);
        keep({ type: addressLine, address });
      },
    },
    {
      method: 'POST',
      path: '/huawei/receipts/probe',
      handle: ({ body }) => {
        const address = apps.addressFor(body.text('appId'), body.textOrNull('id'));
        if (address === null) throw badRequest('the app has no receipt address');
        receipts.probe(address);
      },
    },
  ];
}

/** What is not said stays as it is. */
function readApp(body: Body, known: HuaweiAppRegistration | null): HuaweiAppRegistration {
  const secret = body.textOrNull('clientSecret');
  const accounts = body.has('serviceAccounts')
    ? body.list('serviceAccounts').map((account) => ({
        subAccount: account.text('subAccount'),
        keyId: account.text('keyId'),
        publicKey: account.text('publicKey'),
      }))
    : null;
  return {
    appId: body.text('appId'),
    projectId: body.textOrNull('projectId') ?? known?.projectId ?? body.text('projectId'),
    packageName: body.textOrNull('packageName') ?? known?.packageName ?? '',
    secretDigest: secret === null ? (known?.secretDigest ?? '') : digestOf(secret),
    serviceAccounts: accounts ?? known?.serviceAccounts ?? [],
    isPushOn: body.flag('isPushOn', known?.isPushOn ?? true),
    isUnderPenalty: body.flag('isUnderPenalty', known?.isUnderPenalty ?? false),
    categories: body.has('categories') ? body.textsOrNull('categories') : (known?.categories ?? null),
    mayUseHighData: body.flag('mayUseHighData', known?.mayUseHighData ?? false),
    isLicensedNews: body.flag('isLicensedNews', known?.isLicensedNews ?? false),
  };
}

function readAddress(body: Body): Parameters<HuaweiApps['setAddress']>[0] {
  return {
    appId: body.text('appId'),
    id: body.textOrNull('id'),
    url: body.textOrNull('url'),
    user: body.textOrNull('user'),
    key: body.textOrNull('key'),
    keyStyle: body.oneOf('keyStyle', ['base64', 'text'] as const, 'base64'),
    version: body.number('version', 1, versions) === 2 ? 2 : 1,
  };
}
