import type { Bus } from '@reveille/bus/connect';
import type { Responder } from '@reveille/bus/respond';
import { systemClock } from '@reveille/chassis/clock';
import type { Database } from '@reveille/chassis/database';
import type { Health } from '@reveille/chassis/health';
import { systemIds } from '@reveille/chassis/id-source';
import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import { sealedForNobody } from '@reveille/contracts/push/receipt';
import type { Config } from './config.js';
import { closeLostSessions, closeSession } from './handlers/close-session.js';
import { describeTargets } from './handlers/describe-targets.js';
import { describeUser, describeUsers } from './handlers/describe-users.js';
import { findOwners } from './handlers/find-owners.js';
import { moveSession } from './handlers/move-session.js';
import { openSession } from './handlers/open-session.js';
import { registerPush } from './handlers/register-push.js';
import { unbindUser } from './handlers/unbind-user.js';
import { unregisterPush } from './handlers/unregister-push.js';
import { answerDeviceAsks } from './inbound/bus/device.responder.js';
import { answerLookups, type LookupHandlers } from './inbound/bus/lookup.responder.js';
import type { AskDoor } from './inbound/bus/read-ask.js';
import { answerSessionAsks } from './inbound/bus/session.responder.js';
import { answerPushLineAsks } from './inbound/bus/push-line.responder.js';
import { answerTokenVerdictReruns, consumeTokenVerdicts } from './inbound/bus/token-verdict.consumer.js';
import { type RecurringWork, startRecurring } from './inbound/recurring.js';
import { type Directory, openDirectory } from './open-directory.module.js';
import { openPushLines } from './open-push-lines.module.js';
import { type AppDirectory, openAppDirectory } from './outbound/app-directory.js';
import type { PresenceTables } from './outbound/db/schema.js';
import { type GatewayLeases, openGatewayLeases } from './outbound/kv/gateway-leases.js';
import { openSessionDirectory, type SessionDirectory } from './outbound/kv/session-directory.js';
import { createSessionFacts } from './outbound/session-facts.js';
import { createTokenNames } from './outbound/token-names.js';
import type { Checkpoint } from './ports.js';

export interface Surroundings {
  readonly config: Pick<Config, 'sealing' | 'fingerprintKey' | 'suspicion' | 'keepsDeadForMs'>;
  readonly checkpoint: Checkpoint;
  readonly bus: Bus;
  readonly database: Database<PresenceTables>;
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
}

export interface Presence {
  /** Takes no more asks, finishes what is at hand. */
  stop(): Promise<void>;
}

interface Views {
  readonly directory: Directory;
  readonly apps: AppDirectory;
  readonly leases: GatewayLeases;
  readonly sessions: SessionDirectory;
}

const lostSessionsEveryMs = 5_000;
const lookAtPostgresEveryMs = 2_000;
const clock = systemClock;
const newEventId = () => systemIds.uuid();

/** Presence at work: resolves when its views have caught up and asks are answered. */
export async function openPresence(around: Surroundings): Promise<Presence> {
  const { bus, logger, health, metrics } = around;
  const views = await openViews(around);
  health.set('device directory', true);
  health.set('postgres', true);
  const { directory, apps, leases, sessions } = views;
  const sessionPorts = { sessions, facts: createSessionFacts(bus, { clock, newEventId }), clock };
  metrics.observed('sessions', 'Sessions that are open.', () => sessions.size());
  metrics.observed('writes_directory', '1 in the presence that writes the directory.', () =>
    directory.projector.isLeading() ? 1 : 0,
  );
  metrics.observed('remembered_users', 'Users whose devices are in memory.', directory.remembered);
  const door = { bus, count: countAsks(metrics) };
  const { suspicion: policy } = around.config;
  const { db } = around.database;
  const pushLines = openPushLines({ bus, db, directory, policy, clock, newEventId, logger, health, metrics });
  const responders = [
    ...answerAboutDevices(around, door, views),
    ...answerPushLineAsks(door, pushLines.asks),
    ...answerSessionAsks(door, {
      openSession: openSession({ devices: directory.devices, ...sessionPorts }),
      closeSession: closeSession(sessionPorts),
      moveSession: moveSession(sessionPorts),
      renewLease: (gatewayId) => leases.renew(gatewayId),
    }),
  ];
  const verdicts = consumeTokenVerdicts(bus, pushLines.weigh);
  responders.push(answerTokenVerdictReruns(bus, pushLines.weigh));
  const closeLost = {
    name: 'close lost sessions',
    everyMs: lostSessionsEveryMs,
    work: closeLostSessions(sessionPorts),
  };
  const works = [closeLost, lookAtPostgres(around), ...directory.recurring, ...pushLines.recurring];
  const recurring = startRecurring(works, logger);
  await bus.nc.flush();
  logger.info('presence answers');
  return {
    async stop() {
      const answered = responders.map((responder) => responder.stop());
      await Promise.all([verdicts.stop(), recurring.stop(), ...answered]);
      for (const view of [sessions, leases, apps]) view.stop();
      await directory.projector.stop();
    },
  };
}

/** Without it nothing can be looked up or registered. */
function lookAtPostgres({ database, health }: Surroundings): RecurringWork {
  const say = (isOk: boolean, detail: string) => health.set('postgres', isOk, detail);
  return {
    name: 'look at Postgres',
    everyMs: lookAtPostgresEveryMs,
    work: () =>
      database.ping().then(
        () => say(true, ''),
        () => say(false, 'it does not answer'),
      ),
  };
}

async function openViews({
  bus,
  database,
  config,
  checkpoint,
  logger,
  health,
}: Surroundings): Promise<Views> {
  const { sealing, keepsDeadForMs } = config;
  const { db } = database;
  const directory = openDirectory({
    bus,
    db,
    sealing,
    keepsDeadForMs,
    clock,
    newEventId,
    checkpoint,
    logger,
    health,
  });
  const openSessions = async () => {
    const leases = await openGatewayLeases(bus, clock);
    return { leases, sessions: await openSessionDirectory(bus, leases) };
  };
  const [apps, { leases, sessions }] = await Promise.all([
    openAppDirectory(bus),
    openSessions(),
    directory.projector.start(),
  ]);
  return { directory, apps, leases, sessions };
}

function answerAboutDevices(
  { bus, config, checkpoint, metrics }: Surroundings,
  door: AskDoor,
  { directory, apps, sessions }: Views,
): Responder[] {
  const { devices, vault, lookup } = directory;
  const names = createTokenNames(config.fingerprintKey, (bytes) => systemIds.token(bytes));
  const describePorts = { directory: lookup, sessions };
  return [
    ...answerDeviceAsks(door, {
      registerPush: registerPush({ apps, devices, vault, names, clock, checkpoint }),
      unregisterPush: unregisterPush({ devices, names, clock }),
      unbindUser: unbindUser({ devices, names, clock }),
      describeUser: describeUser(describePorts),
    }),
    ...answerLookups(bus, {
      describeUsers: describeUsers(describePorts),
      describeTargets: describeTargets({ directory: lookup }),
      findOwners: findOwners({
        directory: lookup,
        names,
        openToken: (sealed, app) => config.sealing.open(sealed, { app, deviceId: sealedForNobody }),
      }),
      observe: observeLookups(metrics),
    }),
  ];
}

function countAsks(metrics: Metrics): AskDoor['count'] {
  const asks = metrics.counter('asks_total', 'Asks about devices and sessions.', ['ask', 'result']);
  return (ask, result) => asks.add({ ask, result });
}

function observeLookups(metrics: Metrics): LookupHandlers['observe'] {
  const looked = metrics.counter('lookups_total', 'Users and targets that were looked up.', ['kind']);
  const seconds = metrics.histogram('lookup_seconds', 'How long a batched lookup takes.', {
    labels: ['kind'],
  });
  return (kind, count, took) => {
    looked.add({ kind }, count);
    seconds.observe(took, { kind });
  };
}
