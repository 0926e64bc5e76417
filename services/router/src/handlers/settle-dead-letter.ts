import type { SettleDeadLetterAnswer, SettleDeadLetterAsk } from '@reveille/contracts/ask/dead-letter';
import { RefusedError } from '@reveille/contracts/errors';
import { redrivenJob } from '../domain/delivery/redriven-job.js';
import type { DeadLetterShelf, FactReruns, Outbox, StoredLetter } from '../ports.js';

export interface SettleDeadLetterPorts {
  readonly letters: DeadLetterShelf;
  readonly reruns: FactReruns;
  readonly outbox: Pick<Outbox, 'redriven' | 'deadLetterSettled'>;
}

export interface SettleDeadLetter {
  redrive(ask: SettleDeadLetterAsk): Promise<SettleDeadLetterAnswer>;
  drop(ask: SettleDeadLetterAsk): Promise<SettleDeadLetterAnswer>;
}

/**
 * What an operator does about work that was given up, once per letter. A job is published again; a fact never is, since it would be
 * accepted twice: its handler runs again on the stored one. What was done is told when it is done.
 * @throws RefusedError as the ask's contract says
 */
export function settleDeadLetter({ letters, reruns, outbox }: SettleDeadLetterPorts): SettleDeadLetter {
  const take = async ({ letter }: SettleDeadLetterAsk): Promise<StoredLetter> => {
    const found = await letters.read(letter);
    if (found === null) throw new RefusedError('dead-letter-unknown', `there is no dead letter ${letter}`);
    const before = await letters.settledAs(found);
    if (before !== null)
      throw new RefusedError('dead-letter-settled', `the dead letter ${letter} was ${before} before`);
    return found;
  };
  return {
    async redrive(ask) {
      const letter = await take(ask);
      if (letter.kind === 'job') {
        const redriven = redrivenJob(letter.content, ask.letter, await letters.endOfPushes());
        if (redriven === null)
          throw new RefusedError('dead-letter-unfit', `the dead letter ${ask.letter} holds no whole job`);
        await outbox.redriven(letter, redriven);
      } else await reruns.rerun(letter.content.consumer, letter.content.sequence);
      await outbox.deadLetterSettled(letter, 'redriven', ask);
      return { settled: 'redriven' };
    },
    async drop(ask) {
      await outbox.deadLetterSettled(await take(ask), 'dropped', ask);
      return { settled: 'dropped' };
    },
  };
}
