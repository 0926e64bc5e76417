import { decodeFact, type StoredMessage } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import type { TimelineEntry } from '@reveille/contracts/ask/router';
import { UnavailableError } from '@reveille/contracts/errors';
import type { MessageAccepted } from '@reveille/contracts/message/events';
import { readData } from '@reveille/contracts/read-data';
import { parseSubject } from '@reveille/contracts/subjects';
import type { LateVerdicts, Ledger, Time, Views } from '../ports.js';
import type { MessagePlaces, Seen, ViewReader } from './db/view-reader.js';
import { inboxDays } from './db/sweep-views.js';
import { gatherBatch } from './gather-batch.js';
import type { ViewName } from './db/view-store.js';
import type { ViewHost } from './view-host.js';

export interface ViewSources {
  readonly bus: Bus;
  readonly reader: ViewReader;
  readonly hosts: Readonly<Record<ViewName, ViewHost>>;
  readonly time: Time;
  readonly assertAvailable: () => void;
}

const streamOf = { messages: 'MESSAGES', deliveries: 'DELIVERIES', pushes: 'PUSHES' } as const;
const batch = { maxSize: 256, maxDelayMs: 2 } as const;
const readTries = 50;
const readsAtOnce = 32;
/** A page fits into one message, and into what a gateway holds for a client that reads slowly. */
const pageBytes = 128 * 1024;

/** The views as the handlers ask for them: each answer is of a moment when the view had what the question presumes. */
export function readViews({
  bus,
  reader,
  hosts,
  time,
  assertAvailable,
}: ViewSources): Ledger & LateVerdicts & Views {
  const rounds = gatherBatch({
    ...batch,
    run: (keys: Parameters<ViewReader['settledRounds']>[0][number][]) => reader.settledRounds(keys),
  });
  const earlier = gatherBatch({
    ...batch,
    run: (messages: Parameters<ViewReader['earlier']>[0][number][]) => reader.earlier(messages),
  });
  const find = gatherBatch({
    ...batch,
    run: (questions: Parameters<ViewReader['find']>[0][number][]) => reader.find(questions),
  });
  const revoked = gatherBatch({
    ...batch,
    run: (keys: Parameters<ViewReader['revoked']>[0][number][]) => reader.revoked(keys),
  });
  const verdicts = gatherBatch({
    ...batch,
    maxSize: 2_048,
    run: (devices: Parameters<ViewReader['verdictsOf']>[0][number][]) => reader.verdictsOf(devices),
  });
  const untilNow = async (name: ViewName): Promise<number> => {
    const tail = await bus.streamTail(streamOf[name]);
    return hosts[name].whenReached(tail);
  };
  return {
    assertAvailable,
    async settledRounds(app, messageId) {
      return seenAt(await untilNow('deliveries'), () => rounds({ app, messageId }));
    },
    async earlierThan(message) {
      const position = await hosts.messages.whenReached(message.position);
      return seenAt(position, () => earlier(message));
    },
    async messageBefore(position, app, messageId) {
      await hosts.messages.whenReached(position);
      const place = await reader.positionOf({ app, messageId });
      if (place === null) return null;
      const stored = await bus.getMessage('MESSAGES', place);
      if (stored === null) return null;
      const partition = parseSubject(stored.subject)?.partition ?? null;
      if (partition === null) return null;
      const { version, data } = decodeFact(stored);
      const { recipients } = readData('message-accepted', version, data) as MessageAccepted;
      return { partition, recipients };
    },
    isRevoked: (app, messageId) => revoked({ app, messageId }),
    verdictOf: (app, messageId, user, deviceId) => verdicts({ app, messageId, user, deviceId }),
    async whenMessagesAreSeen() {
      const tail = await bus.streamTail('MESSAGES');
      await hosts.messages.whenReached(tail);
      return tail;
    },
    async findMessage(app, sender, clientMessageId) {
      return seenAt(await untilNow('messages'), () => find({ app, sender, clientMessageId }));
    },
    inboxAfter: (app, user, after, limit) => {
      const since = time.now() - inboxDays * 86_400_000;
      return reader.inbox(app, user, { after, since, limit, bytes: pageBytes });
    },
    async timeline(app, messageId) {
      const places = await reader.places({ app, messageId });
      return places === null ? null : readEntries(bus, places);
    },
    standing: (pushes) => reader.standing(pushes),
    async locate(pushes) {
      const places = await reader.locate(pushes);
      // A receipt may come sooner than the push is in the views.
      if (places.every((place) => place !== null && place.settledAt !== null)) return places;
      await Promise.all([untilNow('messages'), untilNow('deliveries'), untilNow('pushes')]);
      return reader.locate(pushes);
    },
  };
}

/** Postgres may come back from a crash a moment older than what was seen of it: then it is asked again. */
async function seenAt<T>(position: number, read: () => Promise<Seen<T>>): Promise<T> {
  for (let left = readTries; left > 0; left -= 1) {
    const { answer, position: seen } = await read();
    if (seen >= position) return answer;
  }
  throw new UnavailableError(`the view is not at ${position} any more`);
}

async function readEntries(bus: Bus, places: MessagePlaces): Promise<TimelineEntry[]> {
  const wanted = [
    ...[places.message, ...places.revocations].map((position) => ({ stream: 'MESSAGES', position })),
    ...places.deliveries.map((position) => ({ stream: 'DELIVERIES', position })),
    ...places.pushes.map((position) => ({ stream: 'PUSHES', position })),
  ];
  const entries: TimelineEntry[] = [];
  for (let start = 0; start < wanted.length; start += readsAtOnce) {
    const some = wanted.slice(start, start + readsAtOnce);
    const found = await Promise.all(some.map(({ stream, position }) => bus.getMessage(stream, position)));
    for (const stored of found) if (stored !== null) entries.push(entryOf(stored));
  }
  return entries.sort((a, b) => a.at - b.at || streamOrder[a.type] - streamOrder[b.type]);
}

const streamOrder: Readonly<Record<TimelineEntry['type'], number>> = {
  'message-accepted': 0,
  'delivery-settled': 1,
  'message-revoked': 1,
  'push-attempted': 2,
  'push-closed': 2,
  'push-receipted': 3,
  'push-withdrawn': 3,
  'delivery-late-acknowledged': 3,
};

function entryOf(stored: StoredMessage): TimelineEntry {
  const { version, data } = decodeFact(stored);
  const place = parseSubject(stored.subject);
  const type = `${place?.kind.replace('evt.', '')}-${place?.event}` as TimelineEntry['type'];
  return {
    type,
    at: stored.storedAt,
    position: stored.sequence,
    data: readData(type, version, data),
  } as TimelineEntry;
}
