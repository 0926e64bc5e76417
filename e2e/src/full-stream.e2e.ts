import { jetstreamManager } from '@nats-io/jetstream';
import { connectAs } from './harness/nats-identity.js';
import { RawClient } from './harness/raw-client.js';
import { bundleOf } from './harness/sandbox-control.js';
import { inParallel, runScenario, type Scenario, until } from './harness/scenario.js';
import { reveille, Town } from './harness/town.js';

const text = 'x'.repeat(2_000);
const attempts = 900;
const retryAfterSeconds = 10;

// MESSAGES is full: a sender is told to try again later, nothing that is stored is lost, and what was accepted is delivered: at
// once, or, where a job has to wait meanwhile, when its vendor takes it. No job is dropped to make room.
await runScenario('full-stream', async (scenario) => {
  const town = await Town.start({
    flags: ['--messages-max-bytes', String(512 * 1024), '--app-setting', 'messagesPerSecond=100000'],
  });
  scenario.defer(() => town.stop());
  const bob = await town.phoneOf('bob', 'fcm');
  const refused = await town.phoneOf('refused', 'apns');
  const throttled = await town.phoneOf('throttled', 'fcm');
  const phones = { bob, refused, throttled };
  const users = Object.keys(phones) as (keyof typeof phones)[];
  await town.sandbox.fault({
    vendor: 'apns',
    topic: bundleOf(town.app),
    kind: 'answer',
    reason: 'InvalidProviderToken',
  });
  await town.sandbox.fault({
    vendor: 'fcm',
    token: throttled.token,
    kind: 'answer',
    reason: 'QUOTA_EXCEEDED',
    retryAfterSeconds,
  });
  await jobStreamHasNoLimit(scenario, town);

  const ana = await RawClient.login({
    url: town.ready.urls.webSocket,
    deviceId: 'ana-1',
    token: await town.clientToken('ana'),
  });
  const accepted = new Map<string, string[]>(users.map((user) => [user, []]));
  const errors: string[] = [];
  await inParallel(
    Array.from({ length: attempts }, (_, index) => index),
    20,
    async (index) => {
      const user = users[index % users.length] as string;
      await ana.send([user], text, { clientMessageId: `f${index}` }).then(
        ({ messageId }) => void accepted.get(user)?.push(messageId),
        (error: unknown) => void errors.push(error instanceof Error ? error.message : String(error)),
      );
    },
  );
  const counts = users.map((user) => accepted.get(user)?.length ?? 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  scenario.check(
    'some are accepted, then the stream is full',
    Math.min(...counts) > 0 && errors.length > 0,
    `${counts.join(', ')} accepted, ${errors.length} refused`,
  );
  scenario.equal(
    'refusals that are not retryable',
    errors.filter((message) => !message.startsWith('unavailable')),
    [],
  );
  await refusedOverHttp(scenario, town);

  const shownTo = (user: keyof typeof phones): Promise<number> =>
    shown(town, phones[user].phoneId, accepted.get(user) ?? []);
  await until(
    'what nothing holds up is shown',
    async () => (await shownTo('bob')) === accepted.get('bob')?.length,
    { withinMs: 60_000, everyMs: 250 },
  );
  const waiting = await until('everything else waits as a job', async () => {
    const { messages } = await infoOf(town, 'PUSH_JOBS');
    return messages === total - (accepted.get('bob')?.length ?? 0) ? messages : null;
  });
  scenario.note(`      ${total} accepted, ${errors.length} refused, ${waiting} jobs wait`);
  scenario.equal('shown of those', [await shownTo('refused'), await shownTo('throttled')], [0, 0]);
  await refusedOverHttp(scenario, town);

  await town.sandbox.clearFaults();
  await until(
    'every job that waited is shown',
    async () =>
      (await shownTo('refused')) + (await shownTo('throttled')) ===
      total - (accepted.get('bob')?.length ?? 0),
    { withinMs: 100_000, everyMs: 500 },
  );
  scenario.equal('requests that were answered well', await timesTaken(town), {
    requests: total,
    messages: total,
  });
  await until('no job is left', async () => (await infoOf(town, 'PUSH_JOBS')).messages === 0);

  const reader = await RawClient.login({
    url: town.ready.urls.webSocket,
    deviceId: 'bob-1',
    token: await town.clientToken('bob'),
  });
  const inbox = new Set((await reader.readInbox()).map(({ messageId }) => messageId));
  scenario.equal(
    'accepted, but not in the inbox',
    accepted.get('bob')?.filter((id) => !inbox.has(id)),
    [],
  );
  const audit = JSON.parse((await reveille('audit', '--data', town.ready.data, '--json')).stdout) as Record<
    string,
    number
  >;
  scenario.equal(
    'the log: accepted, missing, jobs lost',
    [audit['accepted'], audit['missing'], audit['jobsLost']],
    [total, 0, 0],
  );
  ana.close();
  reader.close();
});

/** As the server has it, not as we meant it. */
async function jobStreamHasNoLimit(scenario: Scenario, town: Town): Promise<void> {
  const { config } = await infoOf(town, 'PUSH_JOBS');
  scenario.equal(
    'limits of the job stream (bytes, messages, per subject, age)',
    [config.max_bytes, config.max_msgs, config.max_msgs_per_subject, config.max_age],
    [-1, -1, -1, 0],
  );
}

async function infoOf(town: Town, stream: string) {
  const nc = await connectAs(town, 'auditor');
  try {
    const { state, config } = await (await jetstreamManager(nc, { checkAPI: false })).streams.info(stream);
    return { messages: state.messages, config };
  } finally {
    await nc.close();
  }
}

async function refusedOverHttp(scenario: Scenario, town: Town): Promise<void> {
  const response = await fetch(`${town.ready.urls.gateway}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${town.serverKey}`, 'content-type': 'application/json' },
    // Larger than the others: what they left free must not be enough.
    body: JSON.stringify({
      sender: 'ana',
      recipients: ['bob'],
      content: { type: 'text', text: text.repeat(4) },
    }),
  });
  await response.arrayBuffer();
  scenario.equal(
    'over HTTP: 503 with Retry-After',
    [response.status, response.headers.get('retry-after') !== null],
    [503, true],
  );
}

/** How many of these messages the phone shows. */
async function shown(town: Town, phoneId: string, messageIds: readonly string[]): Promise<number> {
  const on = new Set((await town.sandbox.lockScreen(phoneId)).map(({ collapse }) => collapse));
  return messageIds.filter((id) => on.has(id)).length;
}

async function timesTaken(town: Town): Promise<{ requests: number; messages: number }> {
  const taken = (await town.sandbox.ledger()).filter(({ status }) => status === 200);
  return { requests: taken.length, messages: new Set(taken.map(({ collapse }) => collapse)).size };
}
