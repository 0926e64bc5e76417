import { askTypes } from '@reveille/contracts/catalog';
import { header } from '@reveille/contracts/headers';
import type { ServiceName } from '@reveille/contracts/permissions';
import { subjects } from '@reveille/contracts/subjects';
import fc from 'fast-check';
import type { Doors } from './doors.js';
import { nearMissOf, readFixtures } from './near-misses.js';
import { anyBody } from './nonsense.js';

export interface BrokenAsk {
  readonly name: string;
  readonly asker: ServiceName;
  readonly subject: string;
  readonly body: string;
  /** It does not fit its schema: the answer must be an error. */
  readonly isUnreadable: boolean;
  readonly isAnswered: boolean;
}

const withinMs = 10_000;

/** Near misses of every ask that somebody listens to; `user` is one who is logged in, for the live ask. */
export function brokenAsks(app: string, user: string): fc.Arbitrary<BrokenAsk> {
  // A gateway hears only its own kicks, and its name is its own affair.
  const known = Object.entries(askTypes).filter(([name]) => name !== 'kick');
  return fc.oneof(
    ...known.map(([name, { subject, askers, question, answer }]) => {
      const questions = readFixtures('asks', name).flatMap((fixture) => {
        const { question: asked } = fixture as { question?: unknown };
        return asked === undefined ? [fixture] : [asked];
      });
      const body = fc.oneof(
        anyBody,
        nearMissOf(questions).map((value) => JSON.stringify(value)),
      );
      return body.map((text) => ({
        name,
        asker: askers[0] ?? 'operator',
        subject: name === 'live' ? subjects.live(app, user) : subject.replace('*', app),
        body: text,
        isUnreadable: !question.safeParse(parsed(text)).success,
        // Who holds a user and who acknowledges is said in answers of their own, and nobody has to.
        isAnswered: answer !== null && name !== 'live',
      }));
    }),
  );
}

/** @throws unless there is an answer, an error where the question cannot be read. */
export async function answerToAsk(doors: Doors, ask: BrokenAsk): Promise<void> {
  const nc = await doors.connection(ask.asker);
  if (!ask.isAnswered) return nc.publish(ask.subject, ask.body);
  const reply = await nc.request(ask.subject, ask.body, { timeout: withinMs });
  if (reply.string() === '') throw new Error(`an empty answer from ${ask.subject}`);
  if (ask.isUnreadable && !reply.headers?.has(header.error))
    throw new Error(`${ask.subject} takes what does not fit its schema: ${reply.string().slice(0, 200)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
