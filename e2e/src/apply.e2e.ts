import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runScenario, until } from './harness/scenario.js';
import { entriesOf, verdictOf } from './harness/story.js';
import { reveille, Town } from './harness/town.js';

// What an app's pushes are is said in apps.yaml and applied while the town runs. A bad file is told fault by fault, with lines, and
// changes nothing; every change is a revision with an author, and the way back is a revision too.
const eightFaults = `apps:
  - app: demo
    live: sometimes
    ttlSecond: 60
    vendors:
      fcm: { projectId: example-demo, credential: file:/nowhere/fcm.json }
    strategies:
      - { resourcesId: ring, strategy: voip, fallback: louder }
      - { resourcesId: ring }
      - { resourcesId: silent }
      - { resourcesId: offers, class: marketing, vendors: { apns: { category: OFFERS } } }
      - { resourcesId: hush, strategy: silent, sound: ping }
`;

const strategies = `    strategies:
      - resourcesId: ring
        class: call
        strategy: voip
        fallback: loud
      - { resourcesId: loud, class: call }
      - resourcesId: offers
        class: marketing
        vendors:
          fcm: { channelId: offers }
`;

await runScenario('apply', async (scenario) => {
  const town = await Town.start({ flags: ['--apps', 'demo,cafe'] });
  scenario.defer(() => town.stop());
  const { data } = town.ready;
  const file = join(data, 'changed.yaml');
  const cli = (...args: string[]) => reveille(...args, '--data', data);
  const revisions = async () =>
    (
      JSON.parse((await cli('apply', 'history', 'demo', '--json')).stdout) as {
        revision: number;
        change: { from: string; by: string; because: string | null; restored: number | null };
      }[]
    ).map(({ revision, change }) => `${revision} ${change.from} ${change.because ?? ''}`.trim());

  writeFileSync(file, eightFaults);
  const refused = await cli('apply', file, '--yes');
  scenario.equal(
    'eight different faults, each in a line with its place and in words',
    refused.stderr
      .trim()
      .split('\n')
      .map((line) => line.replace(`${file}:`, '').replace(/ \((expected|Invalid).*$/, '')),
    [
      '3:5: apps.0.live: does not fit',
      '4:5: apps.0.ttlSecond: there is no such field',
      '6:39: apps.0.vendors.fcm.credential: there is no file /nowhere/fcm.json',
      '8:46: apps.0.strategies.0.fallback: the app has no strategy louder',
      '9:11: apps.0.strategies.1.resourcesId: the strategy ring is declared twice',
      '10:11: apps.0.strategies.2.resourcesId: silent is built in: take another name',
      '11:61: apps.0.strategies.3.vendors.apns: the app does not push through apns',
      '12:48: apps.0.strategies.4.sound: hush is silent, nobody sees it: leave sound out',
    ],
  );
  scenario.equal('and nothing applied', [refused.code, await revisions()], [1, ['1 file']]);

  const asItIs = readFileSync(join(data, 'apps.yaml'), 'utf8');
  writeFileSync(file, asItIs.replace('- app: demo\n', `- app: demo\n${strategies}`));
  writeFileSync(
    join(data, 'lost.yaml'),
    asItIs.replaceAll(/credential: file:.*/g, 'credential: file:/nowhere/key'),
  );
  const lost = await cli('apply', join(data, 'lost.yaml'));
  scenario.check(
    'a credential that is not there is a fault',
    /: there is no file \/nowhere\/key/.test(lost.stderr),
    lost.stderr,
  );
  const dry = await cli('apply', file, '--dry-run');
  scenario.check('a dry run shows the change', dry.stdout.includes('+ strategies.offers'), dry.stdout);
  scenario.equal('and changes nothing', await revisions(), ['1 file']);
  const applied = await cli('apply', file, '--yes', '--by', 'ana', '--because', 'offers begin');
  scenario.equal('it is applied', [applied.code, await revisions()], [0, ['1 file', '2 apply offers begin']]);
  const again = await cli('apply', file, '--yes');
  scenario.equal(
    'what is like that already is not said again',
    [again.code, (await revisions()).length],
    [0, 2],
  );

  const phone = await town.phoneOf('bob', 'fcm');
  await town.phoneOf('cleo', 'apns');
  const send = (resourcesID: string, recipient = 'bob') =>
    town.send({ sender: 'ana', recipients: [recipient], pushConfig: { title: 'Offer', resourcesID } });
  const lanesOf = async (messageId: string) => {
    await verdictOf(town, messageId);
    const [settled] = await entriesOf(town, messageId, 'delivery-settled');
    const verdict = settled?.data.recipients[0]?.devices[0]?.verdict;
    return verdict?.kind === 'push'
      ? `${verdict.lane} ${verdict.strategy} ${verdict.resource?.resourcesId}`
      : verdict;
  };
  const offer = await until('the services have heard of it', async () => {
    const { messageId } = await send('offers');
    return (await lanesOf(messageId)) === 'bulk alert offers' ? messageId : null;
  });
  const shown = await until(
    'the offer is on the phone',
    async () =>
      (await town.sandbox.lockScreen(phone.phoneId)).find(({ collapse }) => collapse === offer) ?? null,
  );
  scenario.equal('the phone shows it', shown.title, 'Offer');
  const told = (await cli('trace', offer)).stdout;
  scenario.check('trace names the strategy', told.includes('alert "offers" of revision 2, lane bulk'), told);
  scenario.equal(
    'a call rings an iPhone',
    await lanesOf((await send('loud', 'cleo')).messageId),
    'urgent alert loud',
  );
  scenario.equal(
    'and falls back on a phone whose vendor knows no calls',
    await lanesOf((await send('ring')).messageId),
    'urgent alert loud',
  );

  const isKnown = async (app: string) => {
    const path = `${town.ready.urls.gateway}/v1/users/nobody`;
    const key = town.serverKeyOf(app);
    return (await fetch(path, { headers: { authorization: `Bearer ${key}` } })).status !== 401;
  };
  const document = readFileSync(file, 'utf8');
  writeFileSync(file, document.slice(0, document.indexOf('  - app: cafe\n')));
  await cli('apply', file, '--yes');
  scenario.check('an app that the file does not name stays', await isKnown('cafe'));
  const pruned = await cli('apply', file, '--yes', '--prune');
  scenario.check('unless it is pruned', pruned.stdout.includes('app cafe is removed'), pruned.stdout);
  await until('the services have heard that it is gone', async () => !(await isKnown('cafe')));
  const restored = await cli('apply', 'rollback', 'cafe', '--to', '1', '--yes');
  scenario.check(
    'an app that is gone comes back',
    restored.stdout.includes('app cafe is at revision 3'),
    restored.stdout,
  );
  await until('the services have heard that, too', () => isKnown('cafe'));
  writeFileSync(file, document);

  const sealed = await cli('apply', file, '--seal', '--yes');
  scenario.equal('credentials are kept sealed', sealed.code, 0);
  const kept = JSON.parse((await cli('credentials', 'list', '--json')).stdout) as {
    reference: string;
    usedBy: string[];
  }[];
  const users = kept.flatMap(({ usedBy }) => usedBy).sort();
  scenario.check(
    'each by the app and the vendor that name it',
    users.includes('demo/apns') && users.includes('demo/fcm'),
    users.join(),
  );
  const used = kept.find(({ usedBy }) => usedBy.includes('demo/fcm'))?.reference ?? '';
  const held = await cli('credentials', 'remove', used);
  scenario.check(
    'what is used stays',
    held.code === 1 && held.stderr.includes('is used by demo/fcm'),
    held.stderr,
  );
  rmSync(join(data, 'credentials', 'demo.fcm.json'));
  const after = (await send('offers')).messageId;
  await until('a push arrives without the file', async () =>
    (await town.sandbox.lockScreen(phone.phoneId)).some(({ collapse }) => collapse === after),
  );

  const back = await cli('apply', 'rollback', 'demo', '--to', '1', '--yes');
  scenario.equal('the way back is a revision', [back.code, (await revisions()).at(-1)], [0, '4 rollback']);
  await until('the services have heard of that', async () =>
    (await lanesOf((await send('offers')).messageId)) === 'normal alert undefined' ? true : null,
  );
  await town.restarted('router', town.kill('router'));
  await town.serviceReady('router');
  scenario.equal('a router that starts anew leaves it at that', (await revisions()).length, 4);
});
