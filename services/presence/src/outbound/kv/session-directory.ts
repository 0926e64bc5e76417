import { openBucket } from '@reveille/bus/bucket';
import type { Bus } from '@reveille/bus/connect';
import { followStream } from '@reveille/bus/follow-stream';
import { sessionRecordSchema } from '@reveille/contracts/session/events';
import { buckets } from '@reveille/contracts/streams';
import type { SessionKey, Sessions, SessionView } from '../../ports.js';
import type { GatewayLeases } from './gateway-leases.js';
import { SessionIndex } from './session-index.js';

export interface SessionDirectory extends Sessions {
  size(): number;
  stop(): void;
}

const { name } = buckets.sessionRecords;
const prefix = `$KV.${name}.`;
const removed = new Set(['DEL', 'PURGE']);

/** Session records in the bucket, and a view of all of them in memory. Resolves when the view is complete. */
export async function openSessionDirectory(bus: Bus, leases: GatewayLeases): Promise<SessionDirectory> {
  const bucket = openBucket(bus, name);
  const index = new SessionIndex();
  const follower = await followStream(
    bus,
    { stream: `KV_${name}`, subject: `${prefix}>` },
    {
      apply({ subject, headers, data, sequence }) {
        const { app, sessionId } = keyOfSubject(subject);
        if (removed.has(headers['KV-Operation'] ?? '')) return index.remove(app, sessionId);
        const parsed = sessionRecordSchema.safeParse(parseJson(data));
        if (parsed.success) index.put(app, parsed.data, sequence);
        else bus.logger.warn('a session record cannot be read', { app, sessionId });
      },
      reset: () => index.clear(),
    },
  );
  const isLive = ({ record: { gatewayId, openedAt } }: SessionView) => leases.isLive(gatewayId, openedAt);
  return {
    async put(app, record, expectedRevision) {
      const value = Buffer.from(JSON.stringify(record));
      const revision = await bucket.put(`${app}.${record.sessionId}`, value, expectedRevision);
      await follower.reach(revision);
      return revision;
    },
    async find({ app, sessionId }) {
      const entry = await bucket.get(`${app}.${sessionId}`);
      if (entry === null) return null;
      return { app, record: sessionRecordSchema.parse(parseJson(entry.value)), revision: entry.revision };
    },
    async remove({ app, sessionId }) {
      await bucket.remove(`${app}.${sessionId}`);
      index.remove(app, sessionId);
    },
    ofUser: (app, user) => onlyLive(index.ofUser(app, user), isLive),
    ofDevice: (app, deviceId) => onlyLive(index.ofDevice(app, deviceId), isLive),
    orphaned: () => [...index.all()].filter((view) => !isLive(view)),
    size: () => index.size,
    stop: () => follower.stop(),
  };
}

/** Most of the time all of them: no copy then. */
function onlyLive(
  views: readonly SessionView[],
  isLive: (view: SessionView) => boolean,
): readonly SessionView[] {
  return views.every(isLive) ? views : views.filter(isLive);
}

function keyOfSubject(subject: string): SessionKey {
  const key = subject.slice(prefix.length);
  const dot = key.indexOf('.');
  return { app: key.slice(0, dot), sessionId: key.slice(dot + 1) };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return null;
  }
}
