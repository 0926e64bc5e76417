import type { Bus } from '@reveille/bus/connect';
import type { Delivery } from '@reveille/bus/consume';
import { systemClock } from '@reveille/chassis/clock';
import { type Database, tryLock } from '@reveille/chassis/database';
import type { Health } from '@reveille/chassis/health';
import { systemIds } from '@reveille/chassis/id-source';
import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import { handleCommand } from '@reveille/eventing/handle-command';
import type { Config } from './config.js';
import { deviceDecider } from './domain/device/device.decide.js';
import { closeLostSessions, closeSession } from './handlers/close-session.js';
import { describeTargets } from './handlers/describe-targets.js';
import { describeUser, describeUsers } from './handlers/describe-users.js';
import { invalidatePushTokens } from './handlers/invalidate-push-token.js';
import { losePushToken } from './handlers/lose-push-token.js';
import { moveSession } from './handlers/move-session.js';
import { openSession } from './handlers/open-session.js';
import { registerPush } from './handlers/register-push.js';
import { unbindUser } from './handlers/unbind-user.js';
import { unregisterPush } from './handlers/unregister-push.js';
import { answerDeviceAsks } from './inbound/bus/device.responder.js';
import { DirectoryProjector } from './inbound/bus/device-directory.projector.js';
import { answerLookups } from './inbound/bus/lookup.responder.js';
import { answerSessionAsks } from './inbound/bus/session.responder.js';
import { consumeTokenVerdicts } from './inbound/bus/token-verdict.consumer.js';
import { startRecurring } from './inbound/recurring.js';
import { openAppDirectory } from './outbound/app-directory.js';
import { createDeviceDirectoryRepository } from './outbound/db/device-directory.repository.js';
import { createDeviceLookup } from './outbound/db/device-lookup.repository.js';
import { createPushTokenVault } from './outbound/db/push-token-vault.repository.js';
import type { PresenceTables } from './outbound/db/schema.js';
import { openDeviceEvents, readDirectoryEvent } from './outbound/device-events.js';
import { openGatewayLeases } from './outbound/kv/gateway-leases.js';
import { openSessionDirectory } from './outbound/kv/session-directory.js';
import { createSessionFacts } from './outbound/session-facts.js';
import { createTokenNames } from './outbound/token-names.js';
import type { Checkpoint, Devices, DirectoryEvent, TakenToken } from './ports.js';
import { projectDevices } from './projections/device-directory.projection.js';

export interface Surroundings {
  readonly config: Pick<Config, 'sealing' | 'fingerprintKey'>;
  readonly checkpoint: Checkpoint;
  readonly bus: Bus;
  readonly database: Database<PresenceTables>;
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
}

export interface Presence {
  stop(): Promise<void>;
}

const directoryLock = 'presence device directory';
const lostSessionsEveryMs = 5_000;
const takenTokensEveryMs = 30_000;
const vaultEveryMs = 60_000;
/** Between the vault row and its event lies one publish; this is ten thousand times as long. */
const orphanAgeMs = 600_000;

/** Presence at work: resolves when the directory has caught up and asks are answered. */
export async function openPresence({
  config,
  checkpoint,
  bus,
  database,
  logger,
  health,
  metrics,
}: Surroundings): Promise<Presence> {
  const clock = systemClock;
  const newEventId = () => systemIds.uuid();
  const { db } = database;
  const repository = createDeviceDirectoryRepository(db, projectDevices);
  const vault = createPushTokenVault(db, config.sealing);
  const directory = createDeviceLookup(db, vault.sealNow);
  const names = createTokenNames(config.fingerprintKey, (bytes) => systemIds.token(bytes));
  const events = openDeviceEvents(bus, { clock, newEventId, rowOf: (key) => repository.rowOf(key) });

  const projector = new DirectoryProjector(bus, {
    lock: () => tryLock(db, directoryLock),
    place: () => repository.place(),
    apply: async (batch, after, place) => {
      const taken = await repository.apply(readEvents(batch, logger), after, place);
      void tellLosers(taken);
    },
    onFatal: (error) => {
      logger.error('the device directory cannot be kept up', { error });
      health.set('device directory', false, error.message);
    },
  });
  const devices: Devices = {
    handle: (address, command, beforeAppend) =>
      handleCommand(deviceDecider, events, address, command, beforeAppend),
    whenInDirectory: (position) => projector.whenReached(position),
  };
  const lose = losePushToken({ devices, clock });
  const tellLosers = async (taken: readonly TakenToken[]): Promise<void> => {
    for (const token of taken) {
      await lose(token).catch((error: unknown) => {
        // The directory remembers it: it is told again later.
        logger.warn('a device could not be told that its token went', { deviceId: token.deviceId, error });
      });
    }
  };

  const [apps, leases] = await Promise.all([openAppDirectory(bus), openGatewayLeases(bus, clock)]);
  const [sessions] = await Promise.all([openSessionDirectory(bus, leases), projector.start()]);
  health.set('device directory', true);
  const facts = createSessionFacts(bus, { clock, newEventId });
  const lookup = describeUsers({ directory, sessions });
  const sessionPorts = { sessions, facts, clock };

  const observed = metrics.counter('lookups_total', 'Users and targets that were looked up.', ['kind']);
  const seconds = metrics.histogram('lookup_seconds', 'How long a batched lookup takes.', {
    labels: ['kind'],
  });
  metrics.observed('sessions', 'Sessions that are open.', () => sessions.size());
  metrics.observed('writes_directory', '1 in the presence that writes the directory.', () =>
    projector.isLeading() ? 1 : 0,
  );

  const responders = [
    ...answerDeviceAsks(bus, {
      registerPush: registerPush({ apps, devices, vault, names, clock, checkpoint }),
      unregisterPush: unregisterPush({ devices, names, clock }),
      unbindUser: unbindUser({ devices, names, clock }),
      describeUser: describeUser({ directory, sessions }),
    }),
    ...answerSessionAsks(bus, {
      openSession: openSession({ devices, ...sessionPorts }),
      closeSession: closeSession(sessionPorts),
      moveSession: moveSession(sessionPorts),
      renewLease: (gatewayId) => leases.renew(gatewayId),
    }),
    ...answerLookups(bus, {
      describeUsers: lookup,
      describeTargets: describeTargets({ directory }),
      observe: (kind, count, took) => {
        observed.add({ kind }, count);
        seconds.observe(took, { kind });
      },
    }),
  ];
  const verdicts = consumeTokenVerdicts(bus, invalidatePushTokens({ devices, vault, clock }));
  const sweepVault = async () => {
    if (!projector.isLeading()) return;
    await devices.whenInDirectory(await bus.streamTail('DEVICES'));
    const orphans = await vault.sweep(clock.now() - orphanAgeMs);
    const resealed = await vault.resealSome();
    if (orphans + resealed > 0) logger.info('the vault was swept', { orphans, resealed });
  };
  const recurring = startRecurring(
    [
      { name: 'close lost sessions', everyMs: lostSessionsEveryMs, work: closeLostSessions(sessionPorts) },
      {
        name: 'tell losers',
        everyMs: takenTokensEveryMs,
        work: async () => {
          if (projector.isLeading()) await tellLosers(await repository.taken());
        },
      },
      { name: 'sweep the vault', everyMs: vaultEveryMs, work: sweepVault },
    ],
    logger,
  );
  await bus.nc.flush();
  logger.info('presence answers');

  return {
    async stop() {
      await Promise.all([
        verdicts.stop(),
        recurring.stop(),
        ...responders.map((responder) => responder.stop()),
      ]);
      sessions.stop();
      leases.stop();
      apps.stop();
      await projector.stop();
    },
  };
}

function readEvents(batch: readonly Delivery[], logger: Logger): DirectoryEvent[] {
  return batch.flatMap((delivery) => {
    try {
      return [readDirectoryEvent(delivery)];
    } catch (error) {
      const { sequence, subject } = delivery;
      logger.warn('the directory leaves out what it cannot read', { sequence, subject, error });
      return [];
    }
  });
}
