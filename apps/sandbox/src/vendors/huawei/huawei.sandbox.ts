import type { Body } from '../../control/body.js';
import type { OpenVendor, SandboxVendor, VendorSurroundings } from '../../sandbox-vendor.js';
import { OrderedStorage } from '../ordered-storage.js';
import { huaweiAccounts } from './huawei.accounts.js';
import { HuaweiApps, type HuaweiAppRegistration } from './huawei.apps.js';
import { isHuaweiCode } from './huawei.codes.js';
import { huaweiTokenEndpoint, openHuaweiDoor } from './huawei.door.js';
import { isSubError, tokenPath } from './huawei.oauth.js';
import { HuaweiReceipts } from './huawei.receipts.js';
import { addressLine, appLine, huaweiRoutes } from './huawei.routes.js';
import { huaweiDefaults, huaweiFrequencyLimits } from './huawei.switches.js';

const port = 'huawei';
/** Push tokens begin so and are 130 characters long. */
const tokenHead = 'IQAAAACy';
const tokenBytes = 91;

/** Huawei Push Kit, v1 and v2, with its token endpoint, on one port. */
export const huaweiSandbox: SandboxVendor = {
  name: 'huawei',
  phoneName: 'Huawei phone',
  ports: [port],
  otherNames: [huaweiTokenEndpoint],
  hosts: ['push-api.cloud.huawei.com', 'oauth-login.cloud.huawei.com'],
  credentialRefusal: '80300002',
  frequencyLimits: huaweiFrequencyLimits,
  open: openHuawei,
};

function openHuawei({ desk, identity, keep, urlOf }: VendorSurroundings): OpenVendor {
  const apps = new HuaweiApps();
  const switches = { ...huaweiDefaults };
  const receipts = new HuaweiReceipts(desk, apps, switches);
  const { random } = desk;
  return {
    doors: [openHuaweiDoor(port, desk, apps, switches, identity)],
    switches,
    routes: huaweiRoutes(apps, receipts, keep),
    phones: {
      readDetails: (body: Body) => ({ appId: body.text('appId'), platform: 'android' }),
      tokenKinds: ['alert'],
      issueToken: () => `${tokenHead}${random.base64url(tokenBytes)}`,
      storageFor: () => new OrderedStorage(() => switches.storedPerApp),
    },
    accounts: huaweiAccounts(apps, random, (host) => ({
      endpoint: urlOf(port, host),
      tokenEndpoint: `${urlOf(port, host)}${tokenPath}`,
    })),
    recall: (line) => {
      if (line.type === appLine) apps.register(line['registration'] as HuaweiAppRegistration);
      if (line.type === addressLine)
        apps.setAddress(line['address'] as Parameters<HuaweiApps['setAddress']>[0]);
    },
    answers: (name, reason) => (name === huaweiTokenEndpoint ? isSubError(reason) : isHuaweiCode(reason)),
    pushSettled: (phone, push, effect, because) => receipts.settled(phone, push, effect, because),
  };
}
