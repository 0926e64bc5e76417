import type { PushJob, PushTarget } from '@reveille/contracts/push/job';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { describe, expect, it } from 'vitest';
import { dispositionOf, type TargetResult } from './disposition-of.js';

const now = 1_000_000;
const target = (deviceId: string, notBefore: number | null = null): PushTarget => ({
  user: 'bob',
  deviceId,
  tokenRef: 'ref-of-a-token-0000',
  sealedToken: 's',
  environment: 'production',
  notBefore,
});
const job = {
  jobId: 'j',
  attempt: 3,
  backoffStep: 1,
  repeat: true,
  targets: [],
  notification: { expiresAt: now + 100_000 },
} as unknown as PushJob;
const result = (deviceId: string, outcome: PushOutcome, notBefore: number | null = null): TargetResult => ({
  target: target(deviceId, notBefore),
  outcome,
  requests: 1,
  requestId: null,
  traceparent: null,
});
const accepted: PushOutcome = { kind: 'accepted', vendorId: null };
const rejected: PushOutcome = {
  kind: 'rejected',
  reason: 'token-unregistered',
  vendorCode: 'x',
  observedAt: null,
};
const deferred = (
  reason: Extract<PushOutcome, { kind: 'deferred' }>['reason'],
  retryAfterMs: number | null = null,
  vendorCode = 'x',
): PushOutcome => ({
  kind: 'deferred',
  reason,
  vendorCode,
  retryAfterMs,
});

const renewsAt = now + 50_000;
const disposed = (of: PushJob, results: readonly TargetResult[], at: number, random: number) =>
  dispositionOf(of, results, { now: at, random, quotaRenewsAt: renewsAt });

describe('dispositionOf', () => {
  it('ends when everything is final', () => {
    expect(disposed(job, [result('a', accepted), result('b', rejected)], now, 0)).toEqual({
      notBefores: [null, null],
      later: null,
      isHandedBack: false,
      unclassified: [],
      closed: [],
    });
  });

  it('lets only the unfinished wait, one attempt on, and not as a repeat', () => {
    const { later, notBefores } = disposed(
      job,
      [result('a', accepted), result('b', deferred('throttled', 2_000))],
      now,
      0,
    );
    expect(notBefores).toEqual([null, now + 2_000]);
    expect(later?.at).toBe(now + 2_000);
    expect(later?.job).toMatchObject({
      attempt: 4,
      backoffStep: 2,
      repeat: false,
      targets: [target('b', now + 2_000)],
    });
  });

  it('comes back for the first, and tells each its own time', () => {
    const { later } = disposed(
      job,
      [result('a', deferred('throttled', 60_000)), result('b', deferred('throttled', 2_000))],
      now,
      0,
    );
    expect(later?.at).toBe(now + 2_000);
    expect(later?.job.targets.map(({ notBefore }) => notBefore)).toEqual([now + 60_000, now + 2_000]);
  });

  it('keeps together what backs off without a hint', () => {
    const { notBefores } = disposed(
      job,
      [result('a', deferred('no-answer')), result('b', deferred('vendor-unavailable'))],
      now,
      0.7,
    );
    expect(notBefores[0]).toBe(notBefores[1]);
  });

  it('a target that is not due keeps its time and does not let the backoff grow', () => {
    const { later, notBefores } = disposed(job, [result('a', deferred('throttled'), now + 5_000)], now, 0);
    expect([notBefores, later?.job.backoffStep]).toEqual([[now + 5_000], 1]);
  });

  it('comes back at the latest when its time to live ends', () => {
    expect(disposed(job, [result('a', deferred('throttled', 3_600_000))], now, 0).later?.at).toBe(
      now + 100_000,
    );
  });

  it('is handed back, at no cost, when only the credential stands in the way', () => {
    const results = [
      result('a', accepted),
      result('b', deferred('credential-refused')),
      result('c', deferred('not-sent', null, 'withdrawn')),
    ];
    expect(disposed(job, results, now, 0)).toMatchObject({
      notBefores: [null, null, null],
      later: null,
      isHandedBack: true,
    });
  });

  it('cannot be handed back when something else waits too: all of it waits', () => {
    const { later, isHandedBack } = disposed(
      job,
      [result('a', deferred('credential-refused')), result('b', deferred('throttled', 2_000))],
      now,
      0,
    );
    expect([isHandedBack, later?.at, later?.job.targets.length]).toEqual([false, now, 2]);
  });

  it('tries again at once with a renewed credential', () => {
    expect(disposed(job, [result('a', deferred('credential-expired'))], now, 0).later).toMatchObject({
      at: now,
      job: { backoffStep: 1 },
    });
  });

  it('names the codes that no table knows', () => {
    const odd: PushOutcome = {
      kind: 'rejected',
      reason: 'unclassified',
      vendorCode: 'Teapot',
      observedAt: null,
    };
    expect(disposed(job, [result('a', odd)], now, 0).unclassified).toEqual(['Teapot']);
  });
});
