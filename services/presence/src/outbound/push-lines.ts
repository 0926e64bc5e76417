import type { Bus } from '@reveille/bus/connect';
import { JetStreamEventStore } from '@reveille/bus/jetstream-event-store';
import type { Envelope } from '@reveille/contracts/envelope';
import { ContractError } from '@reveille/contracts/errors';
import type { Instant } from '@reveille/contracts/ids';
import { dedupId } from '@reveille/contracts/message-id';
import { readData } from '@reveille/contracts/read-data';
import { subjectPatterns, subjects } from '@reveille/contracts/subjects';
import type { EventStore } from '@reveille/eventing/event-store';
import type { Clock, PushLine, PushLineAddress, PushLineEvent, TokenWords } from '../ports.js';
import type { PushLinesRepository } from './db/push-lines.repository.js';

const types: ReadonlySet<string> = new Set<PushLineEvent['type']>([
  'push-line-suspected',
  'push-line-trusted',
]);

export const isPushLineEvent = (type: string): boolean => types.has(type);

/** A fact of DEVICES as an event of a push line. @throws ContractError for one that is none. */
export function readPushLineEvent({ type, version, data }: Envelope<unknown>): PushLineEvent {
  if (!isPushLineEvent(type)) throw new ContractError(`${type} is not an event of a push line`);
  // The schema of the catalogue has just said that type and data belong together.
  return { type, data: readData(type, version, data) } as PushLineEvent;
}

const aboutMs = 1_000;
const coarseMs = 10_000;
const mostCounted = 1_000;

interface Sources {
  readonly clock: Clock;
  readonly newEventId: () => string;
}

/** Push lines on DEVICES, one subject each. */
export function openPushLineEvents(
  bus: Bus,
  { clock, newEventId }: Sources,
): EventStore<PushLineAddress, PushLineEvent, PushLine> {
  return new JetStreamEventStore<PushLineAddress, PushLineEvent, PushLine>(bus, {
    stream: 'DEVICES',
    subjectOf: ({ app, vendor }) => subjects.pushLine(app, vendor),
    fromFact: readPushLineEvent,
    toFact(event, { app, vendor }) {
      const id = newEventId();
      const envelope = {
        id,
        type: event.type,
        version: 1,
        source: 'presence',
        time: clock.now(),
        app,
        subject: vendor,
        correlation: null,
        causation: null,
        traceparent: null,
        data: event.data,
      };
      return { messageId: dedupId.pushLine(app, id), envelope };
    },
  });
}

/**
 * What was heard of a line: words that condemn a token are kept here, everything else is counted where it lies. An event of
 * the others counts as one push, though a batch may hold many, or none that is final: so the share of the condemned is rather
 * a little too high.
 */
export function openTokenWords(bus: Pick<Bus, 'count'>, kept: PushLinesRepository, clock: Clock): TokenWords {
  const counted = new Map<
    string,
    { readonly at: Instant; readonly sinceAt: Instant; readonly count: Promise<number> }
  >();
  /** Counting costs the server some milliseconds per hundred thousand events, and words may come by the hundred. */
  const othersSince = async (
    line: PushLineAddress,
    sinceAt: Instant,
    mayBeOldMs: number,
  ): Promise<number> => {
    const now = clock.now();
    // The two times that are looked at differ by much more than a second.
    const key = `${line.app} ${line.vendor} ${Math.round((now - sinceAt) / coarseMs)}`;
    const last = counted.get(key);
    if (last !== undefined && now - last.at < mayBeOldMs && sinceAt - last.sinceAt < mayBeOldMs)
      return last.count;
    const heardOf = subjectPatterns.pushesHeard(line.app, line.vendor);
    const count = bus.count('PUSHES', { startTime: sinceAt, subjects: heardOf });
    count.catch(() => counted.delete(key));
    if (counted.size >= mostCounted) counted.clear();
    counted.set(key, { at: now, sinceAt, count });
    return count;
  };
  return {
    keep: (said) => kept.keepWords(said),
    condemnedSince: async (line, sinceAt) => (await kept.wordsSince(line, sinceAt)).condemned,
    async tallySince(line, sinceAt, how) {
      const { condemned, words, heard, listed } = await kept.wordsSince(line, sinceAt);
      const others = await othersSince(line, sinceAt, how === 'about' ? aboutMs : 0);
      // A list names the dead of a longer time at once: it is held against all tokens that there were.
      const known = listed === 0 ? 0 : condemned + (await kept.live(line));
      return { sinceAt, condemned, words, heard: Math.max(1, heard + others, known) };
    },
    forgetBefore: (before) => kept.forgetWords(before),
  };
}
