import { rightsOf, rightsOfPlatform } from '@reveille/bus/nats-config';
import { startTownServer } from '@reveille/bus/testing/town-server';
import { serviceNames } from '@reveille/contracts/permissions';
import { runScenario, until } from './harness/scenario.js';
import { tryAttacks } from './who-may-say/attacks.js';
import { checkCatalogue } from './who-may-say/catalogue.js';
import { connectIdentity, type Identity } from './who-may-say/identity.js';
import { concrete, isWithin, subjectUniverse } from './who-may-say/subject-universe.js';

const apps = ['appa', 'appb'];

interface Person {
  readonly identity: Identity;
  readonly rights: { readonly publish: readonly string[]; readonly subscribe: readonly string[] };
  readonly app: string;
}

// Every identity tries every subject of the town: what it needs works, everything else is refused by the server, which
// names the subject. Who needs what comes from the contracts.
await runScenario('who-may-say', async (scenario) => {
  const town = await startTownServer({ apps: [{ app: 'appa', answersLive: true }, { app: 'appb' }] });
  scenario.defer(() => town.stop());
  checkCatalogue(scenario);

  const people: Person[] = [];
  for (const name of serviceNames.filter((service) => service !== 'operator')) {
    const identity = await connectIdentity(town.server.url, name, town.keys[name].seed);
    people.push({ identity, rights: rightsOf(name), app: 'appa' });
  }
  for (const app of apps) {
    const seed = town.platformKeys.get(app)?.seed ?? '';
    const identity = await connectIdentity(town.server.url, `platform-${app}`, seed);
    people.push({
      identity,
      rights: rightsOfPlatform({ app, platformKey: '', answersLive: app === 'appa' }),
      app,
    });
  }
  scenario.defer(() => Promise.all(people.map(({ identity }) => identity.nc.close())));

  const operator = await connectIdentity(town.server.url, 'operator', town.keys.operator.seed);
  scenario.defer(() => operator.nc.close());
  const arrived = new Set<string>();
  operator.nc.subscribe('>', {
    callback: (_error, msg) => void arrived.add(`${msg.subject} ${msg.string()}`),
  });
  await operator.settle();

  let allowed = 0;
  let worked = 0;
  let pairs = 0;
  let refused = 0;
  const universe = subjectUniverse(apps);

  for (const { identity, rights, app } of people) {
    const isPlatform = identity.name.startsWith('platform-');
    const wrong: string[] = [];

    // What it needs: each of its patterns, and whatever else of the universe lies within them.
    const mayPublish = [
      ...new Set([
        ...rights.publish.map((pattern) => concrete(pattern, app)),
        ...universe.publish.filter((subject) => rights.publish.some((pattern) => isWithin(subject, pattern))),
      ]),
    ];
    const note = `from ${identity.name}`;
    for (const subject of mayPublish) identity.nc.publish(subject, note);
    await identity.settle();
    await operator.settle();
    for (const subject of mayPublish) {
      allowed += 1;
      if (arrived.has(`${subject} ${note}`) && identity.refusal('publish', subject) === null) worked += 1;
      else wrong.push(`may publish ${subject}, and it did not arrive`);
    }

    const maySubscribe = [
      ...new Set([
        ...rights.subscribe,
        ...universe.subscribe.filter((subject) =>
          rights.subscribe.some((pattern) => isWithin(subject, pattern)),
        ),
      ]),
    ];
    const heard = new Set<string>();
    for (const subject of maySubscribe) {
      identity.nc.subscribe(subject, {
        callback: (error, msg) => void (error === null && msg.string() === note && heard.add(subject)),
      });
    }
    await identity.settle();
    for (const subject of maySubscribe) {
      const place = concrete(subject, app);
      // The inboxes of a platform are in its own account: its PubAck comes there, nothing of ours reaches them.
      if (isPlatform && place.startsWith('_INBOX.')) continue;
      operator.nc.publish(place, note);
    }
    if (isPlatform)
      identity.nc.publish(`im.in.${app}.message.c1.accepted`, '{}', { reply: `_INBOX.${identity.name}.x1` });
    if (isPlatform) {
      identity.nc.subscribe(`_INBOX.${identity.name}.x1`, {
        callback: (_error, msg) => {
          if (!msg.string().includes('"stream":"MESSAGES"')) return;
          for (const subject of maySubscribe) if (subject.startsWith('_INBOX.')) heard.add(subject);
        },
      });
      identity.nc.publish(`im.in.${app}.message.c1.accepted`, '{}', { reply: `_INBOX.${identity.name}.x1` });
    }
    await operator.settle();
    await until(
      `${identity.name} hears what it may hear`,
      () => maySubscribe.every((subject) => heard.has(subject)),
      { withinMs: 20_000 },
    ).catch(() => undefined);
    for (const subject of maySubscribe) {
      allowed += 1;
      if (heard.has(subject) && identity.refusal('subscription', subject) === null) worked += 1;
      else wrong.push(`may subscribe to ${subject}, and heard nothing`);
    }

    // Everything else.
    const mayNotPublish = universe.publish.filter((subject) => !mayPublish.includes(subject));
    const secret = `forbidden from ${identity.name}`;
    for (const subject of mayNotPublish) identity.nc.publish(subject, secret);
    await identity.settle();
    await operator.settle();
    for (const subject of mayNotPublish) {
      pairs += 1;
      const sentence = identity.refusal('publish', subject);
      if (sentence !== null && sentence.includes(`"${subject}"`) && !arrived.has(`${subject} ${secret}`))
        refused += 1;
      else wrong.push(`may not publish ${subject}: ${sentence ?? 'not refused'}`);
    }
    const mayNotSubscribe = universe.subscribe.filter(
      (subject) => !rights.subscribe.some((pattern) => isWithin(subject, pattern)),
    );
    for (const subject of mayNotSubscribe) identity.nc.subscribe(subject, { callback: () => undefined });
    await identity.settle();
    for (const subject of mayNotSubscribe) {
      pairs += 1;
      const sentence = identity.refusal('subscription', subject);
      if (sentence !== null && sentence.includes(`"${subject}"`)) refused += 1;
      else wrong.push(`may not subscribe to ${subject}: ${sentence ?? 'not refused'}`);
    }
    scenario.check(
      `${identity.name}: ${mayPublish.length + maySubscribe.length} allowed, ${mayNotPublish.length + mayNotSubscribe.length} forbidden`,
      wrong.length === 0,
      wrong.slice(0, 8).join('; '),
    );
  }
  scenario.check('there is something of both kinds', allowed > 100 && pairs > 1_000);
  await tryAttacks(
    scenario,
    town,
    operator,
    people.map(({ identity }) => identity),
  );
  return `allowed ${allowed} worked ${worked}, pairs ${pairs} refused ${refused}`;
});
