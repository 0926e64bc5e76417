import type { Bus } from '@reveille/bus/connect';
import { type TargetsAnswer, type TargetsAsk, targetsAnswerSchema } from '@reveille/contracts/ask/presence';
import { type StandingAnswer, type StandingAsk, standingAnswerSchema } from '@reveille/contracts/ask/router';
import { isRetryable, UnavailableError } from '@reveille/contracts/errors';
import { subjects } from '@reveille/contracts/subjects';
import type { PushFacts } from '../ports.js';
import { Batch } from './batch.js';
import { openPushHistory } from './push-history.js';
import { openPushPast } from './push-past.js';

type TargetQuestion = TargetsAsk['targets'][number];
type StandingQuestion = StandingAsk['pushes'][number];
const mostPerAsk = 500;
const gatherMs = 2;
/** Asks presence and router over the bus and reads PUSHES, in batches over all jobs at hand. */
export function openPushFacts(bus: Bus): PushFacts {
  const targets = new Batch<TargetQuestion, TargetsAnswer['targets'][number]>(
    async (questions) =>
      (
        await ask(() =>
          bus.asker.ask(subjects.askTargets(), { targets: questions }, { schema: targetsAnswerSchema }),
        )
      ).targets,
    mostPerAsk,
    gatherMs,
  );
  const standing = new Batch<StandingQuestion, StandingAnswer['closed'][number]>(
    async (questions) =>
      (
        await ask(() =>
          bus.asker.ask(subjects.askStanding(), { pushes: questions }, { schema: standingAnswerSchema }),
        )
      ).closed,
    mostPerAsk,
    gatherMs,
  );
  const history = openPushHistory(bus);
  const past = openPushPast(bus);
  return {
    bindings: (app, vendor, kind, asked) =>
      Promise.all(asked.map(({ user, deviceId }) => targets.put({ app, user, deviceId, vendor, kind }))),
    standing: (app, messageId, asked) =>
      Promise.all(asked.map(({ user, deviceId }) => standing.put({ app, messageId, user, deviceId }))),
    history,
    past,
  };
}

/**
 * A question serves many jobs: whatever is wrong with its answer is the answerer's fault and never parks them.
 */
async function ask<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (cause) {
    if (isRetryable(cause)) throw cause;
    throw new UnavailableError(
      `presence or router cannot answer: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}
