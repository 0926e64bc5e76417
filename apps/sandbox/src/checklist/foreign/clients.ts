import type { SandboxFixture } from '../../testing/sandbox-fixture.js';
import { firebaseAdminClient } from './firebase-admin.client.js';
import type { ForeignClient } from './foreign-client.js';
import { goApns2Client } from './go-apns2.client.js';
import { nodeApnClient } from './node-apn.client.js';
import type { ProviderDesk } from './provider-desk.js';
import { pythonHpaClient } from './python-hpa.client.js';
import { webPushClient } from './web-push.client.js';
import { xiaomipushClient } from './xiaomipush.client.js';

/** A client that others wrote, with the vendor whose protocol it speaks. */
export interface ForeignEntry {
  readonly vendor: string;
  make(fixture: SandboxFixture, desk: ProviderDesk): ForeignClient;
}

/** Clients that can be told where to push. */
export const clientsByAddress: readonly ForeignEntry[] = [
  {
    vendor: 'apns',
    make: ({ ca, portOf }, desk) =>
      nodeApnClient('@parse/node-apn 8.1.0, by its address option', desk, {
        address: 'localhost',
        port: portOf('apns'),
        ca,
      }),
  },
  {
    vendor: 'fcm',
    make: ({ ca, portOf }, desk) =>
      firebaseAdminClient('firebase-admin 14.5.1, by an https.Agent, HTTP/1.1', desk, {
        port: portOf('fcm'),
        ca,
      }),
  },
  {
    vendor: 'apns',
    make: ({ folder, portOf, sandbox }, desk) => goApns2Client(desk, folder, portOf('apns'), sandbox.caFile),
  },
  {
    vendor: 'webpush',
    make: (fixture) => webPushClient('web-push 3.6.7, to the endpoints of its subscriptions', fixture),
  },
  { vendor: 'huawei', make: (fixture) => pythonHpaClient(fixture) },
];

/** Clients with the vendors' hosts built in: they run in a private namespace where `fixedHosts` leads to the sandbox. */
export const clientsByFixedHost: readonly ForeignEntry[] = [
  {
    vendor: 'apns',
    make: (_fixture, desk) => nodeApnClient('@parse/node-apn 8.1.0, its own host', desk, null),
  },
  {
    vendor: 'fcm',
    make: (_fixture, desk) => firebaseAdminClient('firebase-admin 14.5.1, its own hosts, HTTP/2', desk, null),
  },
  {
    vendor: 'xiaomi',
    make: (_fixture, desk) => xiaomipushClient('xiaomipush 2.0.1 (npm), its own host', desk),
  },
];
