import { runScenario, until } from './harness/scenario.js';
import { reveille, Town } from './harness/town.js';

// A refused credential halts an app's pushes. People hear of it wherever they look: status, trace and audit name the line, the
// vendor's reason and since when; and when the credential works again, none of them does.
await runScenario('halted', async (scenario) => {
  const town = await Town.start();
  scenario.defer(() => town.stop());
  const { data } = town.ready;
  const phone = await town.phoneOf('bob', 'apns');
  await town.sandbox.fault({ vendor: 'apns', kind: 'answer', reason: 'InvalidProviderToken' });
  const { messageId } = await town.send({ sender: 'ana', recipients: ['bob'] });
  const line = /apns of demo is halted: InvalidProviderToken since \d{4}-\d\d-\d\dT/;

  const status = await until('status names the halted line', async () => {
    const { stdout } = await reveille('status', '--data', data);
    return line.test(stdout) ? stdout : null;
  });
  scenario.check('status says what to do', /runbooks\/halted-credential\.md/.test(status), status);
  for (const flags of [[], ['--from-log']]) {
    const { stdout } = await reveille('trace', messageId, '--data', data, ...flags);
    const words = stdout.split('\n').filter((row) => row.startsWith('waiting: bob/bob-apns: '));
    scenario.check(
      `trace ${flags.join(' ')} says why it waits`,
      words.length === 1 && line.test(words[0] ?? ''),
      stdout,
    );
  }
  const audit = await reveille('audit', '--data', data);
  scenario.check('audit names it, and no fault', line.test(audit.stdout) && audit.code === 0, audit.stdout);
  const json = JSON.parse((await reveille('audit', '--data', data, '--json')).stdout) as {
    halted: { app: string; vendor: string; cause: string; waiting: number }[];
  };
  scenario.equal(
    'audit --json counts what waits',
    json.halted.map(({ app, vendor, cause, waiting }) => [app, vendor, cause, waiting]),
    [['demo', 'apns', 'InvalidProviderToken', 1]],
  );

  const sinceOf = (text: string) => /since (\S+?);/.exec(text)?.[1];
  const before = town.kill('vendor-workers');
  await town.restarted('vendor-workers', before);
  await town.serviceReady('vendorWorkers');
  const restarted = (await reveille('status', '--data', data)).stdout;
  scenario.equal(
    'a worker that has just started knows it, and since when',
    sinceOf(restarted),
    sinceOf(status),
  );

  await town.sandbox.clearFaults();
  await until(
    'the push arrives once the credential works',
    async () => (await town.sandbox.lockScreen(phone.phoneId)).some(({ collapse }) => collapse === messageId),
    { withinMs: 120_000 },
  );
  await until('status does not name it any more', async () => {
    const { stdout } = await reveille('status', '--data', data);
    return !line.test(stdout);
  });
  const told = (await reveille('trace', messageId, '--data', data)).stdout;
  scenario.check('trace does not wait any more', !told.includes('waiting:'), told);
});
