import type { Body } from '../../control/body.js';
import type { ControlRoute } from '../../control/control-server.js';
import type { VendorSurroundings } from '../../sandbox-vendor.js';
import type { VivoApp, VivoApps } from './vivo.apps.js';

const anyTime = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** `/vivo/apps`: what vivo knows of an app. A known app's fields stay as they are where the body says nothing. */
export function vivoRoutes(
  apps: VivoApps,
  keep: VendorSurroundings['keep'],
  now: () => number,
): ControlRoute[] {
  return [
    {
      method: 'PUT',
      path: '/vivo/apps',
      handle: ({ body }) => {
        const app = readApp(body, apps.find(body.number('appId', null, anyTime)), now());
        apps.register(app);
        keep({ type: 'vivo-app', app });
      },
    },
    { method: 'GET', path: '/vivo/apps', handle: () => ({ apps: apps.list() }) },
  ];
}

function readApp(body: Body, known: VivoApp | null, now: number): VivoApp {
  const fields = body.over({ ...known });
  const callbacks = fields.has('callbacks') ? fields.list('callbacks') : [];
  return {
    appId: fields.number('appId', null, anyTime),
    appKey: fields.text('appKey'),
    appSecret: fields.text('appSecret'),
    bundle: fields.text('bundle'),
    isChannelOn: fields.flag('isChannelOn', true),
    isUnderReview: fields.flag('isUnderReview', false),
    hasSystemMessages: fields.flag('hasSystemMessages', true),
    testDevices: fields.textsOrNull('testDevices') ?? [],
    callbacks: callbacks.map((callback) => ({
      id: callback.text('id'),
      url: callback.text('url'),
      registeredAt: callback.number('registeredAt', now, anyTime),
    })),
  };
}
