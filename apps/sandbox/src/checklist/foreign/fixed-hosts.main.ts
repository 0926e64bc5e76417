import net from 'node:net';
import { once } from 'node:events';
import { systemClock } from '@reveille/chassis/clock';
import { openSandboxFixture } from '../../testing/sandbox-fixture.js';
import { clientsByFixedHost } from './clients.js';
import { fixedHosts } from './fixed-hosts.js';
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

/** Runs inside the private namespace: one JSON line per client of the vendors that are named. */
const [, , folder = '', ...vendors] = process.argv;
const fixture = await openSandboxFixture(() => systemClock.now(), folder);
for (const { address, port } of fixedHosts) await forward(address, fixture.portOf(port));
const desk = openProviderDesk(fixture);
for (const { vendor, make } of clientsByFixedHost) {
  if (!vendors.includes(vendor)) continue;
  const client = make(fixture, desk);
  const report = await client.run().catch((error: unknown) => ({ kind: 'failed', because: String(error) }));
  process.stdout.write(`${JSON.stringify({ name: client.name, report })}\n`);
}
process.exit(0);
