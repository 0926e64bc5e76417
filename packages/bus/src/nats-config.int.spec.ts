import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { type ServiceName, serviceNames } from '@reveille/contracts/permissions';
import { afterAll, expect, it } from 'vitest';
import { composeNatsConfig, keyVariableOf } from './compose-nats-config.js';
import { generateNatsConfig, type NatsConfigOptions, type PlatformApp } from './nats-config.js';
import { createNatsKey, publicKeyOf } from './nkeys.js';
import { natsServerBinary } from './testing/nats-server.js';
import { startTownServer } from './testing/town-server.js';
import { waitUntil } from './testing/wait-until.js';

const keys = Object.fromEntries(serviceNames.map((name) => [name, createNatsKey().publicKey])) as Record<
  ServiceName,
  string
>;
const platform = (app: string, answersLive = false): PlatformApp => ({
  app,
  platformKey: createNatsKey().publicKey,
  answersLive,
});
const place = { port: 4_222, monitorPort: null, storeDir: '/tmp/never' };
const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function checked(options: Partial<NatsConfigOptions>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nats-config-'));
  folders.push(folder);
  const file = join(folder, 'nats.conf');
  await writeFile(file, generateNatsConfig({ keys, apps: [], ...place, ...options }));
  const { stderr } = await promisify(execFile)(natsServerBinary(), ['-t', '-c', file]);
  return stderr;
}

it('a pair of keys belongs together', () => {
  const { seed, publicKey } = createNatsKey();
  expect(publicKeyOf(`${seed}\n`)).toBe(publicKey);
});

it('nats-server reads what is generated', async () => {
  expect(await checked({})).toContain('is valid');
  expect(
    await checked({
      apps: [platform('a', true), platform('b'), { app: 'c', platformKey: null, answersLive: false }],
    }),
  ).toContain('is valid');
  expect(await checked({ syncInterval: 'always', host: '0.0.0.0', monitorPort: 8_222 })).toContain(
    'is valid',
  );
});

it('an app that is added by reload has its platform after the second reload', async () => {
  const town = await startTownServer({ apps: [{ app: 'a' }] });
  const added = createNatsKey();
  const config = generateNatsConfig({
    ...town.server,
    keys: Object.fromEntries(serviceNames.map((name) => [name, town.keys[name].publicKey])) as Record<
      ServiceName,
      string
    >,
    apps: [
      { app: 'a', platformKey: town.platformKeys.get('a')?.publicKey ?? null, answersLive: false },
      { app: 'b', platformKey: added.publicKey, answersLive: true },
    ],
  });
  await town.server.reload(config);
  await town.server.reload(config);
  const router = await town.connectAs('router');
  const nc = await connect({
    servers: town.server.url,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(added.seed)),
    inboxPrefix: '_INBOX.platform-b',
  });
  const ack = await nc.request('im.in.b.message.c1.accepted', '{}', { timeout: 30_000 });
  expect(ack.json()).toMatchObject({ stream: 'MESSAGES' });

  // Nobody of the platform listens: 503 at once. Then it listens, and answers more than once.
  const got: string[] = [];
  const ask = () =>
    router.asker.askMany(
      'im.live.b.u1',
      Buffer.from('{}'),
      {},
      (data) => got.push(Buffer.from(data).toString()),
      () => got.push('503'),
    );
  ask();
  await waitUntil('the 503', () => got.length === 1);
  nc.subscribe('im.live.b.>', {
    callback: (_error, msg) => {
      msg.respond('holding');
      msg.respond('acknowledged');
    },
  });
  await nc.flush();
  ask();
  await waitUntil('both answers', () => got.length === 3);
  expect(got).toEqual(['503', 'holding', 'acknowledged']);
  await nc.close();
  await router.drain();
  await town.stop();
});

it('the configuration for containers takes its keys from the environment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nats-config-'));
  folders.push(folder);
  const file = join(folder, 'nats.conf');
  await writeFile(file, composeNatsConfig());
  const check = (env: NodeJS.ProcessEnv) =>
    promisify(execFile)(natsServerBinary(), ['-t', '-c', file], { env: { PATH: process.env.PATH, ...env } });
  const fromEnvironment = Object.fromEntries(serviceNames.map((name) => [keyVariableOf(name), keys[name]]));
  expect((await check(fromEnvironment)).stderr).toContain('is valid');
  await expect(check({})).rejects.toThrow('REVEILLE_NKEY_GATEWAY');
});

it('a refused subject fails at once, with the server’s own sentence', async () => {
  const town = await startTownServer({ apps: [{ app: 'a' }] });
  const router = await town.connectAs('router');
  const subject = 'im.evt.device.a.d1';
  const refused = { name: 'ForbiddenError', message: `Permissions Violation for Publish to "${subject}"` };
  await expect(
    router.publisher.publish({ subject, messageId: 'a:1', data: Buffer.from('{}') }),
  ).rejects.toMatchObject(refused);
  await expect(router.asker.ask('im.ask.device.a.register-push', {})).rejects.toMatchObject({
    name: 'ForbiddenError',
  });
  await expect(router.streamTail('DEVICES')).rejects.toMatchObject({ name: 'ForbiddenError' });
  await router.drain();
  await town.stop();
});
