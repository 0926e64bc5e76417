import { RawClient } from './harness/raw-client.js';
import { inParallel, runScenario, until } from './harness/scenario.js';
import { reveille, Town } from './harness/town.js';

// MESSAGES is full: a sender is told to try again later, nothing that is stored is lost, and what was accepted is delivered.
await runScenario('full-stream', async (scenario) => {
  const town = await Town.start({
    flags: ['--messages-max-bytes', String(256 * 1024), '--app-setting', 'messagesPerSecond=100000'],
  });
  scenario.defer(() => town.stop());
  const phone = await town.phoneOf('bob', 'fcm');
  const ana = await RawClient.login({
    url: town.ready.urls.webSocket,
    deviceId: 'ana-1',
    token: await town.clientToken('ana'),
  });

  const accepted: string[] = [];
  const errors: string[] = [];
  const text = 'x'.repeat(2_000);
  await inParallel(
    Array.from({ length: 600 }, (_, index) => index),
    20,
    async (index) => {
      await ana.send(['bob'], text, { clientMessageId: `f${index}` }).then(
        ({ messageId }) => void accepted.push(messageId),
        (error: unknown) => void errors.push(error instanceof Error ? error.message : String(error)),
      );
    },
  );
  scenario.check(
    'some are accepted, then the stream is full',
    accepted.length > 0 && errors.length > 0,
    `${accepted.length} accepted, ${errors.length} refused`,
  );
  scenario.equal(
    'every refusal is a retryable error',
    errors.filter((message) => !message.startsWith('unavailable')).length,
    0,
  );
  const overHttp = await fetch(`${town.ready.urls.gateway}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${town.serverKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ sender: 'ana', recipients: ['bob'], content: { type: 'text', text } }),
  });
  scenario.equal(
    'over HTTP: 503 with Retry-After',
    [overHttp.status, overHttp.headers.get('retry-after') !== null],
    [503, true],
  );

  await until(
    'every accepted message is shown',
    async () => {
      const shown = new Set((await town.sandbox.lockScreen(phone.phoneId)).map(({ collapse }) => collapse));
      return accepted.every((id) => shown.has(id));
    },
    { withinMs: 60_000, everyMs: 250 },
  );
  const bob = await RawClient.login({
    url: town.ready.urls.webSocket,
    deviceId: 'bob-1',
    token: await town.clientToken('bob'),
  });
  const inbox = new Set((await bob.readInbox()).map(({ messageId }) => messageId));
  scenario.equal('accepted, but not in the inbox', accepted.filter((id) => !inbox.has(id)).length, 0);
  const audit = JSON.parse((await reveille('audit', '--data', town.ready.data, '--json')).stdout) as Record<
    string,
    number
  >;
  scenario.equal(
    'the log: accepted, missing, jobs lost',
    [audit['accepted'], audit['missing'], audit['jobsLost']],
    [accepted.length, 0, 0],
  );
  scenario.note(`      ${accepted.length} accepted, ${errors.length} refused`);
  ana.close();
  bob.close();
});
