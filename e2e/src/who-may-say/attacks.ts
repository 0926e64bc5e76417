import type { TownServer } from '@reveille/bus/testing/town-server';
import { headers as natsHeaders } from '@nats-io/transport-node';
import type { Scenario } from '../harness/scenario.js';
import { until } from '../harness/scenario.js';
import { connectIdentity, type Identity } from './identity.js';

const deliveries = 'im.evt.delivery.appa.7.settled';
const jobs = 'im.job.push.apns.normal.appa';

/** The five ways around a list of subjects that were found in nats-server, each with its control. */
export async function tryAttacks(
  scenario: Scenario,
  town: TownServer,
  operator: Identity,
  people: readonly Identity[],
): Promise<void> {
  const open: Identity[] = [];
  const as = async (name: string): Promise<Identity> => {
    const seed =
      town.platformKeys.get(name.replace('platform-', ''))?.seed ??
      town.keys[name as keyof typeof town.keys].seed;
    const identity = await connectIdentity(town.server.url, name, seed);
    open.push(identity);
    return identity;
  };
  scenario.defer(() => Promise.all(open.map(({ nc }) => nc.close())));
  await strangersAck(scenario, operator, await as('router'), [
    await as('gateway'),
    await as('vendor-workers'),
    await as('auditor'),
  ]);
  await foreignSchedule(scenario, operator, await as('vendor-workers'), await as('platform-appa'));
  await foreignReply(scenario, operator, await as('platform-appa'));
  await foreignConsumer(scenario, operator, people);
  await otherApp(scenario, operator, await as('platform-appa'));
}

async function request(identity: Identity, subject: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await identity.nc.request(subject, typeof body === 'string' ? body : JSON.stringify(body), {
    timeout: 30_000,
  });
  return JSON.parse(answer.string()) as Record<string, unknown>;
}

async function messagesIn(operator: Identity, stream: string): Promise<number> {
  const info = (await request(operator, `$JS.API.STREAM.INFO.${stream}`, '')) as {
    state: { messages: number };
  };
  return info.state.messages;
}

/** A message is in the router's hands; somebody else says that it is done. */
async function strangersAck(
  scenario: Scenario,
  operator: Identity,
  router: Identity,
  strangers: readonly Identity[],
): Promise<void> {
  const pending = async () => {
    const info = (await request(operator, '$JS.API.CONSUMER.INFO.MESSAGES.router-deliver-message', '')) as {
      num_ack_pending: number;
    };
    return info.num_ack_pending;
  };
  await request(operator, 'im.in.appa.message.c1.accepted', '{}');
  const ackSubject = await pullOne(router, '$JS.API.CONSUMER.MSG.NEXT.MESSAGES.router-deliver-message');
  const before = await pending();
  for (const stranger of strangers) {
    stranger.nc.publish(ackSubject, '+ACK');
    await stranger.settle();
    const sentence = stranger.refusal('publish', ackSubject);
    scenario.check(
      `a message that the router holds, acknowledged by ${stranger.name}: refused`,
      sentence?.includes(ackSubject) === true,
      sentence ?? 'not refused',
    );
  }
  scenario.equal('the message is still the router’s', await pending(), before);
  router.nc.publish(ackSubject, '+ACK');
  await router.settle();
  await until('the router’s own acknowledgement counts', async () => (await pending()) === before - 1);
  scenario.check('the router’s own acknowledgement counts', true);
}

/** The subject on which a message that was pulled is acknowledged. */
function pullOne(identity: Identity, subject: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const inbox = `_INBOX.${identity.name}.pull`;
    identity.nc.subscribe(inbox, {
      max: 1,
      callback: (error, msg) => {
        if (error === null && msg.reply?.startsWith('$JS.ACK.')) resolve(msg.reply);
        else reject(error ?? new Error(`nothing to pull: ${msg.headers?.status}`));
      },
    });
    identity.nc.publish(subject, '{"batch":1,"no_wait":true}', { reply: inbox });
  });
}

/** The server stores a due schedule with its own rights. */
async function foreignSchedule(
  scenario: Scenario,
  operator: Identity,
  worker: Identity,
  platform: Identity,
): Promise<void> {
  const before = await messagesIn(operator, 'DELIVERIES');
  const schedule = async (identity: Identity, subject: string, target: string) => {
    const headers = natsHeaders();
    headers.set('Nats-Schedule', `@at ${new Date(Date.now() + 300).toISOString()}`);
    headers.set('Nats-Schedule-Target', target);
    const answer = await identity.nc.request(subject, '{}', { timeout: 30_000, headers });
    return JSON.parse(answer.string()) as { error?: { description: string } };
  };
  const waiting = 'im.job.push-later.apns.normal.appa.x1';
  for (const target of [
    deliveries,
    'im.in.appb.message.c1.accepted',
    '$JS.API.STREAM.PURGE.MESSAGES',
    'im.evt.device.appa.d1',
  ]) {
    const answer = await schedule(worker, waiting, target);
    scenario.check(
      `a worker’s schedule aimed at ${target}: refused`,
      answer.error !== undefined,
      JSON.stringify(answer),
    );
  }
  const byPlatform = await schedule(platform, 'im.in.appa.message.c1.accepted', deliveries);
  scenario.check(
    'a platform’s schedule in MESSAGES: refused',
    byPlatform.error !== undefined,
    JSON.stringify(byPlatform),
  );
  const own = await schedule(worker, waiting, jobs);
  scenario.check('a worker’s schedule of a job: taken', own.error === undefined, JSON.stringify(own));
  const jobsBefore = await messagesIn(operator, 'PUSH_JOBS');
  await until('the job’s schedule fires', async () => {
    const info = (await request(operator, '$JS.API.STREAM.INFO.PUSH_JOBS', { subjects_filter: jobs })) as {
      state: { subjects?: Record<string, number> };
    };
    return info.state.subjects?.[jobs] !== undefined;
  });
  scenario.check('by then every other schedule would have fired', jobsBefore > 0);
  scenario.equal('DELIVERIES holds no more than before', await messagesIn(operator, 'DELIVERIES'), before);
}

/** The server sends the PubAck to whatever reply subject it is given, with its own rights. */
async function foreignReply(scenario: Scenario, operator: Identity, platform: Identity): Promise<void> {
  const streams = ['DELIVERIES', 'PUSH_JOBS', 'PUSHES', 'DEVICES', 'APPS', 'DEAD_LETTERS'];
  const count = async () => Promise.all(streams.map((stream) => messagesIn(operator, stream)));
  const before = await count();
  const messagesBefore = await messagesIn(operator, 'MESSAGES');
  const replies = [
    deliveries,
    jobs,
    'im.evt.push.appa.7.apns.attempted',
    'im.evt.device.appa.d1',
    'im.evt.app.appa.configured',
    'im.dead.MESSAGES.router-deliver-message',
    'im.in.appb.message.c1.accepted',
  ];
  for (const reply of replies) platform.nc.publish('im.in.appa.message.c1.accepted', '{}', { reply });
  await platform.settle();
  await until(
    'the platform’s messages are stored',
    async () => (await messagesIn(operator, 'MESSAGES')) >= messagesBefore + replies.length,
  );
  scenario.equal('a platform’s reply subjects put nothing into other streams', await count(), before);
  scenario.equal(
    'nor anything of app B into MESSAGES',
    await messagesIn(operator, 'MESSAGES'),
    messagesBefore + replies.length,
  );
  // The control: inside the town's own account the same trick works, which is why a platform has an account of its own.
  operator.nc.publish('im.in.appa.message.c1.accepted', '{}', { reply: deliveries });
  await until(
    'inside one account the PubAck is stored under a reply subject',
    async () => (await messagesIn(operator, 'DELIVERIES')) > (before[0] ?? 0),
  );
  scenario.check('the control: inside the town’s account the PubAck is stored under a reply subject', true);
}

/** A push consumer delivers with the server's rights. */
async function foreignConsumer(
  scenario: Scenario,
  operator: Identity,
  people: readonly Identity[],
): Promise<void> {
  const config = {
    name: 'mine',
    durable_name: 'mine',
    deliver_subject: deliveries,
    ack_policy: 'none',
    deliver_policy: 'all',
  };
  const before = await messagesIn(operator, 'DELIVERIES');
  for (const person of people) {
    for (const subject of [
      '$JS.API.CONSUMER.CREATE.MESSAGES',
      '$JS.API.CONSUMER.CREATE.MESSAGES.mine',
      '$JS.API.CONSUMER.DURABLE.CREATE.MESSAGES.mine',
      '$JS.API.CONSUMER.CREATE.MESSAGES.router-deliver-message',
    ]) {
      person.nc.publish(subject, JSON.stringify({ stream_name: 'MESSAGES', config }));
      await person.settle();
      const sentence = person.refusal('publish', subject);
      scenario.check(
        `${person.name} makes a consumer over ${subject}: refused`,
        sentence?.includes(`"${subject}"`) === true,
        sentence ?? 'not refused',
      );
    }
  }
  scenario.equal('DELIVERIES holds no more than before', await messagesIn(operator, 'DELIVERIES'), before);
  // The control: whoever may make consumers speaks to every listener of the town with the server's rights.
  const victim = 'im.ask.presence.lookup';
  let heard = 0;
  const listener = operator.nc.subscribe(victim, { callback: () => void (heard += 1) });
  await operator.settle();
  const made = await request(operator, '$JS.API.CONSUMER.CREATE.MESSAGES.mine', {
    stream_name: 'MESSAGES',
    config: { ...config, deliver_subject: victim },
  });
  scenario.check(
    'the operator makes one that delivers into a responder',
    made.error === undefined,
    JSON.stringify(made),
  );
  await until('stored messages arrive there as if they were asks', () => heard > 0);
  scenario.check(
    'and stored messages arrive there as if they were asks: so nobody else may make one',
    heard > 0,
  );
  listener.unsubscribe();
  await request(operator, '$JS.API.CONSUMER.DELETE.MESSAGES.mine', '');
}

async function otherApp(scenario: Scenario, operator: Identity, platform: Identity): Promise<void> {
  const before = await messagesIn(operator, 'MESSAGES');
  for (const subject of [
    'im.in.appb.message.c1.accepted',
    'im.in.appb.message.c1.revoked',
    'im.evt.message.appb.7.accepted',
  ]) {
    platform.nc.publish(subject, '{}');
    await platform.settle();
    const sentence = platform.refusal('publish', subject);
    scenario.check(
      `platform A publishes ${subject}: refused`,
      sentence?.includes(`"${subject}"`) === true,
      sentence ?? 'not refused',
    );
  }
  scenario.equal('MESSAGES holds no more than before', await messagesIn(operator, 'MESSAGES'), before);
}
