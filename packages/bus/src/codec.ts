import type { Envelope } from '@reveille/contracts/envelope';
import { ContractError } from '@reveille/contracts/errors';
import { header } from '@reveille/contracts/headers';
import { parseSubject } from '@reveille/contracts/subjects';

/** A message as a stream keeps it. Times are epoch milliseconds. */
export interface StoredMessage {
  readonly stream: string;
  readonly sequence: number;
  readonly subject: string;
  readonly storedAt: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly data: Uint8Array;
}

/** An envelope as headers and body: the body is the data as JSON, everything else a header. */
export function encodeFact(envelope: Envelope<unknown>): {
  headers: Record<string, string>;
  data: Uint8Array;
} {
  const headers: Record<string, string> = {
    [header.id]: envelope.id,
    [header.type]: envelope.type,
    [header.version]: String(envelope.version),
    [header.source]: envelope.source,
    [header.time]: new Date(envelope.time).toISOString(),
    [header.subject]: encodeURIComponent(envelope.subject),
  };
  if (envelope.correlation !== null) headers[header.correlation] = envelope.correlation;
  if (envelope.causation !== null) headers[header.causation] = envelope.causation;
  if (envelope.traceparent !== null) headers[header.traceparent] = envelope.traceparent;
  return { headers, data: Buffer.from(JSON.stringify(envelope.data)) };
}

/**
 * A stored message as an envelope. What a foreign publisher leaves out is filled in from the stream's time and
 * sequence and from the subject, so that a platform needs to send nothing but `Nats-Msg-Id` and the body.
 */
export function decodeFact(stored: StoredMessage): Envelope<unknown> {
  const { headers } = stored;
  const place = parseSubject(stored.subject);
  if (place === null) throw new ContractError(`${stored.subject} is not a subject of the contracts`);
  const data = parseBody(stored);
  const subject = headers[header.subject];
  return {
    id: headers[header.id] ?? `${stored.stream}:${stored.sequence}`,
    type: headers[header.type] ?? typeOf(place.kind, place.event),
    version: versionOf(headers[header.version]),
    source: headers[header.source] ?? 'platform',
    time: timeOf(headers[header.time], stored.storedAt),
    app: place.app,
    subject: subject === undefined ? subjectOf(data) : decodeSubject(subject),
    correlation: headers[header.correlation] ?? correlationOf(data),
    causation: headers[header.causation] ?? null,
    traceparent: headers[header.traceparent] ?? null,
    data,
  };
}

function parseBody(stored: StoredMessage): unknown {
  try {
    return JSON.parse(
      Buffer.from(stored.data.buffer, stored.data.byteOffset, stored.data.byteLength).toString(),
    );
  } catch (cause) {
    throw new ContractError(`${stored.stream}:${stored.sequence} is not JSON`, { cause });
  }
}

/** `evt.message` and `accepted` make `message-accepted`. */
function typeOf(kind: string, event: string | null): string {
  const context = kind.slice(kind.indexOf('.') + 1);
  if (kind.startsWith('job.')) return `${context.replace('-later', '')}-job`;
  return event === null ? context : `${context}-${event}`;
}

function versionOf(text: string | undefined): number {
  if (text === undefined) return 1;
  const version = Number(text);
  if (!Number.isInteger(version) || version < 1)
    throw new ContractError(`${header.version} is not a version: ${text}`);
  return version;
}

function timeOf(text: string | undefined, storedAt: number): number {
  if (text === undefined) return storedAt;
  const time = Date.parse(text);
  return Number.isNaN(time) ? storedAt : time;
}

function decodeSubject(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // A foreign publisher may use a bare `%`; what it wrote is then what it meant.
    return text;
  }
}

function subjectOf(data: unknown): string {
  return correlationOf(data) ?? '';
}

function correlationOf(data: unknown): string | null {
  if (typeof data !== 'object' || data === null || !('messageId' in data)) return null;
  return typeof data.messageId === 'string' ? data.messageId : null;
}
