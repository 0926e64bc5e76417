import { buildWithdrawals } from '../domain/delivery/build-withdrawals.js';
import type { RevocationAtHand, WithdrawPushesPorts } from '../ports.js';

/** `left`: some of its recipients have no verdict yet. */
export type WithdrawalEnd = 'done' | 'left';
export type WithdrawPushes = (revocation: RevocationAtHand) => Promise<WithdrawalEnd>;

/** Longer than any router holds a message, or leaves it lying when it dies; whoever decides later finds the revocation. */
const giveUpMs = 120_000;

/**
 * One revoked message: a withdrawal for every push that the stored verdicts name and whose vendor can take it back. Whoever comes
 * again publishes the same jobs under the same ids.
 */
export function withdrawPushes({ ledger, outbox, time }: WithdrawPushesPorts): WithdrawPushes {
  return async ({ app, position, eventId, traceparent, revokedAt, messageId }) => {
    ledger.assertAvailable();
    const message = await ledger.messageBefore(position, app, messageId);
    if (message === null) return 'done';
    // Where its outcomes are, whatever conversation the revocation names.
    const { partition, recipients } = message;
    const rounds = await ledger.settledRounds(app, messageId);
    const context = { app, partition, causation: eventId, traceparent };
    for (const round of rounds)
      for (const job of buildWithdrawals({ messageId, partition, revokedAt }, round))
        if (job.expiresAt > time.now()) await outbox.withdrawal(context, job);
    const settled = new Set(rounds.flatMap((round) => round.recipients.map(({ user }) => user)));
    const isWhole = recipients.every((user) => settled.has(user));
    return isWhole || time.now() - revokedAt > giveUpMs ? 'done' : 'left';
  };
}
