import { type DeadLetter, secretFields } from '@reveille/contracts/dead-letter';
import { subjects } from '@reveille/contracts/subjects';
import type { Bus } from './connect.js';
import type { PubAck } from './outgoing.js';

export interface Parked {
  readonly stream: string;
  readonly consumer: string;
  readonly subject: string;
  readonly sequence: number;
  readonly storedAt: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: Uint8Array;
  readonly reason: string;
  readonly attempts: number;
}

/**
 * Keeps a copy of work that is given up, without its secret fields, and resolves when the copy is durable: only then may
 * the original go. Written twice for one message it is kept once.
 */
export function writeDeadLetter(bus: Bus, parked: Parked): Promise<PubAck> {
  const { data, ...rest } = parked;
  const letter: DeadLetter = {
    ...rest,
    headers: { ...parked.headers },
    data: withoutSecrets(parseOrNull(data)),
    size: data.byteLength,
    parkedAt: Math.floor(bus.clock.now()),
  };
  return bus.publisher.publish({
    subject: subjects.deadLetter(parked.stream, parked.consumer),
    messageId: `${parked.stream}:${parked.consumer}:${parked.sequence}`,
    data: Buffer.from(JSON.stringify(letter)),
  });
}

function parseOrNull(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString());
  } catch {
    return null;
  }
}

/** The same value without the fields that hold secrets, at any depth. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !secretFields.has(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutSecrets(inner)]));
}
