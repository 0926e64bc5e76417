import { type StoredType, storedTypes } from '@reveille/contracts/catalog';
import type { ServiceName } from '@reveille/contracts/permissions';
import { readData } from '@reveille/contracts/read-data';
import { subjects } from '@reveille/contracts/subjects';
import fc from 'fast-check';
import { nearMissOf, readFixtures } from './near-misses.js';

/** A fact or job as its owner would publish it, were the owner broken. */
export interface BrokenFact {
  readonly type: string;
  readonly owner: ServiceName;
  readonly subject: string;
  readonly body: string;
  /** It does not fit its schema. */
  readonly isUnreadable: boolean;
}

/** Near misses of the facts and jobs of one stream. Apps of their own get what configures apps. */
export function brokenFactsOf(stream: StoredType['stream'], app: string): fc.Arbitrary<BrokenFact> {
  const types = Object.entries(storedTypes).filter(([, known]) => known.stream === stream);
  return fc.oneof(
    ...types.map(([type, { owner }]) =>
      fc
        .tuple(nearMissOf(readFixtures(type)), fc.integer({ min: 0, max: 63 }), fc.uuid())
        .map(([data, partition, id]) => ({
          type,
          owner,
          subject: subjectOf(type, app, partition, id),
          body: JSON.stringify(data),
          isUnreadable: isUnreadable(type, data),
        })),
    ),
  );
}

function subjectOf(type: string, app: string, partition: number, id: string): string {
  const event = type.slice(type.indexOf('-') + 1);
  switch (storedTypes[type]?.stream) {
    case 'MESSAGES':
      return subjects.messageIn(app, `fuzz-${partition}`, event);
    case 'DELIVERIES':
      return subjects.delivery(app, partition, event);
    case 'PUSHES':
      // Where presence reads them too.
      return event === 'attempted'
        ? subjects.pushAttempted(app, partition, 'apns', true)
        : subjects.push(app, partition, 'apns', event);
    case 'DEVICES':
      return subjects.device(app, id);
    case 'SESSIONS':
      return subjects.session(app, partition, event);
    case 'APPS':
      return subjects.app(`${app}-fuzzed`, event);
    case 'PUSH_JOBS':
      return subjects.pushJob('apns', 'normal', app);
    default:
      throw new Error(`no subject for ${type}`);
  }
}

function isUnreadable(type: string, data: unknown): boolean {
  try {
    readData(type, 1, JSON.parse(JSON.stringify(data)));
    return false;
  } catch {
    return true;
  }
}
