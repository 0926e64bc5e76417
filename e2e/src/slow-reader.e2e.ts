import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { closeCode } from '@reveille/contracts/ws/frames';
import { WebSocket as ReadableSocket } from 'ws';
import { RawClient } from './harness/raw-client.js';
import { inParallel, runScenario, until } from './harness/scenario.js';
import { verdictOf } from './harness/story.js';
import { Town } from './harness/town.js';

const allowedGrowthMiB = 32;

// A reader logs in and then stops reading from its socket. Messages go on coming: the gateway must neither keep them for it
// nor wait for it, and nothing may be lost.
await runScenario('slow-reader', async (scenario) => {
  const count = scenario.args.integer('count', 100_000);
  const town = await Town.start({
    flags: [
      '--app-setting',
      'messagesPerSecond=1000000',
      '--app-setting',
      'foregroundDeadlineMs=1000',
      '--app-setting',
      'inboxPagesPerSecond=1000',
    ],
  });
  scenario.defer(() => town.stop());
  const gateway = town.child('gateway').pid;

  const sender = await RawClient.login({
    url: town.ready.urls.webSocket,
    deviceId: 'ana-1',
    token: await town.clientToken('ana'),
  });
  const text = 'x'.repeat(400);
  const sendAll = async (to: string, howMany: number): Promise<string[]> =>
    inParallel(
      Array.from({ length: howMany }, (_, index) => index),
      200,
      async (index) => (await sender.send([to], text, { clientMessageId: `${to}-${index}` })).messageId,
    );

  // As many messages to somebody who is away first: what the gateway, under its own heap settings, needs for taking them at this
  // rate is not what it keeps for a reader that stopped.
  const sizes: number[] = [];
  const watch = setInterval(() => sizes.push(residentMiB(gateway)), 250);
  scenario.defer(() => clearInterval(watch));
  const warmUp = await sendAll('away', count);
  await verdictOf(town, warmUp.at(-1) ?? '', 60_000);
  const before = Math.max(...sizes, residentMiB(gateway));
  sizes.length = 0;

  const reader = new ReadableSocket(town.ready.urls.webSocket, 'reveille.v1');
  await once(reader, 'open');
  reader.send(JSON.stringify({ t: 'hello', sdk: 'e2e', deviceId: 'slow-1' }));
  reader.send(JSON.stringify({ t: 'login', id: '1', token: await town.clientToken('slow') }));
  const [welcome] = (await once(reader, 'message')) as [Buffer];
  scenario.equal('the reader is logged in', (JSON.parse(welcome.toString()) as { t: string }).t, 'welcome');
  reader.pause();
  // It lives, it only does not read: it must not be taken for one that is gone.
  const heartbeat = setInterval(() => reader.send(JSON.stringify({ t: 'ping', id: 'p' })), 5_000);
  scenario.defer(() => clearInterval(heartbeat));
  const closed = once(reader, 'close') as Promise<[number]>;
  const startedAt = performance.now();
  const sentIds = await sendAll('slow', count);
  const tookSeconds = Math.round((performance.now() - startedAt) / 1000);
  const peak = Math.max(...sizes, residentMiB(gateway));
  clearInterval(watch);
  scenario.check(
    `the gateway grew by less than ${allowedGrowthMiB} MiB`,
    peak - before < allowedGrowthMiB,
    `${before} MiB before, at most ${peak} MiB with the slow reader`,
  );
  scenario.note(
    `      resident: at most ${before} MiB before, at most ${peak} MiB with ${count} frames for the slow reader, in ${tookSeconds} s`,
  );

  // All are decided before the reader looks: whatever was meant for it live has gone to its socket or nowhere.
  await verdictOf(town, sentIds.at(-1) ?? '', 60_000);
  reader.resume();
  const [code] = await until('the slow reader is closed', () =>
    Promise.race([closed, new Promise<null>((resolve) => setTimeout(() => resolve(null), 100))]),
  );
  scenario.equal('closed with its own code', code, closeCode.slowReader);

  const client = await RawClient.login({
    url: town.ready.urls.webSocket,
    deviceId: 'slow-2',
    token: await town.clientToken('slow'),
  });
  const inbox = await client.readInbox();
  scenario.equal('messages in the inbox', inbox.length, count);
  const got = new Set(inbox.map(({ messageId }) => messageId));
  scenario.equal('sent, but not in the inbox', sentIds.filter((id) => !got.has(id)).length, 0);
  scenario.check(
    'in the order of their positions',
    inbox.every((item, index) => index === 0 || item.position > (inbox[index - 1]?.position ?? 0)),
  );
  client.close();
  sender.close();
});

function residentMiB(pid: number): number {
  const kilobytes =
    process.platform === 'linux'
      ? /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
      : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Math.round(Number(kilobytes) / 1024);
}
