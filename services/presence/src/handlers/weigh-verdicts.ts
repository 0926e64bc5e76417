import type { Instant } from '@reveille/contracts/ids';
import {
  isSuspicious,
  mayBeSuspicious,
  type SuspicionPolicy,
  windowsOf,
  wordsCountFrom,
} from '../domain/push-line/suspicion.js';
import type {
  Clock,
  DeadToken,
  DeadTokens,
  Devices,
  LineTally,
  PushLines,
  SaidOfTokens,
  TokenVault,
  TokenWords,
} from '../ports.js';
import { restoreDead, restoreSince } from '../protocol/restore-dead.js';

export interface WeighVerdictsPorts {
  readonly devices: Devices;
  readonly vault: Pick<TokenVault, 'registeredAt'> & DeadTokens;
  readonly lines: PushLines;
  readonly words: TokenWords;
  readonly clock: Clock;
}

/**
 * Weighs what a vendor said about tokens. Every such word, by whatever road it comes, passes here.
 *
 * While a line is trusted a word counts by the age of its token. Too many words at once make the line suspected: then no word
 * counts, and the tokens that died of the last ones come back. Several presences weigh words at the same time: one that has
 * invalidated a token looks once more whether the line is suspected by now, so none that fell in between stays dead.
 */
export const weighVerdicts =
  (ports: WeighVerdictsPorts, policy: SuspicionPolicy) =>
  async (said: SaidOfTokens): Promise<'counted' | 'held'> => {
    const { lines, words, clock } = ports;
    const line = { app: said.app, vendor: said.vendor };
    await words.keep(said);
    const { suspicion, trust } = await lines.find(line);
    if (suspicion !== null) return 'held';
    const countFrom = wordsCountFrom(trust, said.saidAt, policy);
    const tally = countFrom === null ? null : await suspiciousTally(ports, said, policy, countFrom);
    if (tally !== null) {
      const { condemned, heard } = tally;
      const [, windowMs] = windowsOf(policy);
      const sinceAt = Math.max(said.saidAt - windowMs, countFrom ?? 0);
      const times = { withinMs: Math.max(1, said.saidAt - tally.sinceAt), sinceAt };
      const data = { vendor: said.vendor, condemned, heard, ...times, suspectedAt: clock.now() };
      const { state } = await lines.handle(line, { type: 'suspect', data });
      // Another presence may have been first: its suspicion is the one that counts.
      await restoreSince(ports, line, state.suspicion?.sinceAt ?? sinceAt, 'suspected');
      return 'held';
    }
    const died = await invalidate(ports, said);
    if (died.length === 0 || (await lines.find(line)).suspicion === null) return 'counted';
    await restoreDead(ports, line, died, 'suspected');
    return 'held';
  };

/** What is too much of the last words, in the shorter or the longer time; null: nothing is. */
async function suspiciousTally(
  { words }: WeighVerdictsPorts,
  { app, vendor, saidAt }: SaidOfTokens,
  policy: SuspicionPolicy,
  countFrom: Instant,
): Promise<LineTally | null> {
  const line = { app, vendor };
  const [shortMs, longMs] = windowsOf(policy);
  const since = (windowMs: number): Instant => Math.max(saidAt - windowMs, countFrom);
  const condemned = await words.condemnedSince(line, since(longMs));
  if (!mayBeSuspicious({ condemned }, policy)) return null;
  for (const windowMs of [shortMs, longMs]) {
    if (!isSuspicious(await words.tallySince(line, since(windowMs), 'about'), policy)) continue;
    // What has been heard of others meanwhile may clear it.
    const tally = await words.tallySince(line, since(windowMs), 'exactly');
    if (isSuspicious(tally, policy)) return tally;
  }
  return null;
}

async function invalidate(
  { devices, vault, clock }: WeighVerdictsPorts,
  { app, words, traceparent }: SaidOfTokens,
): Promise<DeadToken[]> {
  const died: DeadToken[] = [];
  for (const { deviceId, tokenRef, reason, observedAt } of words) {
    // A word of which nobody knows when it was true counts against no token: the next push brings another one.
    if (observedAt === null) continue;
    const address = { app, deviceId, traceparent };
    const { decision } = await devices.handle(address, {
      type: 'invalidate-push-token',
      deviceId,
      tokenRef,
      reason,
      observedAt,
      registeredAt: await vault.registeredAt(address, tokenRef),
      at: clock.now(),
    });
    if (decision.kind === 'accepted' && decision.events.length > 0) died.push({ deviceId, tokenRef });
  }
  return died;
}
