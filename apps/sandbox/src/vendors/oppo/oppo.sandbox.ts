import type { OpenVendor, SandboxVendor, VendorSurroundings } from '../../sandbox-vendor.js';
import { OrderedStorage } from '../ordered-storage.js';
import { oppoAccounts } from './oppo.accounts.js';
import { type OppoApp, OppoApps } from './oppo.apps.js';
import { OppoAuth } from './oppo.auth.js';
import { isOppoCode } from './oppo.codes.js';
import { feedbackName, OppoDesk } from './oppo.desk.js';
import { openOppoDoor, oppoTokenEndpoint } from './oppo.door.js';
import { OppoDelivery } from './oppo.phone.js';
import { OppoQuotas } from './oppo.quotas.js';
import { makeReceiptPoster } from './oppo.receipts.js';
import { oppoRoutes, readRegion } from './oppo.routes.js';
import { oppoDefaults, oppoFrequencyLimits } from './oppo.switches.js';

const port = 'oppo';

/** OPPO push: authentication, unicast, batches and the list of dead ids on one port; broadcasts are not there. */
export const oppoSandbox: SandboxVendor = {
  name: 'oppo',
  phoneName: 'OPPO phone',
  ports: [port],
  otherNames: [oppoTokenEndpoint, feedbackName],
  hosts: [
    'api.push.oppomobile.com',
    'api-push-cn.heytapmobi.com',
    'api-intl.push.oppomobile.com',
    'feedback.push.oppomobile.com',
  ],
  credentialRefusal: '28',
  frequencyLimits: oppoFrequencyLimits,
  open: openOppo,
};

function openOppo({ desk, identity, keep, urlOf }: VendorSurroundings): OpenVendor {
  const apps = new OppoApps();
  const switches = { ...oppoDefaults };
  const { random } = desk;
  const quotas = new OppoQuotas(switches);
  const auth = new OppoAuth(apps, switches, random, desk.accessTokens.from('oppo'));
  const tell = makeReceiptPoster(desk, switches);
  const sends = new OppoDesk(desk, auth, quotas, new OppoDelivery(desk, quotas, tell), switches);
  return {
    doors: [openOppoDoor(port, desk, auth, sends, identity)],
    switches,
    routes: oppoRoutes(apps, keep),
    phones: {
      readDetails: (body) => ({ region: readRegion(body) }),
      tokenKinds: ['alert'],
      issueToken: ({ details }) => `${String(details['region'])}_${random.hex(16)}`,
      // OPPO's documents name no number of stored pushes: all wait until they arrive or expire.
      storageFor: () => new OrderedStorage(),
    },
    accounts: oppoAccounts(apps, random, (host) => ({
      endpoint: urlOf(port, host),
      feedbackEndpoint: urlOf(port, host),
    })),
    recall: (line) => {
      if (line.type === 'oppo-app') apps.register(line['app'] as OppoApp);
    },
    answers: (_name, reason) => isOppoCode(reason),
    // Expired pushes have no receipt; one that the phone's settings hide has reached OPPO's client.
    pushSettled: (_phone, { receipt }, effect, because) => {
      const hasArrived = effect !== 'dropped' || because === 'notifications-off';
      if (receipt !== undefined && hasArrived) tell(receipt, 'push_arrive');
    },
  };
}
