import { hasRecovered, type SuspicionPolicy } from '../domain/push-line/suspicion.js';
import type { Clock, DeadTokens, Devices, PushLines, SuspectedLine, TokenWords } from '../ports.js';
import { restoreSince } from '../protocol/restore-dead.js';

export interface TendPushLinesPorts {
  readonly devices: Devices;
  readonly vault: DeadTokens;
  readonly lines: PushLines;
  readonly words: TokenWords;
  readonly clock: Clock;
}

/**
 * Looks after suspected lines: brings back what a presence that died had no time for, and trusts a line again when
 * for a while few of its tokens were condemned.
 */
export const tendPushLines =
  (ports: TendPushLinesPorts, policy: SuspicionPolicy) => async (): Promise<void> => {
    const { lines, words, clock } = ports;
    await words.forgetBefore(clock.now() - 2 * policy.windowMs);
    for (const line of await lines.suspected()) {
      if (await recovers(ports, policy, line)) {
        const data = { vendor: line.vendor, because: 'recovered', trustedAt: clock.now() } as const;
        await lines.handle(line, { type: 'trust', data });
      } else {
        await restoreSince(ports, line, line.sinceAt, 'suspected');
      }
    }
  };

async function recovers(
  { words, clock }: TendPushLinesPorts,
  policy: SuspicionPolicy,
  line: SuspectedLine,
): Promise<boolean> {
  const sinceAt = clock.now() - policy.windowMs;
  return (
    sinceAt >= line.suspectedAt && hasRecovered(await words.tallySince(line, sinceAt, 'exactly'), policy)
  );
}
