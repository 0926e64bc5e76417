import { describe, expect, it } from 'vitest';
import { auditLog } from './audit-log.js';
import { faultsOf } from './audit-report.js';
import { compareLedger } from './compare-ledger.js';
import type { LogEntry } from './log-entry.js';

const app = 'demo';
const at = { app, sequence: 1, storedAt: 1_000 };
const ref = 'ref-ref-ref-ref-1';
const accepted = (messageId: string, recipients = ['bob']): LogEntry => ({
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
const settled = (
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
type Attempted = Extract<LogEntry, { type: 'push-attempted' }>;
const attempted = (
  messageId: string,
  more: Partial<Attempted['data']> = {},
  kind: 'accepted' | 'deferred' = 'accepted',
): LogEntry => ({
  ...at,
  type: 'push-attempted',
  data: {
    jobId: `${messageId}:0:0:apns:0`,
    messageId,
    vendor: 'apns',
    lane: 'normal',
    attempt: 1,
    deliveryCount: 1,
    repeat: false,
    startedAt: 3,
    answeredAt: 4,
    outcomes: [
      {
        user: 'bob',
        deviceId: 'd1',
        tokenRef: ref,
        requests: 1,
        notBefore: null,
        requestId: null,
        traceparent: null,
        outcome:
          kind === 'accepted'
            ? { kind, vendorId: null }
            : { kind, reason: 'no-answer', vendorCode: 'cut', retryAfterMs: null },
      },
    ],
    ...more,
  },
});
const closed = (messageId: string, deliveryCount: number): LogEntry => ({
  ...at,
  type: 'push-closed',
  data: {
    jobId: `${messageId}:0:0:apns:0`,
    messageId,
    vendor: 'apns',
    lane: 'normal',
    attempt: 1,
    deliveryCount,
    repeat: false,
    closedAt: 4,
    targets: [{ user: 'bob', deviceId: 'd1', tokenRef: ref, reason: 'acknowledged' }],
  },
});
const whole = [accepted('m1'), settled('m1'), attempted('m1')];

describe('the audit of a log', () => {
  it('finds nothing in a whole one', () => {
    const report = auditLog(whole, 2_000);
    expect(faultsOf(report)).toBe(0);
    expect(report).toMatchObject({ accepted: 1, settled: 1, verdicts: { push: 1 }, pushes: { accepted: 1 } });
  });
  it('misses a verdict that is not there, of each recipient', () => {
    expect(auditLog([accepted('m1')], 2_000).missing).toEqual(['demo/m1']);
    expect(auditLog([accepted('m1', ['bob', 'cleo']), settled('m1', 'withheld')], 2_000).missing).toEqual([
      'demo/m1',
    ]);
  });
  it('sees a verdict that is there twice', () => {
    expect(auditLog([...whole, settled('m1')], 2_000).settledTwice).toEqual(['demo/m1']);
  });
  it('sees a push of a device that acknowledged', () => {
    const report = auditLog([accepted('m1'), settled('m1', 'acknowledged'), attempted('m1')], 2_000);
    expect(report.acknowledgedAndPushed).toEqual(['demo/m1 bob/d1']);
  });
  it('sees a job that is gone, until its time to live ends, and not one that waits', () => {
    const log = [accepted('m1'), settled('m1')];
    expect(auditLog(log, 2_000).jobsLost).toEqual(['demo/m1 bob/d1']);
    expect(auditLog(log, 6_000)).toMatchObject({ jobsLost: [], pushes: { expired: 1 } });
  });
  it('sees an attempt after the final answer, and takes one after an unknown answer', () => {
    expect(auditLog([...whole, attempted('m1', { attempt: 2 })], 2_000).unexplainedDuplicates).toEqual([
      'demo/m1 bob/d1',
    ]);
    const repeated = [
      accepted('m1'),
      settled('m1'),
      attempted('m1', {}, 'deferred'),
      attempted('m1', { attempt: 2 }),
    ];
    expect(faultsOf(auditLog(repeated, 2_000))).toBe(0);
  });
});

describe('the ledger of a vendor beside the log', () => {
  const seen = { messageId: 'm1', tokenRef: ref };
  it('is equal', () => {
    expect(compareLedger(whole, [seen])).toEqual({
      requestsAtVendor: 1,
      requestsLogged: 1,
      explainedExtra: 0,
      mismatches: [],
    });
  });
  it('has one more where the job was handed out again', () => {
    expect(compareLedger([attempted('m1', { deliveryCount: 2 })], [seen, seen])).toMatchObject({
      explainedExtra: 1,
      mismatches: [],
    });
    expect(compareLedger([attempted('m1')], [seen, seen]).mismatches).toHaveLength(1);
  });
  it('has one more where a job that was handed out again was closed', () => {
    expect(compareLedger([closed('m1', 2)], [seen])).toMatchObject({ explainedExtra: 1, mismatches: [] });
    expect(compareLedger([closed('m1', 1)], [seen]).mismatches).toHaveLength(1);
  });
  it('has one less only where the answer is unknown', () => {
    expect(compareLedger([attempted('m1', {}, 'deferred')], []).mismatches).toEqual([]);
    expect(compareLedger([attempted('m1')], []).mismatches).toHaveLength(1);
  });
});
