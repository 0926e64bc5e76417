import { badRequest } from '../../control/body.js';
import type { OpenVendor, SandboxVendor, VendorSurroundings } from '../../sandbox-vendor.js';
import { HttpsDoor } from '../../wire/https-door.js';
import { makeCallAnswerer } from '../call-answerer.js';
import { OrderedStorage } from '../ordered-storage.js';
import { meizuAccounts } from './meizu.accounts.js';
import { meizuCodes, meizuTargetCodes } from './meizu.answers.js';
import { type MeizuApp, MeizuApps } from './meizu.apps.js';
import { callFor } from './meizu.desk.js';
import { MeizuLimits } from './meizu.limits.js';
import { postReceipt } from './meizu.receipts.js';
import { meizuDefaults, meizuFrequencyLimits } from './meizu.switches.js';

const port = 'meizu';

/** Flyme push: notifications by push id, each request signed. */
export const meizuSandbox: SandboxVendor = {
  name: 'meizu',
  phoneName: 'Meizu phone',
  ports: [port],
  otherNames: [],
  hosts: ['server-api-push.meizu.com', 'api-push.meizu.com'],
  credentialRefusal: '1006',
  frequencyLimits: meizuFrequencyLimits,
  open: openMeizu,
};

function openMeizu({ desk, identity, keep, urlOf }: VendorSurroundings): OpenVendor {
  const apps = new MeizuApps();
  const switches = { ...meizuDefaults };
  const surroundings = { desk, apps, switches, limits: new MeizuLimits(switches) };
  const answerCall = makeCallAnswerer(desk);
  return {
    doors: [
      new HttpsDoor({
        port,
        identity,
        streamLimit: () => switches.streamLimit,
        onExchange: (exchange) => answerCall(exchange, callFor(surroundings, exchange)),
      }),
    ],
    switches,
    routes: [
      {
        // The console's list of receipt addresses.
        method: 'PUT',
        path: '/meizu/apps/:id/callbacks',
        handle: ({ params: [appId = ''], body }) => {
          const known = apps.find(appId);
          if (known === null) throw badRequest(`there is no app ${appId}`);
          const app = { ...known, callbacks: body.textsOrNull('urls') ?? [] };
          apps.register(app);
          keep({ type: 'meizu-app', app });
        },
      },
    ],
    phones: {
      readDetails: () => ({}),
      tokenKinds: ['alert'],
      issueToken: () => `RA5${desk.random.hex(20)}`,
      // Every message is kept for its hours.
      storageFor: () => new OrderedStorage(),
    },
    accounts: meizuAccounts(apps, desk.random, (host) => ({ endpoint: urlOf(port, host) })),
    recall: (line) => {
      if (line.type === 'meizu-app') apps.register(line['app'] as MeizuApp);
    },
    answers: (_name, reason) => meizuCodes.has(reason) || meizuTargetCodes.has(reason),
    pushSettled: (phone, { receipt }, effect) => {
      if (receipt !== undefined && (effect === 'shown' || effect === 'replaced'))
        postReceipt(desk, phone, receipt, 1);
    },
    pushTapped: (phone, { receipt }) => {
      if (receipt !== undefined) postReceipt(desk, phone, receipt, 2);
    },
  };
}
