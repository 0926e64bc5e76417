import { describe, expect, it } from 'vitest';
import { auditLog } from './audit-log.js';
import type { LogEntry } from './log-entry.js';
import { faultsOf } from './audit-report.js';
import { accepted, attempted, job, settled } from '../testing/log-entries.js';

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
  it('sees a push, or a job that waits, for a device whose verdict is a no', () => {
    const found = ['demo/m1 bob/d1'];
    const no = [accepted('m1'), settled('m1', 'withheld')];
    expect(auditLog([...no, attempted('m1')], 2_000).pushedThoughWithheld).toEqual(found);
    expect(auditLog([...no, attempted('m1', {}, 'deferred')], 2_000).pushedThoughWithheld).toEqual(found);
    const waiting = auditLog([...no, job('m1')], 2_000);
    expect(waiting.pushedThoughWithheld).toEqual(found);
    expect(faultsOf(waiting)).toBe(1);
    expect(faultsOf(auditLog(no, 2_000))).toBe(0);
  });
  it('sees a push for a device of which the verdicts on its user do not speak', () => {
    const other = attempted('m1', {}, 'accepted', 'd2');
    expect(auditLog([...whole, other], 2_000).pushedThoughWithheld).toEqual(['demo/m1 bob/d2']);
    // Its verdict came after the log was read: the message is missing one, nothing else can be said.
    expect(auditLog([accepted('m1'), attempted('m1')], 2_000)).toMatchObject({
      missing: ['demo/m1'],
      pushedThoughWithheld: [],
    });
    // Its verdict has left the log.
    expect(faultsOf(auditLog([attempted('m1')], 2_000))).toBe(0);
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

  describe('of work that was given up', () => {
    const unclassified = attempted('m1', {}, 'unclassified');
    const letter = (
      type: 'dead-letter-redriven' | 'dead-letter-dropped',
      jobId: string | null,
    ): LogEntry => ({
      ...accepted('m1'),
      type,
      data: {
        letter: 9,
        stream: 'PUSH_JOBS',
        consumer: 'c',
        sequence: 1,
        reason: 'unclassified answer',
        messageId: 'm1',
        jobId,
        by: 'ana',
        because: null,
      },
    });
    const begun = [accepted('m1'), settled('m1')];
    const jobId = 'm1:0:0:apns:0';

    it('takes one more attempt after a redrive, and not a second one', () => {
      const again = letter('dead-letter-redriven', jobId);
      expect(auditLog([...begun, again, unclassified, attempted('m1')], 2_000)).toMatchObject({
        unexplainedDuplicates: [],
        pushes: { accepted: 1, rejected: 0 },
      });
      const found = ['demo/m1 bob/d1'];
      expect(auditLog([...begun, unclassified, attempted('m1')], 2_000).unexplainedDuplicates).toEqual(found);
      const twice = [...begun, again, unclassified, attempted('m1'), attempted('m1')];
      expect(auditLog(twice, 2_000).unexplainedDuplicates).toEqual(found);
    });

    it('does not miss what an operator has dropped', () => {
      expect(auditLog([...begun, letter('dead-letter-dropped', jobId)], 2_000)).toMatchObject({
        jobsLost: [],
        pushes: { closed: 1 },
      });
      expect(
        auditLog([...begun, letter('dead-letter-dropped', 'm1:0:0:fcm:0')], 2_000).jobsLost,
      ).toHaveLength(1);
      expect(faultsOf(auditLog([accepted('m1'), letter('dead-letter-dropped', null)], 2_000))).toBe(0);
    });
  });
});
