import { inParallel, runScenario, type Scenario, until } from './harness/scenario.js';
import type { LedgerEntry } from './harness/sandbox-control.js';
import { closedOf, outcomesOf } from './harness/story.js';
import { Town } from './harness/town.js';
import { deviceChoices } from './throttle/device-choices.js';
import { registerMany, shownCounts, type Vendor } from './throttle/phones.js';
import { refusedCredential } from './throttle/refused-credential.js';

const throttled = { apns: 'TooManyRequests', fcm: 'QUOTA_EXCEEDED' } as const;
const retryAfterSeconds = 2;
/** Enough to log out in, on any machine. */
const timeToLeaveSeconds = 8;
const otherApp = 'other';
/** So small that a gate which lets more through shows. */
const window = 10;

// What a vendor may ask for, and what may happen to a request on its way: nothing is lost, nothing is sent twice without
// need, and nobody else waits.
await runScenario('throttle', async (scenario) => {
  const only = scenario.args.text('vendor', '');
  const vendors = (['apns', 'fcm'] as const).filter((vendor) => only === '' || vendor === only);
  await inParallel(vendors, 2, async (vendor) => {
    const town = await Town.start({ env: ['vendor-workers:REVEILLE_CRASH_AT=worker.after-outcome'] });
    scenario.defer(() => town.stop());
    await killedBeforeSchedule(scenario, town, vendor);
    await retryAfter(scenario, town, vendor);
    await loggedOutWhileWaiting(scenario, town, vendor);
    await cutAfterRequest(scenario, town, vendor);
    await goAway(scenario, town, vendor);
    await town.stop();

    const narrow = await Town.start({
      env: [`vendor-workers:REVEILLE_MAX_IN_FLIGHT=${window}`],
      flags: ['--apps', `demo,${otherApp}`],
    });
    scenario.defer(() => narrow.stop());
    await refusedCredential(scenario, narrow, vendor, { window, otherApp });
    if (vendor === 'apns') await deviceChoices(scenario, narrow);
    await narrow.stop();
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
  const waits: number[] = [];
  // A machine that is busy with something else may hold one of them up; none is early.
  while (waits.length < 3 && (waits.at(-1) ?? Number.POSITIVE_INFINITY) > 4_000)
    waits.push(await patience(scenario, town, vendor, `patient-${waits.length}`));
  scenario.check(
    `${vendor}: … accepted 2 to 4 s after`,
    Math.min(...waits) >= 2_000 && (waits.at(-1) ?? 0) <= 4_000,
    `${waits.join(', ')} ms`,
  );
}

/** How long after the vendor's "not now" the push was sent again. */
async function patience(scenario: Scenario, town: Town, vendor: Vendor, user: string): Promise<number> {
  const phone = await town.phoneOf(user, vendor);
  await town.sandbox.fault({
    vendor,
    token: phone.token,
    kind: 'answer',
    reason: throttled[vendor],
    retryAfterSeconds,
    count: 1,
  });
  await town.send({ sender: 'ana', recipients: [user] });
  const requests = await requestsUntilAccepted(town, phone.token, 60_000);
  scenario.equal(
    `${vendor}: Retry-After ${retryAfterSeconds} s: requests`,
    requests.map(({ status }) => status),
    [429, 200],
  );
  return span(requests);
}

async function loggedOutWhileWaiting(scenario: Scenario, town: Town, vendor: Vendor): Promise<void> {
  const phone = await town.phoneOf('leaving', vendor);
  await town.sandbox.fault({
    vendor,
    token: phone.token,
    kind: 'answer',
    reason: throttled[vendor],
    retryAfterSeconds: timeToLeaveSeconds,
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
