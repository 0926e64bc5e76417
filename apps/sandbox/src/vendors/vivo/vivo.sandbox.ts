import type { OpenVendor, SandboxVendor, VendorSurroundings } from '../../sandbox-vendor.js';
import { vivoAccounts } from './vivo.accounts.js';
import { type VivoApp, VivoApps } from './vivo.apps.js';
import { VivoAuth } from './vivo.auth.js';
import { vivoCodes } from './vivo.codes.js';
import { VivoDesk } from './vivo.desk.js';
import { openVivoDoor, vivoTokenEndpoint } from './vivo.door.js';
import { VivoDelivery } from './vivo.phone.js';
import { VivoQuotas } from './vivo.quotas.js';
import { makeReceiptPoster } from './vivo.receipts.js';
import { vivoRoutes } from './vivo.routes.js';
import { VivoStorage } from './vivo.storage.js';
import { vivoDefaults, vivoFrequencyLimits } from './vivo.switches.js';

const port = 'vivo';

/** vivo push: authentication, single pushes and lists on one port. Pushes to everybody, to tags and aliases are not there. */
export const vivoSandbox: SandboxVendor = {
  name: 'vivo',
  phoneName: 'vivo phone',
  ports: [port],
  otherNames: [vivoTokenEndpoint],
  hosts: ['api-push.vivo.com.cn'],
  credentialRefusal: '10201',
  frequencyLimits: vivoFrequencyLimits,
  open: openVivo,
};

function openVivo({ desk, identity, keep, urlOf }: VendorSurroundings): OpenVendor {
  const apps = new VivoApps();
  const switches = { ...vivoDefaults };
  const { random, clock } = desk;
  const quotas = new VivoQuotas(switches);
  const auth = new VivoAuth(apps, switches, random, desk.accessTokens.from('vivo'));
  const delivery = new VivoDelivery(desk, quotas, switches, makeReceiptPoster(desk, switches));
  return {
    doors: [openVivoDoor(port, desk, auth, new VivoDesk(desk, auth, quotas, delivery, switches), identity)],
    switches,
    routes: vivoRoutes(apps, keep, () => clock.now()),
    phones: {
      // vivo stops sending to a device that was not online for two weeks.
      readDetails: (body) => ({ isIdle: body.flag('isIdle', false) }),
      tokenKinds: ['alert'],
      issueToken: () => `v2-${random.base64url(48)}`,
      storageFor: () => new VivoStorage(),
    },
    accounts: vivoAccounts(apps, random, (host) => ({ endpoint: urlOf(port, host) })),
    recall: (line) => {
      if (line.type === 'vivo-app') apps.register(line['app'] as VivoApp);
    },
    answers: (_name, reason) => vivoCodes.includes(reason),
    pushSettled: (phone, push, effect, because) => delivery.settled(phone, push, effect, because),
  };
}
