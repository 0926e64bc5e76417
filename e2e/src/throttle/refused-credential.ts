import { lanes } from '@reveille/contracts/push/lane';
import { bundleOf, type LedgerEntry, projectOf } from '../harness/sandbox-control.js';
import { inParallel, type Scenario, until } from '../harness/scenario.js';
import type { Town } from '../harness/town.js';
import { type Pause, watchPauses } from './pause-watch.js';
import { registerMany, shownCounts, type Vendor } from './phones.js';

/** Answers take so long that a whole window is on its way before the first no. */
const answerMs = 300;
/** Many windows: a gate that does not shut burns them all. */
const messages = 60;
const pausesSeen = 3;

/**
 * The vendor refuses the app's credential: its consumers pause on the server, each pause costs at most the window of requests
 * that were on their way, later ones a single probe; another app flows on; mended, every waiting push arrives once.
 */
export async function refusedCredential(
  scenario: Scenario,
  town: Town,
  vendor: Vendor,
  { window, otherApp }: { readonly window: number; readonly otherApp: string },
): Promise<void> {
  const topic = vendor === 'apns' ? bundleOf('demo') : projectOf('demo');
  const mine = await registerMany(town, vendor, 'refused', messages, 'demo');
  const theirs = await registerMany(town, vendor, 'flows', 10, otherApp);
  // On a fresh connection Apple takes one request at a time: the window is only real on one that has been used.
  const warm = await registerMany(town, vendor, 'warm', 20, 'demo');
  await inParallel(warm, 20, ({ user }) => town.send({ sender: 'ana', recipients: [user] }));
  await until(`${vendor}: the app's pushes flow`, async () =>
    (await shownCounts(town, warm)).every((times) => times === 1),
  );
  const [watch, others] = await Promise.all([
    watchPauses(town, 'demo', vendor),
    watchPauses(town, otherApp, vendor),
  ]);
  await town.sandbox.fault({ vendor, topic, kind: 'slow', ms: answerMs });
  const mend = await (vendor === 'apns' ? revokeKey(town) : switchApiOff(town));
  const since = await town.sandbox.ledgerTail();
  await inParallel(mine, messages, ({ user }) => town.send({ sender: 'ana', recipients: [user] }));
  const sentAt = Date.now();
  await inParallel(theirs, 10, ({ user }) => sendAs(town, otherApp, user));
  await until(`${vendor}: the other app flows on`, async () =>
    (await shownCounts(town, theirs)).every((times) => times === 1),
  );
  scenario.check(`${vendor}: 403: another app flows on`, true);
  scenario.note(`      ${vendor}: the other app's 10 pushes were shown after ${Date.now() - sentAt} ms`);

  const ofLane = (lane: string): readonly Pause[] => watch.pauses.filter((pause) => pause.lane === lane);
  await until(
    `${vendor}: nats-server says for every lane that it is paused, ${pausesSeen} times`,
    () => lanes.every((lane) => ofLane(lane).length >= pausesSeen),
    { withinMs: 120_000 },
  );
  scenario.check(`${vendor}: … every lane of the app is paused on the server, again and again`, true);
  const pauses = ofLane('normal').slice(0, pausesSeen);
  const burnt = perPause(pauses, await refusals(town, topic, since));
  scenario.check(
    `${vendor}: … at most a window (${window}) of requests in the first pause`,
    burnt[0] !== undefined && burnt[0] >= 1 && burnt[0] <= window,
    `${burnt[0]} requests`,
  );
  scenario.equal(`${vendor}: … one probe in each further pause`, burnt.slice(1), [1, 1]);
  scenario.equal(
    `${vendor}: … nothing shown, nothing given up`,
    (await shownCounts(town, mine)).filter((times) => times > 0).length,
    0,
  );

  await town.sandbox.clearFaults();
  await mend();
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
  await Promise.all([watch.stop(), others.stop()]);
  scenario.equal(`${vendor}: … pauses of the other app`, others.pauses.length, 0);
  scenario.note(`      ${vendor}: requests that were refused per pause: ${burnt.join(', ')}`);
}

/** Apple does not know the app's key any more: 403 InvalidProviderToken. The result registers it again. */
async function revokeKey(town: Town): Promise<() => Promise<unknown>> {
  const { keys } = await town.sandbox.call<{ keys: { keyId: string; topics: readonly string[] | null }[] }>(
    'GET',
    '/keys',
  );
  const own = keys.find(({ topics }) => topics?.includes(bundleOf('demo')) === true);
  if (own === undefined) throw new Error('the sandbox knows no key of the app');
  await town.sandbox.call('DELETE', `/keys/${own.keyId}`);
  return () => town.sandbox.call('PUT', '/keys', own);
}

/** Google's API is switched off for the app's project: 403 SERVICE_DISABLED. The result switches it on again. */
async function switchApiOff(town: Town): Promise<() => Promise<unknown>> {
  const { projects } = await town.sandbox.call<{ projects: { projectId: string }[] }>('GET', '/projects');
  const own = projects.find(({ projectId }) => projectId === projectOf('demo'));
  if (own === undefined) throw new Error('the sandbox knows no project of the app');
  await town.sandbox.call('PUT', '/projects', { ...own, isApiEnabled: false });
  return () => town.sandbox.call('PUT', '/projects', own);
}

/** How many requests came before the end of each pause and after the end of the one before. */
function perPause(pauses: readonly Pause[], requests: readonly LedgerEntry[]): number[] {
  return pauses.map(
    ({ untilAt }, index) =>
      requests.filter(
        ({ arrivedAt }) => arrivedAt <= untilAt && arrivedAt > (pauses[index - 1]?.untilAt ?? 0),
      ).length,
  );
}

async function refusals(town: Town, topic: string, since: number): Promise<LedgerEntry[]> {
  return (await town.sandbox.ledger({ since })).filter(
    (entry) => entry.topic === topic && entry.status !== 200,
  );
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
