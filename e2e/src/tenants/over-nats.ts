import { readFileSync } from 'node:fs';
import { headers } from '@nats-io/transport-node';
import { until } from '../harness/scenario.js';
import type { Town } from '../harness/town.js';
import { connectIdentity, type Identity } from '../who-may-say/identity.js';
import type { Tally } from './tally.js';
import type { Tenant } from './tenant.js';

/** An IM platform under its own NATS key. */
export interface Platform {
  readonly tenant: Tenant;
  readonly identity: Identity;
  /** Publishes an accepted message under exactly this `Nats-Msg-Id` and gives the PubAck. */
  publish(natsMessageId: string, messageId: string): Promise<{ duplicate?: boolean; seq?: number }>;
}

export async function connectPlatform(town: Town, tenant: Tenant): Promise<Platform> {
  const { app } = tenant;
  const seed =
    readFileSync(town.keysOf(app).platformSeedFile ?? '', 'utf8')
      .trim()
      .split('\n')
      .at(-1) ?? '';
  const identity = await connectIdentity(town.ready.urls.nats, `platform-${app}`, seed);
  return {
    tenant,
    identity,
    async publish(natsMessageId, messageId) {
      const withId = headers();
      withId.set('Nats-Msg-Id', natsMessageId);
      const body = { messageId, sender: 'ana', recipients: ['bob'], content: { type: 'text', text: app } };
      const answer = await identity.nc.request(
        `im.in.${app}.message.ana-bob.accepted`,
        JSON.stringify({ ...body, pushConfig: { title: app, content: app } }),
        { headers: withId, timeout: 5_000 },
      );
      return answer.json();
    },
  };
}

/** Under the NATS key of one app: its own facts and live asks, and the server's own refusal for all of the other's. */
export async function tryOverNats(tally: Tally, mine: Platform, theirs: Platform): Promise<void> {
  const { identity, tenant } = mine;
  const [own, other] = [tenant.app, theirs.tenant.app];
  await tally.works(`${own}: its platform publishes`, async () => {
    await mine.publish(`${own}:nats-1`, 'nats-1');
    await tenant.shows('nats-1');
  });
  await tally.works(`${own}: its platform hears its live asks`, async () => {
    const heard = identity.nc.subscribe(`im.live.${own}.>`, { max: 1 });
    await identity.settle();
    await mine.publish(`${own}:nats-2`, 'nats-2');
    for await (const ask of heard) ask.respond('{"type":"holding","devices":[]}');
    await tenant.shows('nats-2');
  });

  const subjects = [
    `im.in.${other}.message.ana-bob.accepted`,
    `im.in.${other}.message.ana-bob.revoked`,
    `im.evt.message.${other}.0.accepted`,
    `im.evt.delivery.${other}.0.settled`,
    `im.job.push.apns.normal.${other}`,
    `im.ask.delivery.${other}.acknowledged`,
    `im.ask.inbox.${other}.page`,
    `im.ask.timeline.${other}.show`,
    `im.ask.device.${other}.unbind-user`,
    `im.live.${other}.bob`,
    '$JS.API.STREAM.MSG.GET.MESSAGES',
  ];
  for (const subject of subjects) identity.nc.publish(subject, '{}');
  const listened = [`im.live.${other}.>`, `im.in.${other}.>`, `im.evt.message.${other}.>`, 'im.>'];
  for (const subject of listened) identity.nc.subscribe(subject, { callback: () => undefined });
  await identity.settle();
  const sentence = (operation: 'publish' | 'subscription', subject: string): string => {
    const said = identity.refusal(operation, subject) ?? 'nothing was said';
    return said.includes(`"${subject}"`) && /permissions violation/i.test(said) ? 'violation' : said;
  };
  for (const subject of subjects)
    tally.no(`${own}: its platform publishes to ${subject}`, 'violation', sentence('publish', subject));
  for (const subject of listened)
    tally.no(`${own}: its platform listens to ${subject}`, 'violation', sentence('subscription', subject));
}

/**
 * One platform has guessed the `Nats-Msg-Id` that the other is about to use. nats-server remembers ids for the whole stream and
 * cannot refuse that, so the other must be told: its PubAck says `duplicate`, and under another id its message comes.
 */
export async function tryClaimedId(tally: Tally, mine: Platform, theirs: Platform): Promise<void> {
  const other = theirs.tenant.app;
  await mine.publish(`${other}:claimed-1`, 'claimed-1');
  await tally.works(
    `${other}: hears that a Nats-Msg-Id is taken, and is delivered under another`,
    async () => {
      const { duplicate } = await theirs.publish(`${other}:claimed-1`, 'claimed-1');
      if (duplicate !== true) throw new Error('its PubAck does not say that the id was taken');
      await theirs.publish(`${other}:claimed-1-again`, 'claimed-1');
      await theirs.tenant.shows('claimed-1');
    },
  );
}

/** Both platforms publish the same message id, under the same `Nats-Msg-Id` but for the app that it begins with. */
export async function trySameIds(tally: Tally, platforms: readonly Platform[]): Promise<void> {
  for (const { tenant, publish } of platforms) {
    await tally.works(`${tenant.app}: a message id that the other has too`, async () => {
      const { duplicate } = await publish(`${tenant.app}:same-1`, 'same-1');
      if (duplicate === true) throw new Error('its PubAck says that it is a duplicate');
      await tenant.shows('same-1');
    });
  }
  for (const { tenant } of platforms) {
    const accepted = await until(
      'its story',
      async () => (await tenant.story('same-1', 'message-accepted'))[0] ?? null,
    );
    const { content } = accepted.data as { content: { text: string } };
    tally.no(`${tenant.app}: what is told of that id is not its own`, tenant.app, content.text);
  }
}
