import { askTypes, storedTypes } from '@reveille/contracts/catalog';
import { permissions, type ServiceName, serviceNames } from '@reveille/contracts/permissions';
import { subjectPatterns, subjects } from '@reveille/contracts/subjects';
import type { Scenario } from '../harness/scenario.js';
import { isWithin } from './subject-universe.js';

/**
 * The permissions against the catalogue: who owns a type may publish it, who asks may ask, who answers may listen, and no
 * business subject is granted that the catalogue gives no reason for.
 */
export function checkCatalogue(scenario: Scenario): void {
  for (const identity of serviceNames.filter((name) => name !== 'operator' && name !== 'auditor')) {
    const { publish, subscribe } = permissions[identity];
    const mustPublish = publishedBy(identity);
    const mustHear = heardBy(identity);
    const missing = [
      ...mustPublish
        .filter((subject) => !publish.some((pattern) => isWithin(subject, pattern)))
        .map((subject) => `publish ${subject}`),
      ...mustHear
        .filter((subject) => !subscribe.some((pattern) => isWithin(subject, pattern)))
        .map((subject) => `hear ${subject}`),
    ];
    const unfounded = [
      ...publish.filter(
        (pattern) => pattern.startsWith('im.') && !mustPublish.some((subject) => overlaps(subject, pattern)),
      ),
      // APPS is watched by everybody who serves apps.
      ...subscribe.filter(
        (pattern) =>
          pattern.startsWith('im.') &&
          pattern !== subjectPatterns.apps &&
          !mustHear.some((subject) => overlaps(subject, pattern)),
      ),
    ];
    scenario.equal(
      `${identity}: the permissions are what the catalogue asks for`,
      { missing, unfounded },
      { missing: [], unfounded: [] },
    );
  }
}

function publishedBy(identity: ServiceName): string[] {
  const facts = Object.values(storedTypes).flatMap(({ owner, stream, subject }) =>
    owner !== identity ? [] : [stream === 'MESSAGES' ? subjectPatterns.allMessagesIn : subject],
  );
  const asks = Object.values(askTypes).flatMap(({ askers, subject }) =>
    askers.includes(identity) ? [subject] : [],
  );
  const letters = permissions[identity].consumes.map(({ stream, consumer }) =>
    subjects.deadLetter(stream, consumer),
  );
  // A job that waits is the worker's own: its schedule's target is the job's subject.
  const waiting = permissions[identity].consumes.some(({ stream }) => stream === 'PUSH_JOBS')
    ? [subjectPatterns.pushLater]
    : [];
  return [...facts, ...asks, ...letters, ...waiting];
}

function heardBy(identity: ServiceName): string[] {
  return Object.values(askTypes).flatMap(({ owner, subject }) => (owner === identity ? [subject] : []));
}

function overlaps(a: string, b: string): boolean {
  return isWithin(a, b) || isWithin(b, a);
}
