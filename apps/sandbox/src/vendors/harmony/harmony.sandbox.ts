import type { Body } from '../../control/body.js';
import type { OpenVendor, SandboxVendor, VendorSurroundings } from '../../sandbox-vendor.js';
import { OrderedStorage } from '../ordered-storage.js';
import { harmonyAccounts } from './harmony.accounts.js';
import { isHarmonyCode } from './harmony.codes.js';
import { isIllegalReason } from './harmony.desk.js';
import { openHarmonyDoor } from './harmony.door.js';
import { HarmonyProjects, type HarmonyProjectRegistration } from './harmony.projects.js';
import { HarmonyReceipts } from './harmony.receipts.js';
import { addressLine, harmonyRoutes, projectLine } from './harmony.routes.js';
import { harmonyDefaults, harmonyFrequencyLimits } from './harmony.switches.js';

const port = 'harmony';
/** Push tokens begin so. */
const tokenHead = 'MAAAAAAA';
const tokenBytes = 81;

/** Huawei's Push Kit for HarmonyOS 5 and later (v3). */
export const harmonySandbox: SandboxVendor = {
  name: 'harmony',
  phoneName: 'HarmonyOS phone',
  ports: [port],
  otherNames: [],
  hosts: ['push-api.cloud.huawei.com'],
  credentialRefusal: '80300002',
  frequencyLimits: harmonyFrequencyLimits,
  open: openHarmony,
};

function openHarmony({ desk, identity, keep, urlOf }: VendorSurroundings): OpenVendor {
  const projects = new HarmonyProjects();
  const switches = { ...harmonyDefaults };
  const receipts = new HarmonyReceipts(desk, projects, switches);
  return {
    doors: [openHarmonyDoor(port, desk, projects, switches, identity)],
    switches,
    routes: harmonyRoutes(projects, keep),
    phones: {
      readDetails: (body: Body) => ({ projectId: body.text('projectId'), platform: 'harmony' }),
      tokenKinds: ['alert'],
      issueToken: () => `${tokenHead}${desk.random.base64url(tokenBytes)}`,
      storageFor: () => new OrderedStorage(() => switches.storedPerApp),
    },
    accounts: harmonyAccounts(projects, (host) => ({ endpoint: urlOf(port, host) })),
    recall: (line) => {
      if (line.type === projectLine) projects.register(line['registration'] as HarmonyProjectRegistration);
      if (line.type === addressLine)
        projects.setAddress(line['address'] as Parameters<HarmonyProjects['setAddress']>[0]);
    },
    answers: (_name, reason) => isHarmonyCode(reason) || isIllegalReason(reason),
    pushSettled: (phone, push, effect, because) => receipts.settled(phone, push, effect, because),
  };
}
