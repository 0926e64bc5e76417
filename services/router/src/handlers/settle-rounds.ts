import type { DeliverySettled, DeviceVerdict } from '@reveille/contracts/delivery/events';
import type { DeviceId, Instant, MessageId, UserId } from '@reveille/contracts/ids';
import { buildJobs } from '../domain/delivery/build-jobs.js';
import { policyVersion } from '../domain/delivery/decide-delivery.js';
import type {
  FactContext,
  MessageRounds,
  MessageToSettle,
  RoundToSettle,
  SettleRoundsPorts,
  StoredRound,
} from '../ports.js';
import { VerdictsAtHand } from '../protocol/verdicts-at-hand.js';

/**
 * The rounds of one message: each is settled, and its jobs follow the settlement's PubAck.
 *
 * @param holdMs how long a message may be held: later, another router has it, and nothing of it is published here.
 */
export function settleRounds(
  ports: SettleRoundsPorts,
  holdMs: number,
): (message: MessageToSettle) => MessageRounds {
  return (message) => new Rounds(ports, message, holdMs);
}

class Rounds implements MessageRounds {
  readonly #verdicts = new VerdictsAtHand();

  constructor(
    private readonly ports: SettleRoundsPorts,
    private readonly of: MessageToSettle,
    private readonly holdMs: number,
  ) {}

  async settle({ addressOf, ...round }: RoundToSettle): Promise<StoredRound | null> {
    const settledAt = this.ports.time.now();
    const { takenAt, position, acceptedAt, data } = this.of.message;
    if (settledAt - takenAt > this.holdMs) return null;
    const { messageId } = data;
    const settled: DeliverySettled = { messageId, ...round, policyVersion, position, acceptedAt, settledAt };
    const published = this.ports.outbox.settle(this.of.context, settled);
    const known = published.then((earlier) => earlier ?? settled);
    known.catch(() => undefined);
    this.#verdicts.add(known);
    const earlier = await published;
    this.ports.checkpoint('router.after-settled');
    if (earlier === null) for (const { devices } of settled.recipients) this.#count(devices);
    await this.#publishJobs(earlier ?? settled, earlier === null ? addressOf : null);
    return earlier ?? settled;
  }

  repeatJobs(stored: StoredRound): Promise<void> {
    return this.#publishJobs(stored, null);
  }

  lateRecorder(user: UserId): (deviceId: DeviceId, at: Instant) => void {
    const { messageId } = this.of.message.data;
    return lateRecorder(this.ports, this.of.context, this.#verdicts, { messageId, user });
  }

  close(): void {
    this.#verdicts.close();
  }

  #count(devices: readonly DeviceVerdict[]): void {
    for (const { verdict } of devices) {
      this.ports.meter.settled(verdict.kind === 'withheld' ? `withheld(${verdict.reason})` : verdict.kind);
    }
  }

  async #publishJobs(settled: StoredRound, addressOf: RoundToSettle['addressOf']): Promise<void> {
    const { context, message, pushConfig, settings } = this.of;
    const { partition, acceptedAt, data } = message;
    const { messageId, sender } = data;
    const of = { messageId, sender, partition, acceptedAt, pushConfig, settings };
    const jobs = buildJobs(of, settled, addressOf);
    const [first, ...others] = jobs;
    if (first === undefined) return;
    await this.ports.outbox.job(context, first);
    if (others.length > 0) {
      this.ports.checkpoint('router.between-jobs');
      await Promise.all(others.map((job) => this.ports.outbox.job(context, job)));
    }
    this.ports.checkpoint('router.after-jobs');
  }
}

/** Apart from the rounds, which hold the whole message: a late word may come many seconds after the rest is forgotten. */
function lateRecorder(
  { outbox, meter }: SettleRoundsPorts,
  context: FactContext,
  verdicts: VerdictsAtHand,
  { messageId, user }: { readonly messageId: MessageId; readonly user: UserId },
): (deviceId: DeviceId, at: Instant) => void {
  const record = async (deviceId: DeviceId, acknowledgedAt: Instant): Promise<void> => {
    const verdict = await verdicts.of(user, deviceId);
    if (verdict?.kind !== 'push') return;
    await outbox.lateAcknowledged(context, { messageId, user, deviceId, acknowledgedAt });
  };
  return (deviceId, at) => void record(deviceId, at).catch((error: unknown) => meter.lateLost(error, 1));
}
