import type { DeliverySettled } from '@reveille/contracts/delivery/events';
import type { Verdict } from '@reveille/contracts/delivery/verdict';
import type { DeviceId, UserId } from '@reveille/contracts/ids';

type Round = Pick<DeliverySettled, 'recipients'>;

/**
 * What was settled of a message that is at hand, for an acknowledgement that comes after the decision. Apart from the message,
 * which is forgotten once it is settled: a late word may come many seconds later.
 */
export class VerdictsAtHand {
  readonly #rounds: Promise<Round>[] = [];
  readonly #closed = Promise.withResolvers<void>();

  /** A round that is being written. */
  add(round: Promise<Round>): void {
    this.#rounds.push(round);
  }

  /** Nothing more is settled here. */
  close(): void {
    this.#closed.resolve();
  }

  /**
   * Null when nothing was settled of the device here. A device is decided some time before its round is begun: its verdict is
   * waited for until the message is let go. Rejects when a round could not be written.
   */
  async of(user: UserId, deviceId: DeviceId): Promise<Verdict | null> {
    const known = await this.#find(user, deviceId);
    if (known !== null) return known;
    await this.#closed.promise;
    return this.#find(user, deviceId);
  }

  async #find(user: UserId, deviceId: DeviceId): Promise<Verdict | null> {
    const rounds = await Promise.all(this.#rounds);
    const recipient = rounds.flatMap(({ recipients }) => recipients).find((known) => known.user === user);
    return recipient?.devices.find((known) => known.deviceId === deviceId)?.verdict ?? null;
  }
}
