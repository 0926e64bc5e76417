import type { Envelope } from '@reveille/contracts/envelope';

/** A message that must be durable. `schedule`: hold it until `at` (epoch ms), then store it under `target` in the same stream. */
export interface OutgoingMessage {
  readonly subject: string;
  /** The deduplication id, `Nats-Msg-Id`; it starts with the app. */
  readonly messageId: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly data: Uint8Array;
  /** Refuse with ConflictError unless the subject's last sequence is this one; 0 = nothing there yet. */
  readonly expectedLastSubjectSequence?: number;
  readonly schedule?: Schedule;
}

export interface Schedule {
  readonly at: number;
  readonly target: string;
}

/** As `OutgoingMessage`, with the envelope that the codec turns into headers and body. */
export interface OutgoingFact {
  readonly subject: string;
  readonly messageId: string;
  readonly envelope: Envelope<unknown>;
  readonly expectedLastSubjectSequence?: number;
  readonly schedule?: Schedule;
}

/** Where the message is stored; of a duplicate it names the original's sequence. */
export interface PubAck {
  readonly stream: string;
  readonly sequence: number;
  readonly isDuplicate: boolean;
}
