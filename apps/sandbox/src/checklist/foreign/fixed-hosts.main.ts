import net from 'node:net';
import { once } from 'node:events';
import { systemClock } from '@reveille/chassis/clock';
import { openSandboxFixture } from '../../testing/sandbox-fixture.js';
import { firebaseAdminClient } from './firebase-admin.client.js';
import { nodeApnClient } from './node-apn.client.js';
import { fixedHosts } from './private-namespace.js';
import { openProviderDesk } from './provider-desk.js';

const tlsPort = 443;

/** Carries bytes from one of the vendors' addresses to the port that the sandbox chose. */
async function forward(address: string, port: number): Promise<void> {
  const server = net.createServer((from) => {
    const to = net.connect(port, '127.0.0.1');
    from.pipe(to).pipe(from);
    from.on('error', () => to.destroy());
    to.on('error', () => from.destroy());
  });
  server.listen(tlsPort, address);
  await once(server, 'listening');
}

/** Runs inside the private namespace: one JSON line per client. */
const [, , folder = ''] = process.argv;
const fixture = await openSandboxFixture(() => systemClock.now(), folder);
const { apnsProduction, apnsDevelopment, fcm } = fixture.sandbox.ports;
await forward(fixedHosts['api.push.apple.com'], apnsProduction);
await forward(fixedHosts['api.sandbox.push.apple.com'], apnsDevelopment);
await forward(fixedHosts['fcm.googleapis.com'], fcm);
const desk = await openProviderDesk(fixture);
const clients = [
  nodeApnClient('@parse/node-apn 8.1.0, its own host', desk, null),
  firebaseAdminClient('firebase-admin 14.5.1, its own hosts, HTTP/2', desk, null),
];
for (const client of clients) {
  const report = await client.run().catch((error: unknown) => ({ kind: 'failed', because: String(error) }));
  process.stdout.write(`${JSON.stringify({ name: client.name, report })}\n`);
}
process.exit(0);
