import type { AppId, Instant } from './ids.js';

/**
 * What surrounds the data of every event and job. On the bus the data is the JSON body and the rest are headers
 * (`headers.ts`); what a foreign publisher leaves out is filled in on reading from the stream's time and sequence.
 */
export interface Envelope<Data> {
  /** A UUIDv7; `<stream>:<sequence>` where the publisher gave none. */
  readonly id: string;
  /** The full name in kebab case, for instance `message-accepted`. */
  readonly type: string;
  /** The schema version of the data, from 1. */
  readonly version: number;
  /** Who says it: a service's name, or `platform`. */
  readonly source: string;
  /** When it was said; the stream's time where the publisher gave none. */
  readonly time: Instant;
  readonly app: AppId;
  /** What it is about: a message id, a device id, a user. */
  readonly subject: string;
  /** The message or call that it all belongs to. */
  readonly correlation: string | null;
  /** The id of the event or job that led to it. */
  readonly causation: string | null;
  /** W3C trace context. */
  readonly traceparent: string | null;
  readonly data: Data;
}
