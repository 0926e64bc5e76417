import type { TimelineAnswer } from '@reveille/contracts/ask/router';
import { until } from './scenario.js';
import type { Town } from './town.js';

type Entry = TimelineAnswer['entries'][number];
type EntryOf<T extends Entry['type']> = Extract<Entry, { type: T }>;

/** The entries of one type in a message's timeline so far; none while the message is unknown. */
export async function entriesOf<T extends Entry['type']>(
  town: Town,
  messageId: string,
  type: T,
): Promise<EntryOf<T>[]> {
  const { entries } = await town.timeline(messageId).catch(() => ({ entries: [] as Entry[] }));
  return entries.filter((entry): entry is EntryOf<T> => entry.type === type);
}

/** `acknowledged`, `push` or `withheld(<reason>)` of the message's first device, once it is settled. */
export async function verdictOf(town: Town, messageId: string, withinMs = 60_000): Promise<string> {
  return until(
    `the verdict on ${messageId}`,
    async () => {
      const [settled] = await entriesOf(town, messageId, 'delivery-settled');
      const verdict = settled?.data.recipients[0]?.devices[0]?.verdict;
      if (verdict === undefined) return null;
      return verdict.kind === 'withheld' ? `withheld(${verdict.reason})` : verdict.kind;
    },
    { withinMs },
  );
}

export interface OutcomeSeen {
  readonly kind: string;
  readonly reason: string | null;
  /** The vendor's own word; null for what it accepted. */
  readonly vendorCode: string | null;
  readonly attempt: number;
}

/** The vendor's answers for the message, in order, once there are at least `count`. */
export async function outcomesOf(
  town: Town,
  messageId: string,
  count = 1,
  withinMs = 60_000,
): Promise<OutcomeSeen[]> {
  return until(
    `${count} answers of the vendor for ${messageId}`,
    async () => {
      const attempts = await entriesOf(town, messageId, 'push-attempted');
      const outcomes = attempts.flatMap(({ data }) =>
        data.outcomes.map(({ outcome }) => ({
          kind: outcome.kind,
          reason: 'reason' in outcome ? outcome.reason : null,
          vendorCode: 'vendorCode' in outcome ? outcome.vendorCode : null,
          attempt: data.attempt,
        })),
      );
      return outcomes.length >= count ? outcomes : null;
    },
    { withinMs },
  );
}

/** Why the push was closed, once it was. */
export async function closedOf(town: Town, messageId: string, withinMs = 60_000): Promise<string> {
  return until(
    `the push of ${messageId} is closed`,
    async () => {
      const [closed] = await entriesOf(town, messageId, 'push-closed');
      return closed?.data.targets[0]?.reason ?? null;
    },
    { withinMs },
  );
}
