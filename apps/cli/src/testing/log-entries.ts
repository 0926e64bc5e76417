import type { LogEntry } from '../audit/log-entry.js';

const at = { app: 'demo', sequence: 1, storedAt: 1_000, traceId: null };
export const ref = 'ref-ref-ref-ref-1';
/** A message of Ana's to Bob, or to others. */
export const accepted = (messageId: string, recipients = ['bob']): LogEntry => ({
  ...at,
  type: 'message-accepted',
  data: {
    messageId,
    sender: 'ana',
    senderDeviceId: null,
    clientMessageId: null,
    recipients,
    content: { type: 'text', text: 'hi' },
    pushConfig: null,
    priority: 'medium',
    ttlSeconds: null,
    attempt: 0,
  },
});
/** The verdict on one device, `d1`, of one user. */
export const settled = (
  messageId: string,
  kind: 'push' | 'acknowledged' | 'withheld' = 'push',
  user = 'bob',
): LogEntry => ({
  ...at,
  type: 'delivery-settled',
  data: {
    messageId,
    chunk: 0,
    round: 0,
    policyVersion: 1,
    position: 1,
    acceptedAt: 1,
    askedAt: null,
    settledAt: 2,
    recipients: [
      {
        user,
        devices: [
          {
            deviceId: 'd1',
            facts: null,
            verdict:
              kind === 'push'
                ? {
                    kind,
                    vendor: 'apns',
                    lane: 'normal',
                    strategy: 'alert',
                    tokenRef: ref,
                    collapse: messageId,
                    expiresAt: 5_000,
                  }
                : kind === 'acknowledged'
                  ? { kind, at: 2 }
                  : { kind, reason: 'logged-out' },
          },
        ],
      },
    ],
  },
});
/** What everything about the first try of a message's only job says. */
const firstTry = (messageId: string) =>
  ({
    jobId: `${messageId}:0:0:apns:0`,
    messageId,
    vendor: 'apns',
    lane: 'normal',
    attempt: 1,
    repeat: false,
  }) as const;

type Attempted = Extract<LogEntry, { type: 'push-attempted' }>;
/** One request for one device, sent at 3 and answered at 4. */
export const attempted = (
  messageId: string,
  more: Partial<Attempted['data']> = {},
  kind: 'accepted' | 'deferred' | 'unclassified' = 'accepted',
  deviceId = 'd1',
): LogEntry => ({
  ...at,
  type: 'push-attempted',
  data: {
    ...firstTry(messageId),
    deliveryCount: 1,
    startedAt: 3,
    answeredAt: 4,
    outcomes: [
      {
        user: 'bob',
        deviceId,
        tokenRef: ref,
        requests: 1,
        notBefore: null,
        requestId: null,
        traceparent: null,
        outcome:
          kind === 'accepted'
            ? { kind, vendorId: null }
            : kind === 'unclassified'
              ? { kind: 'rejected', reason: kind, vendorCode: 'Teapot', observedAt: null }
              : { kind, reason: 'no-answer', vendorCode: 'cut', retryAfterMs: null },
      },
    ],
    ...more,
  },
});
/** The push of `d1` closed at 4. */
export const closed = (messageId: string, deliveryCount = 1): LogEntry => ({
  ...at,
  type: 'push-closed',
  data: {
    ...firstTry(messageId),
    deliveryCount,
    closedAt: 4,
    targets: [{ user: 'bob', deviceId: 'd1', tokenRef: ref, reason: 'acknowledged' }],
  },
});

/** The job of `d1`, waiting. */
export const job = (messageId: string): LogEntry => ({
  ...at,
  type: 'push-job',
  data: {
    ...firstTry(messageId),
    chunk: 0,
    round: 0,
    backoffStep: 0,
    partition: 0,
    settledAt: 2,
    acceptedAt: 1,
    notification: {
      strategy: 'alert',
      title: '',
      content: 'hi',
      payload: '',
      threadId: '',
      badgeIncrement: null,
      resourcesId: '',
      sender: 'ana',
      collapse: messageId,
      sentAt: 1,
      expiresAt: 5_000,
    },
    targets: [{ user: 'bob', deviceId: 'd1', tokenRef: ref, sealedToken: null, environment: 'automatic' }],
  },
});
