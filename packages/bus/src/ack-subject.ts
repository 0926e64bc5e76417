/** What the reply subject of a delivered message tells. */
export interface DeliveryPlace {
  readonly stream: string;
  readonly consumer: string;
  /** From 1. A server that was killed forgets its last acks: then a handled message comes with 1 again. */
  readonly deliveryCount: number;
  readonly sequence: number;
  /** Counts this consumer's deliveries from 1 since it was made or reset. */
  readonly consumerSequence: number;
  readonly storedAt: number;
  /** How many messages the consumer still had to deliver after this one. */
  readonly pending: number;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<count>.<seq>.<cseq>.<ns>.<pending>` or its newer form
 * `$JS.ACK.<domain>.<account>.<stream>.<consumer>.….<pending>.<token>`; null for anything else.
 */
export function parseAckSubject(subject: string): DeliveryPlace | null {
  const t = subject.split('.');
  if (t[0] !== '$JS' || t[1] !== 'ACK') return null;
  const at = t.length === 9 ? 2 : t.length >= 11 ? 4 : 0;
  if (at === 0) return null;
  return {
    stream: t[at] ?? '',
    consumer: t[at + 1] ?? '',
    deliveryCount: Number(t[at + 2]),
    sequence: Number(t[at + 3]),
    consumerSequence: Number(t[at + 4]),
    // Nanoseconds do not fit into a number; their last six digits go.
    storedAt: Number(t[at + 5]?.slice(0, -6)),
    pending: Number(t[at + 6]),
  };
}
