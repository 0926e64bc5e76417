import type { Bus } from '@reveille/bus/connect';
import type { Delivery } from '@reveille/bus/consume';
import type { Clock } from '@reveille/chassis/clock';
import { tryLock } from '@reveille/chassis/database';
import type { Health } from '@reveille/chassis/health';
import type { Logger } from '@reveille/chassis/logger';
import type { Sealing } from '@reveille/chassis/sealing';
import { handleCommand } from '@reveille/eventing/handle-command';
import type { Kysely } from 'kysely';
import { deviceDecider } from './domain/device/device.decide.js';
import { losePushToken } from './handlers/lose-push-token.js';
import { DirectoryProjector } from './inbound/bus/device-directory.projector.js';
import type { RecurringWork } from './inbound/recurring.js';
import {
  createDeviceDirectoryRepository,
  type DirectoryBatch,
} from './outbound/db/device-directory.repository.js';
import { createDeviceLookup } from './outbound/db/device-lookup.repository.js';
import { createPushTokenVault, type PushTokenVault } from './outbound/db/push-token-vault.repository.js';
import type { PresenceTables } from './outbound/db/schema.js';
import { openDeviceEvents, readDirectoryEvent } from './outbound/device-events.js';
import { isPushLineEvent, readPushLineEvent } from './outbound/push-lines.js';
import { createRememberingLookup } from './outbound/remembering-lookup.js';
import type { Checkpoint, DeviceLookup, Devices, PushLineChange, TakenToken } from './ports.js';
import { projectDevices } from './projections/device-directory.projection.js';

export interface DirectorySurroundings {
  readonly bus: Bus;
  readonly db: Kysely<PresenceTables>;
  readonly sealing: Sealing;
  /** How long a dead token stays in the vault, for an undo. */
  readonly keepsDeadForMs: number;
  readonly clock: Clock;
  readonly newEventId: () => string;
  readonly logger: Logger;
  readonly health: Health;
  readonly checkpoint: Checkpoint;
}

/** The Device aggregates, the directory that is made of them, and the vault beside it. */
export interface Directory {
  readonly devices: Devices;
  readonly lookup: DeviceLookup;
  readonly vault: PushTokenVault;
  readonly projector: DirectoryProjector;
  readonly recurring: readonly RecurringWork[];
  /** Users whose devices are in memory. */
  remembered(): number;
}

const lockName = 'presence device directory';
const takenTokensEveryMs = 30_000;
const vaultEveryMs = 60_000;
/** Between a vault row and its event lies one publish: a row that is this old without a binding is nobody's. */
const orphanAgeMs = 600_000;
const mostRememberedUsers = 50_000;

export function openDirectory(around: DirectorySurroundings): Directory {
  const { bus, db, sealing, keepsDeadForMs, clock, newEventId, checkpoint, logger, health } = around;
  const repository = createDeviceDirectoryRepository(db, projectDevices, () =>
    checkpoint('presence.before-commit'),
  );
  const vault = createPushTokenVault(db, sealing);
  const rowOf = repository.rowOf;
  const events = openDeviceEvents(bus, { clock, newEventId, rowOf });
  const projector = new DirectoryProjector(bus, {
    lock: () => tryLock(db, lockName),
    place: repository.place,
    apply: async (batch, after, place) => {
      const taken = await repository.apply(readBatch(batch, logger), after, place);
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
  const whileLeading = (work: () => Promise<void>) => () =>
    projector.isLeading() ? work() : Promise.resolve();
  const recurring = [
    {
      name: 'tell losers',
      everyMs: takenTokensEveryMs,
      work: whileLeading(async () => tellLosers(await repository.taken())),
    },
    {
      name: 'sweep the vault',
      everyMs: vaultEveryMs,
      work: whileLeading(async () => {
        // A directory that is behind does not name everything yet.
        await devices.whenInDirectory(await bus.streamTail('DEVICES'));
        const now = clock.now();
        const orphans = await vault.sweep(now - orphanAgeMs, now - keepsDeadForMs);
        const resealed = await vault.resealSome();
        if (orphans + resealed > 0) logger.info('the vault was swept', { orphans, resealed });
      }),
    },
  ];
  const reads = createDeviceLookup(db, vault.sealNow);
  const remembering = createRememberingLookup(bus, { read: reads.ofUsers, mostUsers: mostRememberedUsers });
  const lookup = { ofUsers: remembering.ofUsers, targets: reads.targets, owners: reads.owners };
  return { devices, lookup, vault, projector, recurring, remembered: remembering.size };
}

function readBatch(batch: readonly Delivery[], logger: Logger): DirectoryBatch {
  const ofLines = batch.filter(({ envelope }) => isPushLineEvent(envelope.type));
  const ofDevices = batch.filter(({ envelope }) => !isPushLineEvent(envelope.type));
  const readLine = ({ envelope, sequence: position }: Delivery): PushLineChange => {
    return { app: envelope.app, position, event: readPushLineEvent(envelope) };
  };
  return {
    events: readable(ofDevices, logger, readDirectoryEvent),
    lines: readable(ofLines, logger, readLine),
  };
}

function readable<T>(batch: readonly Delivery[], logger: Logger, read: (delivery: Delivery) => T): T[] {
  return batch.flatMap((delivery) => {
    try {
      return [read(delivery)];
    } catch (error) {
      const { sequence, subject } = delivery;
      logger.warn('the directory leaves out what it cannot read', { sequence, subject, error });
      return [];
    }
  });
}
