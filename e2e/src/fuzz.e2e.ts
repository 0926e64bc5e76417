import fc from 'fast-check';
import { WebSocket as AnySocket } from 'ws';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { subjects } from '@reveille/contracts/subjects';
import { connectAs, deadLettersAtLeast } from './harness/nats-identity.js';
import { runScenario, type Scenario, until } from './harness/scenario.js';
import { Town } from './harness/town.js';

/** Never a message that could be meant: it has no valid `messageId` together with recipients. */
const anyBody = fc.oneof(
  fc.constantFrom(
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '{"messageId":1}',
    '{"recipients":[]}',
    '{"__proto__":{"a":1}}',
    '\u0000',
    '{"a":'.repeat(200),
  ),
  fc.json(),
  fc
    .record({
      messageId: fc.constantFrom('', 'a b', 'x'.repeat(65)),
      sender: fc.string(),
      recipients: fc.array(fc.string(), { maxLength: 3 }),
      content: fc.jsonValue(),
    })
    .map((value) => JSON.stringify(value)),
);
const anyPath = fc.constantFrom<[string, string]>(
  ['POST', '/v1/messages'],
  ['PUT', '/v1/devices/d1/push'],
  ['PUT', '/v1/devices/%00/push'],
  ['DELETE', '/v1/devices/a%20b/binding'],
  ['DELETE', '/v1/devices/d1/push'],
);
const anyFrame = fc.oneof(
  anyBody,
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  fc
    .record({
      t: fc.oneof(
        fc.constantFrom('send', 'login', 'hello', 'ack', 'inbox', 'state', 'nonsense'),
        fc.string(),
      ),
      id: fc.jsonValue(),
      token: fc.jsonValue(),
      recipients: fc.jsonValue(),
      cursor: fc.jsonValue(),
    })
    .map((value) => JSON.stringify(value)),
);
/** Header names and values that NATS itself lets through. */
const anyHeaders = fc.dictionary(
  fc.constantFrom('ce-id', 'ce-type', 'ce-time', 'im-version', 'im-correlation', 'traceparent', 'x-other'),
  fc.string({ unit: fc.constantFrom('a', '0', '-', ':', ' ', '€'), maxLength: 40 }),
);

// Whatever comes in, at every door: a clear error or a dead letter, never a crash, never a lost neighbour.
await runScenario('fuzz', async (scenario) => {
  const seed = scenario.args.integer('seed', Date.now() % 1_000_000);
  const runs = scenario.args.integer('runs', 150);
  scenario.note(`      seed ${seed}, ${runs} runs a door`);
  const town = await Town.start({
    flags: ['--app-setting', 'messagesPerSecond=100000', '--app-setting', 'foregroundDeadlineMs=500'],
  });
  scenario.defer(() => town.stop());
  const pids = new Map(town.children().map(({ name, pid }) => [name, pid]));
  const neighbour = await town.phoneOf('neighbour', 'apns');
  let neighbours = 0;
  const neighbourArrives = async (door: string): Promise<void> => {
    const { messageId } = await town.send({ sender: 'ana', recipients: ['neighbour'] });
    neighbours += 1;
    await until(
      `${door}: the neighbour's message is shown`,
      async () =>
        (await town.sandbox.lockScreen(neighbour.phoneId)).some(({ collapse }) => collapse === messageId),
      { withinMs: 30_000 },
    );
    scenario.check(`${door}: a neighbour's message arrives`, true);
    scenario.equal(
      `${door}: no process died`,
      town
        .children()
        .filter(({ name, pid }) => pids.get(name) !== pid)
        .map(({ name }) => name),
      [],
    );
  };
  const options = { seed, numRuns: runs, endOnFailure: true };

  await door(scenario, 'http bodies', () =>
    fc.assert(
      fc.asyncProperty(anyBody, anyPath, async (body, [method, path]) => {
        const response = await fetch(`${town.ready.urls.gateway}${path}`, {
          method,
          body,
          headers: { authorization: `Bearer ${town.serverKey}`, 'content-type': 'application/json' },
        });
        const text = await response.text();
        if (response.status >= 500) throw new Error(`${method} ${path} ${body}: ${response.status} ${text}`);
        if (response.status >= 400 && typeof (JSON.parse(text) as { code?: unknown }).code !== 'string')
          throw new Error(`no code in ${text}`);
      }),
      options,
    ),
  );
  await neighbourArrives('http bodies');

  const token = await town.clientToken('fuzzer');
  await door(scenario, 'frames', () =>
    fc.assert(
      fc.asyncProperty(anyFrame, fc.boolean(), async (frame, isLoggedIn) => {
        const socket = new AnySocket(town.ready.urls.webSocket, 'reveille.v1');
        await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
        if (isLoggedIn) {
          socket.send(JSON.stringify({ t: 'hello', sdk: 'fuzz', deviceId: 'fuzzer-1' }));
          socket.send(JSON.stringify({ t: 'login', id: 'l', token }));
          await new Promise((resolve) => socket.once('message', resolve));
        }
        const answered = new Promise<void>((resolve, reject) => {
          socket.on('message', (data: Buffer) => {
            const { t } = JSON.parse(data.toString()) as { t: string };
            if (
              t === 'error' ||
              t === 'pong' ||
              t === 'sent' ||
              t === 'page' ||
              t === 'ok' ||
              t === 'welcome'
            )
              resolve();
          });
          socket.once('close', (code) =>
            code >= 4400 && code < 4500
              ? resolve()
              : reject(new Error(`closed with ${code} after ${String(frame)}`)),
          );
          setTimeout(() => reject(new Error(`no answer to ${String(frame)}`)), 10_000);
        });
        socket.send(frame);
        // A frame that needs no answer is followed by one that does.
        socket.send(JSON.stringify({ t: 'ping', id: 'p' }));
        await answered.finally(() => socket.terminate());
      }),
      { ...options, numRuns: Math.ceil(runs / 2) },
    ),
  );
  await neighbourArrives('frames');

  const router = await connectAs(town, 'router');
  const gateway = await connectAs(town, 'gateway');
  scenario.defer(() => Promise.all([router.close(), gateway.close()]));
  let letters = 0;
  await door(scenario, 'facts and their headers', () =>
    fc.assert(
      fc.asyncProperty(anyBody, anyHeaders, fc.uuid(), async (body, extra, id) => {
        await store(
          gateway,
          subjects.messageIn(town.app, 'fuzz', 'accepted'),
          `${town.app}:fuzz-${id}`,
          body,
          extra,
        );
        letters += 1;
      }),
      { ...options, numRuns: Math.ceil(runs / 3) },
    ),
  );
  await neighbourArrives('facts and their headers');
  await door(scenario, 'jobs', () =>
    fc.assert(
      fc.asyncProperty(anyBody, anyHeaders, fc.uuid(), async (body, extra, id) => {
        await store(
          router,
          subjects.pushJob('apns', 'normal', town.app),
          `${town.app}:fuzz-${id}`,
          body,
          extra,
        );
        letters += 1;
      }),
      { ...options, numRuns: Math.ceil(runs / 3) },
    ),
  );
  await neighbourArrives('jobs');
  const dead = await deadLettersAtLeast(town, letters);
  scenario.equal('every unreadable fact and job has a dead letter', dead.length, letters);
  await door(scenario, 'asks', () =>
    fc.assert(
      fc.asyncProperty(
        anyBody,
        fc.constantFrom(
          subjects.askRegisterPush(town.app),
          subjects.askOpenSession(town.app),
          subjects.askInboxPage(town.app),
          subjects.askTimeline(town.app),
          subjects.askFindMessage(town.app),
        ),
        async (body, subject) => {
          const reply = await gateway.request(subject, body, { timeout: 8_000 });
          if (reply.string() === '') throw new Error(`an empty answer to ${body} on ${subject}`);
        },
      ),
      { ...options, numRuns: Math.ceil(runs / 3) },
    ),
  );
  await neighbourArrives('asks');
  return `seed ${seed} doors 5 neighbours ${neighbours} dead letters ${dead.length}`;
});

async function door(scenario: Scenario, name: string, run: () => Promise<void>): Promise<void> {
  const error = await run().then(
    () => null,
    (cause: unknown) => cause,
  );
  scenario.check(
    `${name}: a clear answer to everything`,
    error === null,
    error instanceof Error ? error.message.slice(0, 600) : '',
  );
}

async function store(
  nc: NatsConnection,
  subject: string,
  id: string,
  body: string,
  extra: Record<string, string>,
): Promise<void> {
  const all = headers();
  for (const [name, value] of Object.entries(extra)) all.set(name, value);
  all.set('Nats-Msg-Id', id);
  const reply = await nc.request(subject, body, { headers: all, timeout: 8_000 });
  const ack = JSON.parse(reply.string()) as { error?: { description: string } };
  if (ack.error !== undefined) throw new Error(`not stored: ${ack.error.description}`);
}
