/** Names of the headers on the bus. The `ce-*` ones are named after the attributes of CloudEvents. */
export const header = {
  /** JetStream's deduplication id. It starts with the app, since deduplication is per stream, across apps. */
  messageId: 'Nats-Msg-Id',
  id: 'ce-id',
  type: 'ce-type',
  source: 'ce-source',
  time: 'ce-time',
  subject: 'ce-subject',
  correlation: 'im-correlation',
  causation: 'im-causation',
  version: 'im-version',
  traceparent: 'traceparent',
  /** On an answer to an ask: it is a refusal or a fault, not the answer (`unavailable timeout contract refused failed`). */
  error: 'im-error',
  /** The publisher had no PubAck and sent it again: it may have been stored, handled and removed before. */
  sentAgain: 'im-sent-again',
  schedule: 'Nats-Schedule',
  scheduleTarget: 'Nats-Schedule-Target',
  scheduleTtl: 'Nats-Schedule-TTL',
  /** How long the stream keeps the message; whole seconds, or a duration such as `1h`. */
  ttl: 'Nats-TTL',
  expectedLastSubjectSequence: 'Nats-Expected-Last-Subject-Sequence',
} as const;
