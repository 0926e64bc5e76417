import { decodeFact, type StoredMessage } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import {
  type AppChange,
  type AppDocument,
  appDocumentSchema,
  type AppRemoved,
  type AppSettings,
} from '@reveille/contracts/app/events';
import type { AppId } from '@reveille/contracts/ids';
import { readData } from '@reveille/contracts/read-data';
import { subjectPatterns, subjects } from '@reveille/contracts/subjects';

/** One word about an app, as APPS keeps it. */
export interface AppRevision {
  readonly app: AppId;
  readonly revision: number;
  /** When it was said, by the stream's clock. */
  readonly at: number;
  /** Null in what was said before changes had authors. */
  readonly change: AppChange | null;
  /** Null: the app was removed. */
  readonly document: AppDocument | null;
}

/** The newest word about every app, removed ones included. */
export async function readNewestApps(bus: Bus): Promise<AppRevision[]> {
  const newest = await bus.newest('APPS', subjectPatterns.apps);
  const all = newest?.messages ?? (await scanApps(bus, [subjectPatterns.apps]));
  const byApp = new Map<AppId, AppRevision>();
  for (const stored of all) {
    const revision = revisionOf(stored);
    byApp.set(revision.app, revision);
  }
  return [...byApp.values()];
}

/** Everything that was ever said about an app, oldest first. */
export async function readAppHistory(bus: Bus, app: AppId): Promise<AppRevision[]> {
  const stored = await scanApps(bus, [subjects.app(app, 'configured'), subjects.app(app, 'removed')]);
  return stored.map(revisionOf);
}

async function scanApps(bus: Bus, of: readonly string[]): Promise<StoredMessage[]> {
  const untilSequence = await bus.streamTail('APPS');
  const found: StoredMessage[] = [];
  for await (const stored of bus.scan('APPS', { subjects: of, untilSequence })) found.push(stored);
  return found;
}

function revisionOf(stored: StoredMessage): AppRevision {
  const { app, type, version, data } = decodeFact(stored);
  const read = readData(type, version, data) as AppSettings | AppRemoved;
  const { revision, change } = read;
  const document = type === 'app-configured' ? appDocumentSchema.parse(read) : null;
  return { app, revision, at: stored.storedAt, change, document };
}
