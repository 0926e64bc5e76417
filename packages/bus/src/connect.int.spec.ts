import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { connectBus } from './connect.js';
import { inboxPrefixOf } from './nats-config.js';
import { createNatsKey } from './nkeys.js';
import { startNatsServer, type TestNatsServer } from './testing/nats-server.js';
import { openBus } from './testing/open-bus.js';
import { recordingLogger } from './testing/recording-logger.js';
import { startTownServer } from './testing/town-server.js';
import { waitUntil } from './testing/wait-until.js';

const servers: TestNatsServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

const start = async (options: Parameters<typeof startNatsServer>[0]) => {
  const server = await startNatsServer(options);
  servers.push(server);
  return server;
};

/** Speaks just enough of the protocol to be an old server. */
async function oldServer(version: string) {
  const server = createServer((socket) => {
    socket.write(
      `INFO ${JSON.stringify({ server_id: 'x', version, headers: true, max_payload: 1_048_576, proto: 1 })}\r\n`,
    );
    socket.on('data', (chunk) => {
      if (chunk.toString().includes('PING')) socket.write('PONG\r\n');
    });
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { url: `nats://127.0.0.1:${port}`, stop: () => server.close() };
}

it('names the feature that an old server lacks', async () => {
  const old = await oldServer('2.10.27');
  await expect(openBus(old.url)).rejects.toMatchObject({
    name: 'ConfigError',
    message: 'nats-server 2.10.27 lacks message schedules (needs 2.14)',
  });
  old.stop();
});

it('names JetStream and the message size where they are missing', async () => {
  const plain = await start({ configText: ({ host, port }) => `listen: "${host}:${port}"` });
  await expect(openBus(plain.url)).rejects.toThrow(
    /nats-server 2\.\d+\.\d+ has no JetStream for this identity/,
  );
  const small = await start({
    configText: ({ host, port, storeDir }) =>
      `listen: "${host}:${port}"\njetstream { store_dir: ${JSON.stringify(storeDir)} }`,
  });
  await expect(openBus(small.url)).rejects.toThrow(
    /takes messages of 1048576 bytes \(needs max_payload 4194304\)/,
  );
});

it('tells an unknown key from a server that is not there', async () => {
  const town = await startTownServer({ apps: [{ app: 'demo' }] });
  const stranger = {
    servers: [town.server.url],
    name: 'router',
    inboxPrefix: inboxPrefixOf('router'),
    logger: recordingLogger(),
  };
  await expect(connectBus({ ...stranger, seed: createNatsKey().seed })).rejects.toMatchObject({
    name: 'ForbiddenError',
  });
  await town.stop();
  await expect(openBus('nats://127.0.0.1:1')).rejects.toMatchObject({ name: 'UnavailableError' });
});

it('tells its owner of each loss and return, and counts connections', async () => {
  const server = await start({});
  const events: string[] = [];
  const bus = await openBus(server.url, {
    onDisconnect: () => events.push('lost'),
    onReconnect: () => events.push('back'),
  });
  expect(bus.epoch).toBe(1);
  await server.kill();
  await waitUntil('lost', () => !bus.isConnected());
  await server.restart();
  await waitUntil('back', () => bus.isConnected());
  expect(events).toEqual(['lost', 'back']);
  expect(bus.epoch).toBe(2);
  await bus.drain();
  expect(bus.isConnected()).toBe(false);
});
