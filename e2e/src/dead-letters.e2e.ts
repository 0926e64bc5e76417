import { runScenario, until } from './harness/scenario.js';
import { outcomesOf } from './harness/story.js';
import { reveille, Town } from './harness/town.js';

// A vendor answers what no table knows: the push ends as rejected, and a copy of its job is kept for somebody to look at. Once the
// answer is understood, the job is begun again by hand, under the token of now, and arrives once; or it is left at that. Both are told
// by whom and why.
await runScenario('dead-letters', async (scenario) => {
  const town = await Town.start();
  scenario.defer(() => town.stop());
  const { data } = town.ready;
  const cli = (...args: string[]) => reveille(...args, '--data', data);
  interface Row {
    letter: number;
    messageId: string | null;
    vendor: string | null;
    content: { reason: string; data: object };
    end: { as: string; by: string; because: string | null } | null;
  }
  const list = async (...flags: string[]) =>
    JSON.parse((await cli('dead-letters', 'list', '--json', ...flags)).stdout) as Row[];

  const bob = await town.phoneOf('bob', 'apns');
  await town.phoneOf('cleo', 'fcm');
  await town.sandbox.fault({ vendor: 'apns', kind: 'nonsense', status: 418 });
  await town.sandbox.fault({ vendor: 'fcm', kind: 'nonsense', status: 418 });
  const first = (await town.send({ sender: 'ana', recipients: ['bob'] })).messageId;
  const second = (await town.send({ sender: 'ana', recipients: ['cleo'] })).messageId;
  const [rejected] = await outcomesOf(town, first);
  scenario.equal('what nobody knows is rejected as that', rejected?.reason, 'unclassified');
  const letters = await until('both jobs lie as letters', async () => {
    const rows = await list();
    return rows.length === 2 ? rows : null;
  });
  const one = letters.find(({ messageId }) => messageId === first);
  const other = letters.find(({ messageId }) => messageId === second);
  if (one === undefined || other === undefined) throw new Error('a letter is somebody else’s');
  scenario.check('a letter says why', one.content.reason.includes('unclassified answer'), one.content.reason);
  scenario.check(
    'and holds no token',
    !JSON.stringify(one).includes('sealedToken') && !JSON.stringify(one).includes(bob.token),
  );
  scenario.equal(
    'by vendor',
    (await list('--vendor', 'fcm')).map(({ letter }) => letter),
    [other.letter],
  );
  scenario.equal('by reason and time', (await list('--reason', 'HTTP-418', '--since', '1h')).length, 2);
  scenario.equal('none before', (await list('--until', '1h')).length, 0);
  const shown = await cli('dead-letters', 'show', String(one.letter));
  scenario.check('show gives it whole', shown.stdout.includes('"notification"'), shown.stdout);
  const vague = await cli('dead-letters', 'redrive');
  scenario.check(
    'nothing is redriven unasked',
    vague.code === 1 && vague.stderr.includes('say which'),
    vague.stderr,
  );

  await town.sandbox.clearFaults();
  const redriven = await cli(
    'dead-letters',
    'redrive',
    String(one.letter),
    '--by',
    'ana',
    '--because',
    'mended',
  );
  scenario.equal('a letter is redriven', [redriven.code, /1 redriven/.test(redriven.stdout)], [0, true]);
  const screen = async () =>
    (await town.sandbox.lockScreen(bob.phoneId)).filter(({ collapse }) => collapse === first);
  await until('its push arrives', async () => (await screen()).length > 0);
  const twice = await cli('dead-letters', 'redrive', String(one.letter));
  scenario.check(
    'and once only',
    twice.code === 1 && twice.stderr.includes('do not wait any more'),
    twice.stderr,
  );
  scenario.equal(
    'it alerted once',
    (await screen()).map(({ shownCount }) => shownCount),
    [1],
  );
  const dropped = await cli('dead-letters', 'drop', '--vendor', 'fcm', '--yes', '--because', 'too late');
  scenario.equal('the other is dropped', [dropped.code, /1 dropped/.test(dropped.stdout)], [0, true]);
  scenario.equal('none waits', await list(), []);
  scenario.equal(
    'what was done is kept',
    (await list('--all')).map(({ end }) => [end?.as, end?.because]),
    [
      ['redriven', 'mended'],
      ['dropped', 'too late'],
    ],
  );
  for (const flags of [[], ['--from-log']]) {
    const told = (await cli('trace', first, ...flags)).stdout;
    scenario.check(
      `trace ${flags.join(' ')} tells it`,
      told.includes('given up by push-apns-normal-demo') && told.includes('redriven by ana: mended'),
      told,
    );
  }
  const audit = await cli('audit', '--ledger');
  scenario.check(
    'audit adds up and counts them',
    audit.code === 0 &&
      audit.stdout.includes('dead letters: 0 wait ("reveille dead-letters list"), 1 redriven, 1 dropped'),
    audit.stdout,
  );
});
