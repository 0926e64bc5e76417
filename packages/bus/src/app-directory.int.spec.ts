import { type AppSettings, appSettingsSchema } from '@reveille/contracts/app/events';
import { subjects } from '@reveille/contracts/subjects';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type AppDirectory, openAppDirectory } from './app-directory.js';
import type { Bus } from './connect.js';
import { recordingLogger } from './testing/recording-logger.js';
import { startTownServer, type TownServer } from './testing/town-server.js';
import { waitUntil } from './testing/wait-until.js';

let town: TownServer;
let writer: Bus;
let reader: Bus;
const logger = recordingLogger();
let told: string[] = [];
let lastId = 0;

beforeAll(async () => {
  town = await startTownServer({ apps: [{ app: 'chat' }] });
  [writer, reader] = await Promise.all([town.connectAs('router'), town.connectAs('gateway', { logger })]);
});
beforeEach(() => {
  told = [];
});
afterAll(async () => {
  await Promise.all([writer.drain(), reader.drain()]);
  await town.stop();
});

const watch = {
  configured: ({ app, messagesPerSecond }: AppSettings) => void told.push(`${app} ${messagesPerSecond}`),
  removed: (app: string) => void told.push(`${app} removed`),
};
const configure = (app: string, messagesPerSecond: number) =>
  say(app, 'configured', appSettingsSchema.parse({ app, messagesPerSecond }));
const remove = (app: string) => say(app, 'removed', { app });

async function say(app: string, event: 'configured' | 'removed', data: unknown): Promise<void> {
  lastId += 1;
  await writer.publisher.publishFact({
    subject: subjects.app(app, event),
    messageId: `${app}:${lastId}`,
    envelope: {
      id: `id-${lastId}`,
      type: `app-${event}`,
      version: 1,
      source: 'router',
      time: lastId,
      app,
      subject: app,
      correlation: null,
      causation: null,
      traceparent: null,
      data,
    },
  });
}

async function opened(use: (apps: AppDirectory) => Promise<void>): Promise<void> {
  const apps = await openAppDirectory(reader, watch);
  await use(apps).finally(() => apps.stop());
}

it('knows the newest word about every app before it opens, then hears every change', async () => {
  await configure('a', 1);
  await configure('a', 2);
  await configure('b', 1);
  await remove('b');
  await opened(async (apps) => {
    expect(told).toEqual(['a 2', 'b removed']);
    expect([apps.get('a')?.messagesPerSecond, apps.get('b'), apps.get('c')]).toEqual([2, null, null]);
    await configure('b', 3);
    await remove('a');
    await waitUntil('both are heard', () => told.length === 4);
    expect(told.slice(2)).toEqual(['b 3', 'a removed']);
    expect([apps.get('a'), apps.get('b')?.messagesPerSecond]).toEqual([null, 3]);
  });
});

it('keeps what it knows when it hears something that it cannot read', async () => {
  await configure('d', 1);
  await opened(async (apps) => {
    await say('d', 'configured', { app: 'd', messagesPerSecond: 'many' });
    await waitUntil('it is reported', () => logger.lines.some(({ level }) => level === 'error'));
    expect(apps.get('d')?.messagesPerSecond).toBe(1);
  });
});

it('takes the app from the subject, whatever the settings say', async () => {
  await say('e', 'configured', appSettingsSchema.parse({ app: 'somebody-else' }));
  await opened(async (apps) => {
    expect([apps.get('e')?.app, apps.get('somebody-else')]).toEqual(['e', null]);
  });
});

it('does not read what an app was before: the stream may keep every revision', async () => {
  for (let messagesPerSecond = 1; messagesPerSecond <= 20; messagesPerSecond += 1)
    await configure('g', messagesPerSecond);
  const newest = await reader.newest('APPS', subjects.app('g', 'configured'));
  expect(newest?.messages.map(({ sequence }) => sequence)).toEqual([await reader.streamTail('APPS')]);
  expect(newest?.upTo).toBe(newest?.messages[0]?.sequence);
  expect(await reader.newest('APPS', subjects.app('nobody', 'configured'))).toEqual({
    messages: [],
    upTo: 0,
  });
  let read = 0;
  const counting: Bus = Object.create(reader, {
    scan: {
      value: async function* (...range: Parameters<Bus['scan']>) {
        for await (const message of reader.scan(...range)) {
          read += 1;
          yield message;
        }
      },
    },
  }) as Bus;
  const apps = await openAppDirectory(counting, watch);
  apps.stop();
  expect([apps.get('g')?.messagesPerSecond, read]).toEqual([20, 0]);
});

it('hears what was said while its connection was away', async () => {
  await opened(async (apps) => {
    await town.server.restart();
    await configure('f', 4);
    await waitUntil('it is heard', () => apps.get('f')?.messagesPerSecond === 4);
    expect(told).toContain('f 4');
  });
});
