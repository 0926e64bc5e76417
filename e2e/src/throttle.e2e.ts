import { inParallel, runScenario, type Scenario, until } from './harness/scenario.js';
import { bundleOf, type LedgerEntry, projectOf } from './harness/sandbox-control.js';
import { closedOf, outcomesOf } from './harness/story.js';
import { Town } from './harness/town.js';

type Vendor = 'apns' | 'fcm';
const throttled = { apns: 'TooManyRequests', fcm: 'QUOTA_EXCEEDED' } as const;
const credentialRefused = { apns: 'InvalidProviderToken', fcm: 'PERMISSION_DENIED' } as const;
const retryAfterSeconds = 2;
const otherApp = 'other';

// What a vendor may ask for, and what may happen to a request on its way: nothing is lost, nothing is sent twice without
// need, and nobody else waits.
await runScenario('throttle', async (scenario) => {
  const only = scenario.args.text('vendor', '');
  const vendors = (['apns', 'fcm'] as const).filter((vendor) => only === '' || vendor === only);
  await inParallel(vendors, 2, async (vendor) => {
    const town = await Town.start({
      env: ['vendor-workers:REVEILLE_CRASH_AT=worker.after-outcome'],
      flags: ['--apps', `demo,${otherApp}`],
    });
    scenario.defer(() => town.stop());
    await killedBeforeSchedule(scenario, town, vendor);
    await retryAfter(scenario, town, vendor);
    await loggedOutWhileWaiting(scenario, town, vendor);
    await cutAfterRequest(scenario, town, vendor);
    await goAway(scenario, town, vendor);
    await credential(scenario, town, vendor);
    await town.stop();
  });
});

async function killedBeforeSchedule(scenario: Scenario, town: Town, vendor: Vendor): Promise<void> {
  const before = town.child('vendor-workers').pid;
  const phone = await town.phoneOf('killed', vendor);
  await town.sandbox.fault({
    vendor,
    kind: 'answer',
    reason: throttled[vendor],
    retryAfterSeconds,
    count: 1,
  });
  const { messageId } = await town.send({ sender: 'ana', recipients: ['killed'] });
  await town.restarted('vendor-workers', before, 60_000);
  const requests = await requestsUntilAccepted(town, phone.token, 60_000);
  scenario.equal(
    `${vendor}: worker killed between the 429 and its schedule: requests`,
    requests.map(({ status }) => status),
    [429, 200],
  );
  const waited = span(requests);
  scenario.check(`${vendor}: … not early`, waited >= retryAfterSeconds * 1_000, `${waited} ms`);
  const shown = (await town.sandbox.lockScreen(phone.phoneId)).filter(
    ({ collapse }) => collapse === messageId,
  );
  scenario.equal(
    `${vendor}: … delivered once`,
    shown.map(({ shownCount }) => shownCount),
    [1],
  );
}

async function retryAfter(scenario: Scenario, town: Town, vendor: Vendor): Promise<void> {
  const phone = await town.phoneOf('patient', vendor);
  await town.sandbox.fault({
    vendor,
    token: phone.token,
    kind: 'answer',
    reason: throttled[vendor],
    retryAfterSeconds,
    count: 1,
  });
  await town.send({ sender: 'ana', recipients: ['patient'] });
  const requests = await requestsUntilAccepted(town, phone.token, 20_000);
  scenario.equal(
    `${vendor}: Retry-After ${retryAfterSeconds} s: requests`,
    requests.map(({ status }) => status),
    [429, 200],
  );
  const waited = span(requests);
  scenario.check(`${vendor}: … accepted 2 to 4 s after`, waited >= 2_000 && waited <= 4_000, `${waited} ms`);
}

async function loggedOutWhileWaiting(scenario: Scenario, town: Town, vendor: Vendor): Promise<void> {
  const phone = await town.phoneOf('leaving', vendor);
  await town.sandbox.fault({
    vendor,
    token: phone.token,
    kind: 'answer',
    reason: throttled[vendor],
    retryAfterSeconds,
    count: 1,
  });
  const { messageId } = await town.send({ sender: 'ana', recipients: ['leaving'] });
  await outcomesOf(town, messageId);
  await town.http('DELETE', `/v1/devices/${phone.deviceId}/binding`, { body: { user: 'leaving' } });
  scenario.equal(`${vendor}: logged out while the job waits`, await closedOf(town, messageId), 'logged-out');
  scenario.equal(
    `${vendor}: … requests after the first`,
    (await town.sandbox.ledger({ token: phone.token })).length - 1,
    0,
  );
}

async function cutAfterRequest(scenario: Scenario, town: Town, vendor: Vendor): Promise<void> {
  const phone = await town.phoneOf('cut', vendor);
  await town.sandbox.fault({ vendor, token: phone.token, kind: 'cut-after', count: 1 });
  const { messageId } = await town.send({ sender: 'ana', recipients: ['cut'] });
  const outcomes = await outcomesOf(town, messageId, 2, 60_000);
  scenario.equal(
    `${vendor}: cut after the request: said to be unknown, then accepted`,
    outcomes.map(({ kind, reason }) => reason ?? kind),
    ['no-answer', 'accepted'],
  );
  const requests = await town.sandbox.ledger({ token: phone.token });
  scenario.equal(
    `${vendor}: … repeated under the same collapse key`,
    requests.map(({ collapse }) => collapse),
    [messageId, messageId],
  );
  scenario.equal(`${vendor}: … one notification`, (await town.sandbox.lockScreen(phone.phoneId)).length, 1);
}

async function goAway(scenario: Scenario, town: Town, vendor: Vendor): Promise<void> {
  const count = 500;
  const phones = await registerMany(town, vendor, 'goaway', count, 'demo');
  await town.sandbox.fault({ vendor, kind: 'goaway', after: count / 2, count: 1 });
  await inParallel(phones, 100, ({ user }) => town.send({ sender: 'ana', recipients: [user] }));
  await until(
    `${vendor}: all ${count} are shown`,
    async () => (await shownCounts(town, phones)).every((shown) => shown > 0),
    { withinMs: 60_000, everyMs: 500 },
  );
  const shown = await shownCounts(town, phones);
  scenario.equal(
    `${vendor}: GOAWAY in the middle of ${count}: lost`,
    shown.filter((times) => times === 0).length,
    0,
  );
  scenario.equal(`${vendor}: … twice`, shown.filter((times) => times > 1).length, 0);
  await town.sandbox.clearFaults();
}

async function credential(scenario: Scenario, town: Town, vendor: Vendor): Promise<void> {
  const count = 50;
  const topic = vendor === 'apns' ? bundleOf('demo') : projectOf('demo');
  const mine = await registerMany(town, vendor, 'refused', count, 'demo');
  const theirs = await registerMany(town, vendor, 'flows', 10, otherApp);
  await town.sandbox.fault({ vendor, topic, kind: 'answer', reason: credentialRefused[vendor] });
  const since = await town.sandbox.ledgerTail();
  await inParallel(mine, 50, ({ user }) => town.send({ sender: 'ana', recipients: [user] }));
  const sentAt = Date.now();
  await inParallel(theirs, 10, ({ user }) => sendAs(town, otherApp, user));
  await until(
    `${vendor}: the other app flows on`,
    async () => (await shownCounts(town, theirs)).every((times) => times === 1),
    { withinMs: 10_000 },
  );
  scenario.check(`${vendor}: 403: another app flows on`, true);
  scenario.note(`      ${vendor}: the other app's 10 pushes were shown after ${Date.now() - sentAt} ms`);
  await until(
    `${vendor}: the consumers pause`,
    async () => {
      const before = await refusals(town, topic, since);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      return before > 0 && (await refusals(town, topic, since)) === before;
    },
    { withinMs: 30_000 },
  );
  const burnt = await refusals(town, topic, since);
  scenario.check(`${vendor}: … at most a window of requests`, burnt <= count, `${burnt} requests`);
  scenario.equal(
    `${vendor}: … nothing shown, nothing given up`,
    (await shownCounts(town, mine)).filter((times) => times > 0).length,
    0,
  );

  await town.sandbox.clearFaults();
  await until(
    `${vendor}: every waiting push arrives`,
    async () => (await shownCounts(town, mine)).every((times) => times > 0),
    { withinMs: 100_000, everyMs: 1_000 },
  );
  scenario.equal(
    `${vendor}: … mended: every waiting push arrives once`,
    (await shownCounts(town, mine)).filter((times) => times !== 1).length,
    0,
  );
  scenario.note(
    `      ${vendor}: ${burnt} requests were refused in the first pause, ${await refusals(town, topic, since)} in all`,
  );
}

async function refusals(town: Town, topic: string, since: number): Promise<number> {
  return (await town.sandbox.ledger({ since })).filter(
    (entry) => entry.topic === topic && entry.status !== 200,
  ).length;
}

interface UserPhone {
  readonly user: string;
  readonly phoneId: string;
}

async function registerMany(
  town: Town,
  vendor: Vendor,
  name: string,
  count: number,
  app: string,
): Promise<UserPhone[]> {
  const phones = await town.sandbox.addPhones(vendor, count, app);
  return inParallel(phones, 50, async ({ phoneId, token }, index) => {
    const user = `${name}-${index}`;
    await town.http('PUT', `/v1/devices/${user}/push`, {
      bearer: town.serverKeyOf(app),
      body: { user, vendor, token },
    });
    return { user, phoneId };
  });
}

function sendAs(town: Town, app: string, user: string): Promise<unknown> {
  const body = {
    sender: 'ana',
    recipients: [user],
    content: { type: 'text', text: 'hi' },
    pushConfig: { title: 'T', content: 'hi' },
  };
  return town.http('POST', '/v1/messages', { bearer: town.serverKeyOf(app), body });
}

async function shownCounts(town: Town, phones: readonly UserPhone[]): Promise<number[]> {
  return inParallel(phones, 50, async ({ phoneId }) =>
    (await town.sandbox.lockScreen(phoneId)).reduce((sum, { shownCount }) => sum + shownCount, 0),
  );
}

async function requestsUntilAccepted(town: Town, token: string, withinMs: number): Promise<LedgerEntry[]> {
  return until(
    'the vendor accepts',
    async () => {
      const requests = await town.sandbox.ledger({ token });
      return requests.some(({ status }) => status === 200) ? requests : null;
    },
    { withinMs },
  );
}

function span(requests: readonly LedgerEntry[]): number {
  return (requests.at(-1)?.arrivedAt ?? 0) - (requests[0]?.arrivedAt ?? 0);
}
