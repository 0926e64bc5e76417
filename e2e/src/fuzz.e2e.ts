import { randomUUID } from 'node:crypto';
import type { DeadLetter } from '@reveille/contracts/dead-letter';
import { header } from '@reveille/contracts/headers';
import { subjects } from '@reveille/contracts/subjects';
import fc from 'fast-check';
import { answerOverHttp, answerToFrame, store } from './fuzz/answers.js';
import { answerToAsk, brokenAsks } from './fuzz/broken-asks.js';
import { Doors } from './fuzz/doors.js';
import { anyBody, anyFrame, anyHeaders, anyRequest } from './fuzz/nonsense.js';
import { type BrokenFact, brokenFactsOf } from './fuzz/stored-facts.js';
import { readDeadLetters } from './harness/nats-identity.js';
import { RawClient } from './harness/raw-client.js';
import { runScenario, until } from './harness/scenario.js';
import { Town } from './harness/town.js';

const streams = ['MESSAGES', 'PUSH_JOBS', 'DELIVERIES', 'PUSHES', 'DEVICES', 'SESSIONS', 'APPS'] as const;
/** What somebody has to work on; everything else is read by those whom it concerns. */
const work = new Set(['message-accepted', 'push-job']);

// Whatever comes in, at every door: a clear error or a dead letter, never a crash, never a lost neighbour. Nonsense, and what
// is almost right: the golden fixtures of the contracts with parts of them replaced.
await runScenario('fuzz', async (scenario) => {
  const seed = scenario.args.integer('seed', Date.now() % 1_000_000);
  const runs = scenario.args.integer('runs', 150);
  scenario.note(`      seed ${seed}, ${runs} runs a door`);
  const town = await Town.start({
    flags: ['--app-setting', 'messagesPerSecond=100000', '--app-setting', 'foregroundDeadlineMs=500'],
  });
  scenario.defer(() => town.stop());
  const { app } = town;
  const { webSocket: url } = town.ready.urls;
  const doors = await Doors.open(scenario, town, { seed, numRuns: runs });

  await doors.try(
    'http bodies',
    fc.asyncProperty(anyRequest, (request) => answerOverHttp(town, request)),
  );
  const token = await town.clientToken('fuzzer');
  await doors.try(
    'frames',
    fc.asyncProperty(anyFrame, fc.boolean(), (frame, isLoggedIn) =>
      answerToFrame(url, frame, isLoggedIn ? token : null),
    ),
  );

  const unreadable = new Map<string, string>();
  const publish = async (fact: BrokenFact, extra: Readonly<Record<string, string>>): Promise<void> => {
    const id = `${app}:fuzz-${randomUUID()}`;
    await store(await doors.connection(fact.owner), fact.subject, id, fact.body, extra);
    if (fact.isUnreadable && work.has(fact.type)) unreadable.set(id, fact.body);
  };
  await doors.try(
    'nonsense as messages, with any headers',
    fc.asyncProperty(anyBody, anyHeaders, (body, extra) => {
      const subject = subjects.messageIn(app, 'fuzz', 'accepted');
      return publish(
        { type: 'message-accepted', owner: 'gateway', subject, body, isUnreadable: true },
        extra,
      );
    }),
  );
  await doors.try(
    'nonsense as jobs, with any headers',
    fc.asyncProperty(anyBody, anyHeaders, (body, extra) => {
      const subject = subjects.pushJob('apns', 'normal', app);
      return publish({ type: 'push-job', owner: 'router', subject, body, isUnreadable: true }, extra);
    }),
  );
  for (const stream of streams) {
    await doors.try(
      `near misses in ${stream}`,
      fc.asyncProperty(brokenFactsOf(stream, app), (fact) => publish(fact, { [header.type]: fact.type })),
    );
  }
  const listener = await RawClient.login({
    url,
    deviceId: 'listener-1',
    token: await town.clientToken('listener'),
  });
  await doors.try(
    'asks',
    fc.asyncProperty(brokenAsks(app, 'listener'), (ask) => answerToAsk(doors, ask)),
  );
  await listener.ask('pong', { t: 'ping' });
  listener.close();

  const letters = new Map<string, DeadLetter>();
  const missing = (): [string, string][] => [...unreadable].filter(([id]) => !letters.has(id));
  await until(
    'dead letters',
    async () => {
      for (const text of await readDeadLetters(town)) {
        const letter = JSON.parse(text) as DeadLetter;
        letters.set(letter.headers[header.messageId] ?? '', letter);
      }
      return missing().length === 0;
    },
    { withinMs: 30_000, everyMs: 500 },
  ).catch(() => {});
  scenario.equal('unreadable work without a dead letter', missing().slice(0, 3), []);
  scenario.check('there was unreadable work', unreadable.size > 0);
  return `seed ${seed} doors ${doors.tried} neighbours ${doors.tried} unreadable ${unreadable.size} dead letters ${letters.size}`;
});
