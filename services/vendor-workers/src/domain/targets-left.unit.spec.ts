import type { PushJob, PushTarget } from '@reveille/contracts/push/job';
import type { DeferredReason } from '@reveille/contracts/push/outcome';
import { describe, expect, it } from 'vitest';
import { targetsLeft } from './targets-left.js';

const target = (deviceId: string): PushTarget => ({
  user: 'bob',
  deviceId,
  tokenRef: 'ref-of-a-token-0000',
  sealedToken: null,
  environment: 'production',
});
const jobAt = (attempt: number, ...devices: string[]) =>
  ({ jobId: 'j', attempt, targets: devices.map(target) }) as unknown as PushJob;
const told = (attempt: number, deliveryCount: number, ...targets: [string, boolean, number | null][]) => ({
  position: 1,
  attempt,
  deliveryCount,
  targets: targets.map(([deviceId, isFinal, notBefore]) => ({
    user: 'bob',
    deviceId,
    isFinal,
    isUnclassified: false,
    deferredFor: null as DeferredReason | null,
    requests: 1,
    notBefore,
    waitsForQuota: false,
  })),
});
const ids = (targets: readonly { deviceId: string }[]) => targets.map(({ deviceId }) => deviceId);

describe('targetsLeft', () => {
  it('sends everything when nothing was said', () => {
    expect(targetsLeft(jobAt(1, 'a', 'b'), [])).toEqual({
      toSend: [target('a'), target('b')],
      toWait: [],
      deliveryCount: 0,
    });
  });

  it('skips what is final at any attempt, and what was closed', () => {
    const left = targetsLeft(jobAt(2, 'a', 'b', 'c'), [
      told(1, 1, ['a', true, null]),
      told(2, 0, ['b', true, null]),
    ]);
    expect([ids(left.toSend), ids(left.toWait)]).toEqual([['c'], []]);
  });

  it('skips what a later attempt speaks of', () => {
    expect(
      targetsLeft(jobAt(1, 'a'), [told(1, 1, ['a', false, 50]), told(2, 1, ['a', false, 90])]).toSend,
    ).toEqual([]);
    expect(
      targetsLeft(jobAt(1, 'a'), [told(1, 1, ['a', false, 50]), told(2, 1, ['a', false, 90])]).toWait,
    ).toEqual([]);
  });

  it('carries along what this attempt has taught of the requests, and nothing of earlier ones, which the job knows', () => {
    const deferred = (
      attempt: number,
      deferredFor: DeferredReason,
      ...of: [string, boolean, number | null][]
    ) => {
      const record = told(attempt, 1, ...of);
      return { ...record, targets: record.targets.map((each) => ({ ...each, deferredFor })) };
    };
    const left = targetsLeft(jobAt(2, 'a', 'b', 'c'), [
      deferred(1, 'throttled', ['a', false, 10], ['b', false, 10], ['c', false, 10]),
      // Handed back twice: the credential was refused.
      deferred(2, 'credential-refused', ['a', false, null]),
      deferred(2, 'credential-refused', ['a', false, null]),
      deferred(2, 'no-answer', ['b', false, 50]),
    ]);
    expect(left.toSend).toEqual([{ ...target('a'), refusals: 2, mayHaveArrived: false }, target('c')]);
    expect(left.toWait).toEqual([{ ...target('b'), mayHaveArrived: true, notBefore: 50 }]);
  });

  it('waits for what was deferred at this attempt with a time', () => {
    const left = targetsLeft(jobAt(2, 'a', 'b'), [
      told(1, 1, ['a', false, 10], ['b', false, 10]),
      told(2, 1, ['a', false, 50]),
    ]);
    expect(left.toWait).toEqual([{ ...target('a'), notBefore: 50 }]);
    expect(ids(left.toSend)).toEqual(['b']);
  });

  it('sends what was handed back without a time, and counts its deliveries', () => {
    const left = targetsLeft(jobAt(1, 'a'), [told(1, 1, ['a', false, null]), told(1, 4, ['a', false, null])]);
    expect([ids(left.toSend), left.deliveryCount]).toEqual([['a'], 4]);
  });

  it('does not take another user of the device for this one', () => {
    const record = {
      position: 1,
      attempt: 1,
      deliveryCount: 1,
      targets: told(1, 1, ['a', true, null]).targets.map((of) => ({ ...of, user: 'eve' })),
    };
    expect(ids(targetsLeft(jobAt(1, 'a'), [record]).toSend)).toEqual(['a']);
  });

  it('is the same whether events come once or twice', () => {
    const records = [told(1, 1, ['a', true, null]), told(1, 1, ['b', false, 50])];
    expect(targetsLeft(jobAt(1, 'a', 'b', 'c'), [...records, ...records])).toEqual(
      targetsLeft(jobAt(1, 'a', 'b', 'c'), records),
    );
  });

  describe('of a job that was given up at attempt 2 and begun again', () => {
    const unclassified = (deviceId: string, position: number) => {
      const record = told(2, 1, [deviceId, true, null]);
      return { ...record, position, targets: record.targets.map((of) => ({ ...of, isUnclassified: true })) };
    };
    const redriven = (...devices: string[]) =>
      ({ ...jobAt(1, ...devices), redrive: { letter: 9, attempt: 2, after: 100 } }) as PushJob;

    it('sends what nobody knew the answer to, and what had only waited for that attempt', () => {
      const left = targetsLeft(redriven('a', 'b'), [
        told(1, 1, ['a', false, 50], ['b', false, 50]),
        unclassified('a', 7),
      ]);
      expect([ids(left.toSend), ids(left.toWait)]).toEqual([['a', 'b'], []]);
    });

    it('leaves what was final, and what waits in a job of its own', () => {
      const said = [told(2, 1, ['a', true, null], ['b', false, 90]), unclassified('c', 7)];
      expect(ids(targetsLeft(redriven('a', 'b', 'c'), said).toSend)).toEqual(['c']);
    });

    it('given up at attempt 1: leaves what waits for attempt 2 in a job of its own', () => {
      const first = { ...jobAt(1, 'a', 'b'), redrive: { letter: 9, attempt: 1, after: 100 } } as PushJob;
      const record = told(1, 1, ['a', true, null], ['b', false, 90]);
      const [given, waiting] = record.targets as [(typeof record.targets)[0], (typeof record.targets)[0]];
      const said = [{ ...record, position: 7, targets: [{ ...given, isUnclassified: true }, waiting] }];
      const left = targetsLeft(first, said);
      expect([ids(left.toSend), ids(left.toWait)]).toEqual([['a'], []]);
    });

    it('does not send what it has sent itself, whatever the answer', () => {
      expect(targetsLeft(redriven('a'), [unclassified('a', 7), unclassified('a', 101)]).toSend).toEqual([]);
      const waiting = [unclassified('a', 7), { ...told(1, 2, ['a', false, 90]), position: 102 }];
      expect(ids(targetsLeft(redriven('a'), waiting).toWait)).toEqual(['a']);
    });
  });
});
