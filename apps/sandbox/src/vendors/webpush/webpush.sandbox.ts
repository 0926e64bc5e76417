import type { Body } from '../../control/body.js';
import type { Phone } from '../../phones.js';
import type { OpenVendor, SandboxVendor, VendorSurroundings } from '../../sandbox-vendor.js';
import { HttpsDoor } from '../../wire/https-door.js';
import { webpushAccounts } from './webpush.accounts.js';
import { WebpushCounts } from './webpush.counts.js';
import { makeWebpushDesk } from './webpush.desk.js';
import { refusalNamed } from './webpush.faults.js';
import { webpushServices, type WebpushService } from './webpush.services.js';
import { WebpushStorage } from './webpush.storage.js';
import { WebpushSubscriptions } from './webpush.subscriptions.js';
import { webpushDefaults, webpushFrequencyLimits } from './webpush.switches.js';

const port = 'webpush';

/** The push services of browsers on one port, by path: Google's, Mozilla's, Apple's, Microsoft's, and one that is all RFC. */
export const webpushSandbox: SandboxVendor = {
  name: 'webpush',
  phoneName: 'browser',
  ports: [port],
  otherNames: [],
  hosts: ['updates.push.services.mozilla.com', 'web.push.apple.com', 'db5p.notify.windows.com'],
  credentialRefusal: 'bad-vapid',
  frequencyLimits: webpushFrequencyLimits,
  open: openWebpush,
};

function openWebpush({ desk, identity, keep, urlOf }: VendorSurroundings): OpenVendor {
  const switches = { ...webpushDefaults };
  const subscriptions = new WebpushSubscriptions(desk.random, keep);
  const counts = new WebpushCounts(desk.clock);
  const onExchange = makeWebpushDesk(desk, subscriptions, counts, switches);
  return {
    doors: [new HttpsDoor({ port, identity, streamLimit: () => switches.streamLimit, onExchange })],
    switches,
    routes: [
      {
        method: 'GET',
        path: '/webpush/vapid-tokens',
        handle: () => ({ vapidTokens: counts.vapidUse() }),
      },
    ],
    phones: {
      readDetails: (body: Body) => ({
        service: body.oneOf('service', webpushServices, 'google'),
        applicationServerKey: body.textOrNull('applicationServerKey'),
      }),
      tokenKinds: ['alert'],
      issueToken: ({ details }: Phone) =>
        subscriptions.subscribe(
          details['service'] as WebpushService,
          details['applicationServerKey'] as string | null,
          urlOf(port, null),
        ).token,
      storageFor: () => new WebpushStorage(),
    },
    accounts: webpushAccounts(() => urlOf(port, null)),
    recall: (line) => subscriptions.recall(line),
    answers: (_name, reason) => refusalNamed('rfc', reason, null) !== null,
  };
}
