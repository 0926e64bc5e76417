import { inParallel, runScenario, type Scenario, until } from './harness/scenario.js';
import { outcomesOf, verdictOf } from './harness/story.js';
import { reveille, Town } from './harness/town.js';
import { verdictsWeighed } from './harness/verdicts-weighed.js';

// A vendor that condemns a few tokens is believed: they die, and nothing more is sent to them. One that condemns most of an
// app's tokens at once is not: something on our side is wrong. Nothing is deleted then, people hear of it, the good tokens
// get their pushes, and what was deleted can be brought back. `--without-breaker` switches the suspicion off: then it fails.
await runScenario('breaker', async (scenario) => {
  const share = scenario.args.flag('without-breaker') ? 0 : 30;
  const town = await Town.start({
    env: [`presence:REVEILLE_SUSPICION_SHARE_PERCENT=${share}`, 'presence:REVEILLE_SUSPICION_MINIMUM=4'],
  });
  scenario.defer(() => town.stop());
  const few = await fewDie(scenario, town);
  await manyDie(scenario, town);
  await undo(scenario, town, few);
});

type Vendor = 'apns' | 'fcm';
interface Owner {
  readonly user: string;
  readonly deviceId: string;
  readonly phoneId: string;
  readonly token: string;
}

/** 5 %: the vendor is right. */
async function fewDie(scenario: Scenario, town: Town): Promise<readonly Owner[]> {
  const owners = await settle(town, 'fcm', 100);
  const dead = owners.slice(0, 5);
  for (const { phoneId } of dead) await town.sandbox.uninstall(phoneId);
  await wake(town, owners);
  await verdictsWeighed(town);
  await until('the dead tokens are dead', async () => (await statesOf(town, dead)).every(isDead));
  scenario.equal('5 %: tokens that died', (await statesOf(town, owners)).filter(isDead).length, 5);

  const from = await town.sandbox.ledgerTail();
  const messages = await wake(town, owners);
  const asked = new Set((await town.sandbox.ledger({ since: from })).map(({ token }) => token));
  scenario.equal('5 %: further requests for them', dead.filter(({ token }) => asked.has(token)).length, 0);
  scenario.equal('5 %: requests for the others', owners.filter(({ token }) => asked.has(token)).length, 95);
  const withheld = await inParallel(messages.slice(0, 5), 5, (id) => verdictOf(town, id));
  scenario.equal(
    '5 %: the verdicts on them',
    withheld,
    dead.map(() => 'withheld(token-dead)'),
  );
  const status = await statusOf(town);
  scenario.equal('5 %: nothing is suspected', status.suspected, []);
  return dead;
}

/** 60 % at once: the vendor is not believed. */
async function manyDie(scenario: Scenario, town: Town): Promise<void> {
  const owners = await settle(town, 'apns', 60);
  // Dead and good ones in turns, as they come in an app with a wrong bundle on some of its phones.
  const condemned = owners.filter((_, index) => index % 5 < 3);
  const good = owners.filter((_, index) => index % 5 >= 3);
  for (const { phoneId } of condemned) await town.sandbox.uninstall(phoneId);
  const messages = await inParallel(owners, 10, ({ user }) => send(town, user));
  const idOf = (owner: Owner): string => messages[owners.indexOf(owner)] ?? '';
  const { suspected } = await until(
    '60 %: somebody is told',
    async () => {
      const status = await statusOf(town);
      return status.suspected.length > 0 ? status : null;
    },
    { withinMs: 30_000 },
  );
  scenario.equal(
    '60 %: status names the line',
    suspected.map(({ app, vendor }) => [app, vendor]),
    [['demo', 'apns']],
  );
  const arrived = await inParallel(good, 10, (owner) =>
    until(
      `${owner.user} is reached`,
      async () =>
        (await town.sandbox.lockScreen(owner.phoneId)).some(({ collapse }) => collapse === idOf(owner)),
      { withinMs: 90_000, everyMs: 250 },
    ),
  );
  scenario.equal('60 %: the good tokens get their pushes', arrived.length, 24);
  await inParallel(owners, 10, (owner) => outcomesOf(town, idOf(owner), 1, 90_000));
  await verdictsWeighed(town);
  await until(
    'what died before the suspicion is back',
    async () => !(await statesOf(town, owners)).some(isDead),
    { withinMs: 20_000 },
  ).catch(() => null);
  scenario.equal('60 %: tokens that were deleted', (await statesOf(town, owners)).filter(isDead).length, 0);

  const { data } = town.ready;
  const words = /apns tokens of demo are suspected: \d+ of \d+ pushes condemned their token/;
  const [first] = condemned;
  for (const [name, args] of [
    ['status', []],
    ['trace', [first === undefined ? '' : idOf(first)]],
    ['audit', []],
  ] as const) {
    const said = await reveille(name, ...args, '--data', data);
    scenario.check(
      `60 %: ${name} says so`,
      words.test(said.stdout) && said.code === 0,
      said.stdout + said.stderr,
    );
  }
  const trusted = await reveille('tokens', 'trust', '--vendor', 'apns', '--data', data);
  scenario.check('an operator may believe the vendor', /counts again/.test(trusted.stdout), trusted.stderr);
  await until('then nothing is suspected', async () => (await statusOf(town)).suspected.length === 0);
  await wake(town, condemned);
  await verdictsWeighed(town);
  await until('then they die', async () => (await statesOf(town, condemned)).every(isDead));
  scenario.equal('then the good ones live', (await statesOf(town, good)).filter(isDead).length, 0);
}

async function undo(scenario: Scenario, town: Town, dead: readonly Owner[]): Promise<void> {
  // One of them has a new owner by now, who keeps it.
  const [lost, ...rest] = dead as [Owner, ...Owner[]];
  const heir = { user: 'heir', deviceId: 'heir-phone', phoneId: lost.phoneId, token: lost.token };
  await town.register(heir.deviceId, {
    user: heir.user,
    vendor: 'fcm',
    token: lost.token,
    platform: 'android',
  });
  const since = ['--vendor', 'fcm', '--since', '1h', '--data', town.ready.data, '--json'];
  const { stdout, stderr } = await reveille('tokens', 'restore', ...since);
  const { restored } = JSON.parse(stdout === '' ? '{}' : stdout) as { restored?: number };
  scenario.check('undo: restored', restored === 4 || restored === 5, stdout + stderr);
  scenario.equal('undo: they live', (await statesOf(town, rest)).filter(isDead).length, 0);
  scenario.equal('undo: the newest binding keeps its token', await statesOf(town, [lost, heir]), [
    null,
    'live',
  ]);
  const from = await town.sandbox.ledgerTail();
  await wake(town, rest);
  const asked = new Set((await town.sandbox.ledger({ since: from })).map(({ token }) => token));
  scenario.equal('undo: they are pushed to again', rest.filter(({ token }) => asked.has(token)).length, 4);
  const again = JSON.parse((await reveille('tokens', 'restore', ...since)).stdout) as { restored: number };
  scenario.check('undo: as often as it takes', again.restored <= 4, JSON.stringify(again));
}

async function settle(town: Town, vendor: Vendor, count: number): Promise<Owner[]> {
  const phones = await town.sandbox.addPhones(vendor, count);
  const platform = vendor === 'apns' ? 'iphone' : 'android';
  return inParallel(phones, 10, async ({ phoneId, token }, index) => {
    const owner = { user: `${vendor}-${index}`, deviceId: `${vendor}-phone-${index}`, phoneId, token };
    await town.register(owner.deviceId, { user: owner.user, vendor, token, platform });
    return owner;
  });
}

async function send(town: Town, user: string): Promise<string> {
  return (await town.send({ sender: 'ana', recipients: [user] })).messageId;
}

/** A message for each, and what became of it, in the same order. */
async function wake(town: Town, owners: readonly Owner[]): Promise<string[]> {
  const messages = await inParallel(owners, 10, ({ user }) => send(town, user));
  await inParallel(messages, 10, async (messageId) => {
    const verdict = await verdictOf(town, messageId);
    if (verdict === 'push') await outcomesOf(town, messageId, 1, 90_000);
  });
  return messages;
}

type TokenState = string | null;
function isDead(state: TokenState): boolean {
  return state === 'dead';
}

/** The state of each one's token; null for a device that has none. */
function statesOf(town: Town, owners: readonly Owner[]): Promise<TokenState[]> {
  return inParallel(owners, 10, async ({ user, deviceId }) => {
    const { devices } = await town.http<{ devices: { deviceId: string; alert: { state: string } | null }[] }>(
      'GET',
      `/v1/users/${user}`,
    );
    return devices.find((device) => device.deviceId === deviceId)?.alert?.state ?? null;
  });
}

async function statusOf(town: Town): Promise<{ suspected: { app: string; vendor: string }[] }> {
  const { stdout } = await reveille('status', '--data', town.ready.data, '--json');
  return JSON.parse(stdout) as { suspected: { app: string; vendor: string }[] };
}
