import type { Bus } from '@reveille/bus/connect';
import { deadLetterSchema } from '@reveille/contracts/dead-letter';
import { RefusedError } from '@reveille/contracts/errors';
import { parseSubject, subjectPatterns } from '@reveille/contracts/subjects';
import type { DeadLetterShelf } from '../ports.js';

/** DEAD_LETTERS: the letters, and what was done about them. */
export function deadLetterShelf(bus: Bus): DeadLetterShelf {
  return {
    async read(letter) {
      const stored = await bus.getMessage('DEAD_LETTERS', letter);
      if (stored === null || parseSubject(stored.subject) !== null) return null;
      const content = deadLetterSchema.parse(JSON.parse(Buffer.from(stored.data).toString()));
      const app = parseSubject(content.subject)?.app;
      if (app === undefined)
        throw new RefusedError('dead-letter-unfit', `the dead letter ${letter} names no app`);
      return { kind: content.stream === 'PUSH_JOBS' ? 'job' : 'fact', letter, app, content };
    },
    async settledAs({ app, letter }) {
      const last = await bus.getLastMessage(
        'DEAD_LETTERS',
        subjectPatterns.deadLetterSettlements(app, letter),
      );
      if (last === null) return null;
      return parseSubject(last.subject)?.event === 'dropped' ? 'dropped' : 'redriven';
    },
    endOfPushes: () => bus.streamTail('PUSHES'),
  };
}
