import type { LedgerEntry, ShownNotification } from './harness/sandbox-control.js';
import { inParallel, runScenario, type Scenario, until } from './harness/scenario.js';
import { reveille, Town } from './harness/town.js';

/** One point in one service at which its process is killed, once, while a message passes. */
interface CrashPoint {
  readonly service: 'gateway' | 'presence' | 'router' | 'vendor-workers';
  readonly point: string;
  /** The vendor's first answer is a 429, which is the one that the process dies of. */
  readonly isThrottled?: boolean;
  /** Two phones of two vendors, so that there are two jobs to crash between. */
  readonly hasTwoVendors?: boolean;
}

const points: readonly CrashPoint[] = [
  { service: 'gateway', point: 'gateway.after-puback' },
  { service: 'router', point: 'router.after-settled', hasTwoVendors: true },
  { service: 'router', point: 'router.between-jobs', hasTwoVendors: true },
  { service: 'router', point: 'router.after-jobs', hasTwoVendors: true },
  { service: 'router', point: 'router.before-commit' },
  { service: 'vendor-workers', point: 'worker.after-answer' },
  { service: 'vendor-workers', point: 'worker.after-answer', isThrottled: true },
  { service: 'vendor-workers', point: 'worker.after-outcome', isThrottled: true },
  { service: 'vendor-workers', point: 'worker.after-schedule', isThrottled: true },
  { service: 'presence', point: 'presence.after-vault' },
  { service: 'presence', point: 'presence.before-commit' },
];
const retryAfterSeconds = 2;

await runScenario('crash-points', async (scenario) => {
  const only = scenario.args.text('point', '');
  const chosen = points.filter(({ point }) => only === '' || point === only);
  const width = scenario.args.integer('width', 3);
  await inParallel(chosen, width, (point) => crashAt(scenario, point));
  return `points ${chosen.length}`;
});

async function crashAt(
  scenario: Scenario,
  { service, point: where, isThrottled, hasTwoVendors }: CrashPoint,
): Promise<void> {
  const town = await Town.start({ env: [`${service}:REVEILLE_CRASH_AT=${where}`] });
  scenario.defer(() => town.stop());
  const before = town.child(service).pid;
  const point = isThrottled === true ? `${where} (429)` : where;

  const register = (vendor: 'apns' | 'fcm') => registerPatiently(town, vendor);
  const phones = [await register('apns'), ...(hasTwoVendors === true ? [await register('fcm')] : [])];
  if (isThrottled === true)
    await town.sandbox.fault({
      vendor: 'apns',
      kind: 'answer',
      reason: 'TooManyRequests',
      retryAfterSeconds,
      count: 1,
    });

  const message = {
    sender: 'ana',
    recipients: ['bob'],
    title: point,
    text: 'still here',
    clientMessageId: `c-${where}`,
  };
  const sentAt = Date.now();
  const sent = await until(`${point}: the message is accepted`, () => town.send(message).catch(() => null), {
    withinMs: 60_000,
  });
  await town.restarted(service, before, 60_000);

  for (const { phoneId, vendor } of phones) {
    await until(
      `${point}: the ${vendor} phone shows it`,
      async () => (await shown(town, phoneId, sent.messageId)).length > 0,
      { withinMs: 120_000, everyMs: 200 },
    );
  }
  // The audit reads the log; a job that is still handed around would be found there as waiting.
  const audit = await until(
    `${point}: the log adds up`,
    async () => {
      const report = JSON.parse(
        (await reveille('audit', '--data', town.ready.data, '--ledger', '--json')).stdout,
      ) as AuditJson;
      return report.missing === 0 && report.pushes.waiting === 0 && report.pushes.accepted === phones.length
        ? report
        : null;
    },
    { withinMs: 60_000, everyMs: 500 },
  );

  scenario.check(
    `${point}: the process died there and came back`,
    town.child(service).pid !== before && town.child(service).restarts >= 1,
  );
  scenario.equal(
    `${point}: accepted once, settled once`,
    [audit.accepted, audit.settled, audit.settledTwice],
    [1, 1, 0],
  );
  // Only what a vendor answers dies with a worker: then one request is in no event, and a later repeat excuses it.
  const isAnswerLost = where === 'worker.after-answer';
  scenario.equal(
    `${point}: nothing unexplained, nothing lost`,
    [audit.unexplainedDuplicates, audit.jobsLost, audit.ledger.mismatches, audit.ledger.explainedExtra],
    [0, 0, 0, isAnswerLost ? 1 : 0],
  );
  for (const { phoneId, vendor, token } of phones) {
    const visible = await shown(town, phoneId, sent.messageId);
    const taken = (await requestsTo(town, token)).filter(({ status }) => status === 200).length;
    const isTakenTwice = isAnswerLost && isThrottled !== true;
    // A repeat replaces the line that is there, so lines alone would hide it: how often it alerted is counted.
    scenario.equal(
      `${point}: one line on the ${vendor} phone, ${isTakenTwice ? 'alerted again by the excused repeat' : 'alerted once'}`,
      [visible.map(({ shownCount }) => shownCount), taken],
      isTakenTwice ? [[2], 2] : [[1], 1],
    );
  }
  if (isThrottled === true) {
    const requests = await requestsTo(town, phones[0]?.token ?? '');
    const refused = requests.find(({ status }) => status === 429);
    const taken = requests.find(({ status }) => status === 200);
    scenario.equal(
      `${point}: one refusal, one acceptance`,
      requests.map(({ status }) => status),
      [429, 200],
    );
    const waited = (taken?.arrivedAt ?? 0) - (refused?.arrivedAt ?? 0);
    scenario.check(
      `${point}: Retry-After kept`,
      waited >= retryAfterSeconds * 1000,
      `${waited} ms after the refusal`,
    );
  }
  scenario.note(`      ${point}: ${Date.now() - sentAt} ms from the first try to the last check`);
  await town.stop();
}

interface AuditJson {
  readonly accepted: number;
  readonly settled: number;
  readonly missing: number;
  readonly settledTwice: number;
  readonly unexplainedDuplicates: number;
  readonly jobsLost: number;
  readonly pushes: { readonly accepted: number; readonly waiting: number };
  readonly ledger: { readonly mismatches: number; readonly explainedExtra: number };
}

interface RegisteredPhone {
  readonly phoneId: string;
  readonly token: string;
  readonly vendor: 'apns' | 'fcm';
}

/** Registers as an app does: again, with the same token, when the answer does not come. */
async function registerPatiently(town: Town, vendor: 'apns' | 'fcm'): Promise<RegisteredPhone> {
  const { phoneId } = await town.sandbox.addPhone(vendor);
  const token = await town.sandbox.token(phoneId);
  await until(
    `${vendor} is registered`,
    () => town.register(`bob-${vendor}`, { user: 'bob', vendor, token }).catch(() => null),
    { withinMs: 30_000, everyMs: 250 },
  );
  return { phoneId, token, vendor };
}

async function requestsTo(town: Town, token: string): Promise<LedgerEntry[]> {
  return town.sandbox.ledger({ token });
}

async function shown(town: Town, phoneId: string, messageId: string): Promise<ShownNotification[]> {
  return (await town.sandbox.lockScreen(phoneId)).filter(({ collapse }) => collapse === messageId);
}
