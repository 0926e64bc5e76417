import { badRequest, type Body } from '../../control/body.js';
import type { ControlRoute } from '../../control/control-server.js';
import type { VendorSurroundings } from '../../sandbox-vendor.js';
import type { OppoApp, OppoApps } from './oppo.apps.js';

/** `/oppo/apps`: what OPPO knows of an app. A known app's fields stay as they are where the body says nothing. */
export function oppoRoutes(apps: OppoApps, keep: VendorSurroundings['keep']): ControlRoute[] {
  return [
    {
      method: 'PUT',
      path: '/oppo/apps',
      handle: ({ body }) => {
        const app = readApp(body, apps.find(body.text('appKey')));
        apps.register(app);
        keep({ type: 'oppo-app', app });
      },
    },
    { method: 'GET', path: '/oppo/apps', handle: () => ({ apps: apps.list() }) },
  ];
}

function readApp(body: Body, known: OppoApp | null): OppoApp {
  const fields = body.over({ ...known });
  const templates = fields.has('templates') ? fields.list('templates') : [];
  return {
    appId: fields.text('appId'),
    appKey: fields.text('appKey'),
    masterSecret: fields.text('masterSecret'),
    bundle: fields.text('bundle'),
    isEnabled: fields.flag('isEnabled', true),
    mayPush: fields.flag('mayPush', true),
    isAddressBlocked: fields.flag('isAddressBlocked', false),
    lacksFeature: fields.flag('lacksFeature', false),
    approvedCategories: fields.textsOrNull('approvedCategories') ?? [],
    mayUseBanner: fields.flag('mayUseBanner', false),
    templates: templates.map((template) => ({
      id: template.text('id'),
      title: template.text('title'),
      content: template.text('content'),
    })),
    privateChannels: fields.textsOrNull('privateChannels') ?? [],
  };
}

export function readRegion(body: Body): string {
  const region = body.textOrNull('region') ?? 'CN';
  if (!/^(?:[A-Z]{2}|EUEX)$/.test(region)) throw badRequest('"region" must be two capitals, or EUEX');
  return region;
}
