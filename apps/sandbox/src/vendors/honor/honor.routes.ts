import type { Body } from '../../control/body.js';
import type { ControlRoute } from '../../control/control-server.js';
import type { VendorSurroundings } from '../../sandbox-vendor.js';
import { digestOf, type HonorAppRegistration, type HonorApps } from './honor.apps.js';

export const appLine = 'honor-app';
export const receiptLine = 'honor-receipts';

/** What Honor's console registers: apps, and where their receipts go. */
export function honorRoutes(apps: HonorApps, keep: VendorSurroundings['keep']): ControlRoute[] {
  return [
    {
      method: 'PUT',
      path: '/honor/apps',
      handle: ({ body }) => {
        const registration = readApp(body);
        apps.register(registration);
        keep({ type: appLine, registration });
      },
    },
    {
      method: 'PUT',
      path: '/honor/receipts',
      handle: ({ body }) => {
        const receipts = { appId: body.text('appId'), url: body.textOrNull('url') };
        apps.setReceiptUrl(receipts.appId, receipts.url);
        keep({ type: receiptLine, receipts });
      },
    },
  ];
}

function readApp(body: Body): HonorAppRegistration {
  return {
    appId: body.text('appId'),
    clientId: body.text('clientId'),
    secretDigest: digestOf(body.text('secret')),
    isPushOn: body.flag('isPushOn', true),
    mayClassify: body.flag('mayClassify', true),
  };
}
