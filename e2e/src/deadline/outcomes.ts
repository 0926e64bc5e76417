import type { Scenario } from '../harness/scenario.js';
import type { TimedAcknowledgement } from './timed-acknowledgement.js';

/** This far from the deadline and nearer, either outcome is right. */
const nearMs = 5;
const leastOfEach = 50;
const inTime = 'acknowledged, no push';
const tooLate = 'pushed, recorded late';

export const isNear = ({ offsetMs }: TimedAcknowledgement): boolean =>
  offsetMs !== null && Math.abs(offsetMs) <= nearMs;

/**
 * Judges every message by where the log places its acknowledgement.
 *
 * @param clear acknowledged well before or well after the deadline.
 * @param edge acknowledged at the deadline, as near as could be: what missed it by more than 5 ms counts for no group.
 * @param requests how many the vendor got, by message id.
 */
export function checkOutcomes(
  scenario: Scenario,
  clear: readonly TimedAcknowledgement[],
  edge: readonly TimedAcknowledgement[],
  requests: ReadonlyMap<string, number>,
): void {
  const all = [...clear, ...edge];
  const tallyOf = (messages: readonly TimedAcknowledgement[]) =>
    tally(messages.map((message) => outcomeOf(message, requests.get(message.messageId) ?? 0)));
  const say = (
    group: string,
    messages: readonly TimedAcknowledgement[],
  ): Readonly<Record<string, number>> => {
    const counts = tallyOf(messages);
    const outcomes = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`);
    scenario.note(
      `      ${group}: ${messages.length} (${spanOf(messages)}): ${outcomes.join('; ') || 'none'}`,
    );
    scenario.check(`${group}: at least ${leastOfEach}`, messages.length >= leastOfEach, `${messages.length}`);
    return counts;
  };

  const before = clear.filter(({ offsetMs }) => offsetMs !== null && offsetMs < -nearMs);
  scenario.equal('… no push, ever', say('acknowledged before the deadline', before), {
    [inTime]: before.length,
  });
  const after = clear.filter(({ offsetMs }) => offsetMs !== null && offsetMs > nearMs);
  scenario.equal('… one push each, and each is recorded late', say('acknowledged after it', after), {
    [tooLate]: after.length,
  });
  const near = say(`acknowledged within ${nearMs} ms of it`, all.filter(isNear));
  const { [inTime]: won = 0, [tooLate]: lost = 0, ...wrong } = near;
  scenario.equal('… either, never both, never neither', wrong, {});
  scenario.check('… the deadline was met from both sides', won > 0 && lost > 0, JSON.stringify(near));

  const { [inTime]: _, [tooLate]: __, ...strange } = tallyOf(all);
  scenario.equal(`all ${all.length}: nothing else happened to any`, strange, {});
  scenario.equal(
    '… nobody waited for another deadline than that of a session in the background',
    tally(all.map(({ deadlineMs }) => String(deadlineMs))),
    { 1000: all.length },
  );
}

function outcomeOf({ verdict, lateRecords }: TimedAcknowledgement, requests: number): string {
  if (verdict === 'acknowledged' && requests === 0 && lateRecords === 0) return inTime;
  if (verdict === 'acknowledged' && requests > 0) return 'acknowledged and pushed';
  if (verdict === 'push' && requests === 1 && lateRecords === 1) return tooLate;
  if (verdict === 'push' && lateRecords === 0) return 'pushed, and the acknowledgement is lost';
  return `verdict ${verdict}, requests ${requests}, late records ${lateRecords}`;
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function spanOf(messages: readonly TimedAcknowledgement[]): string {
  const offsets = messages.map(({ offsetMs }) => offsetMs ?? 0);
  return offsets.length === 0 ? 'none' : `${Math.min(...offsets)} to ${Math.max(...offsets)} ms`;
}
