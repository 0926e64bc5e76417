import type { Bus } from '@reveille/bus/connect';
import type { Sealing } from '@reveille/chassis/sealing';
import { type OwnersAsk, ownersAnswerSchema } from '@reveille/contracts/ask/presence';
import { type LocateAsk, locateAnswerSchema } from '@reveille/contracts/ask/router';
import { UnavailableError } from '@reveille/contracts/errors';
import { sealedForNobody } from '@reveille/contracts/push/receipt';
import { subjects } from '@reveille/contracts/subjects';
import type { ReceiptFacts } from '../ports.js';

const mostPerAsk = 500;
/** A vendor waits some seconds for its answer: what takes longer it had better say again. */
const timeoutMs = 2_000;

/** Asks presence and router about receipts. Tokens go sealed, for their app and for no device. */
export function openReceiptFacts(bus: Pick<Bus, 'asker'>, sealing: Sealing): ReceiptFacts {
  return {
    owners: (app, vendor, tokens) =>
      inParts(tokens, async (part) => {
        const asked: OwnersAsk['tokens'] = part.map((token) => {
          return { app, vendor, sealedToken: sealing.seal(token, { app, deviceId: sealedForNobody }) };
        });
        const options = { schema: ownersAnswerSchema, timeoutMs };
        return (await bus.asker.ask(subjects.askOwners(), { tokens: asked }, options)).owners;
      }),
    places: (pushes) =>
      inParts(pushes, async (part: LocateAsk['pushes']) => {
        const options = { schema: locateAnswerSchema, timeoutMs };
        return (await bus.asker.ask(subjects.askLocate(), { pushes: part }, options)).places;
      }),
  };
}

async function inParts<Q, A>(
  questions: readonly Q[],
  ask: (part: Q[]) => Promise<readonly A[]>,
): Promise<A[]> {
  const answers: A[] = [];
  for (let start = 0; start < questions.length; start += mostPerAsk) {
    const part = questions.slice(start, start + mostPerAsk);
    const some = await ask(part);
    if (some.length !== part.length)
      throw new UnavailableError(`${part.length} questions, ${some.length} answers`);
    answers.push(...some);
  }
  return answers;
}
