import type { Bus } from '@reveille/bus/connect';
import { JetStreamEventStore } from '@reveille/bus/jetstream-event-store';
import type { Envelope } from '@reveille/contracts/envelope';
import { ContractError } from '@reveille/contracts/errors';
import { dedupId } from '@reveille/contracts/message-id';
import { readData } from '@reveille/contracts/read-data';
import { subjects } from '@reveille/contracts/subjects';
import type { EventStore } from '@reveille/eventing/event-store';
import type {
  Clock,
  Device,
  DeviceAddress,
  DeviceEvent,
  DeviceKey,
  DirectoryEvent,
  DirectoryRow,
} from '../ports.js';

const types: ReadonlySet<string> = new Set<DeviceEvent['type']>([
  'user-bound',
  'user-unbound',
  'push-token-bound',
  'push-token-lost',
  'push-token-invalidated',
  'push-token-restored',
  'push-unregistered',
]);

/** A fact of DEVICES as an event. @throws ContractError for one that is none. */
export function readDeviceEvent({ type, version, data }: Envelope<unknown>): DeviceEvent {
  if (!types.has(type)) throw new ContractError(`${type} is not an event of a device`);
  // The schema of the catalogue has just said that type and data belong together.
  return { type, data: readData(type, version, data) } as DeviceEvent;
}

/** The same with its place, for the directory. */
export function readDirectoryEvent(delivery: {
  readonly sequence: number;
  readonly envelope: Envelope<unknown>;
}): DirectoryEvent {
  const event = readDeviceEvent(delivery.envelope);
  const { app } = delivery.envelope;
  return { app, deviceId: event.data.deviceId, position: delivery.sequence, event };
}

export interface DeviceEventSources {
  readonly clock: Clock;
  readonly newEventId: () => string;
  /** The directory's row: the state that the later events are folded into. */
  readonly rowOf: (key: DeviceKey) => Promise<DirectoryRow | null>;
}

/** Devices on DEVICES, one subject each. */
export function openDeviceEvents(
  bus: Bus,
  { clock, newEventId, rowOf }: DeviceEventSources,
): EventStore<DeviceAddress, DeviceEvent, Device> {
  return new JetStreamEventStore<DeviceAddress, DeviceEvent, Device>(bus, {
    stream: 'DEVICES',
    subjectOf: ({ app, deviceId }) => subjects.device(app, deviceId),
    fromFact: readDeviceEvent,
    toFact(event, { app, deviceId, traceparent }) {
      const id = newEventId();
      const envelope = {
        id,
        type: event.type,
        version: 1,
        source: 'presence',
        time: clock.now(),
        app,
        subject: deviceId,
        correlation: null,
        causation: null,
        traceparent,
        data: event.data,
      };
      return { messageId: dedupId.device(app, id), envelope };
    },
    async snapshotOf(address) {
      const row = await rowOf(address);
      return row === null ? null : { state: row.device, position: row.position };
    },
  });
}
