import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { accepted, attempted, closed, ref, settled } from '../testing/log-entries.js';
import type { SandboxRequest } from '../town/sandbox-client.js';
import { compareLedger } from './compare-ledger.js';
import { collectNames } from './log-names.js';
import { nameRequests } from './name-requests.js';

/** A request for Bob's device; the attempt of the log lasts from 3 to 4. */
const seen = (arrivedAt = 3, device = 'demo/m1 bob/d1') => ({ device, arrivedAt });

describe("the vendor's ledger beside the log", () => {
  it('is equal', () => {
    expect(compareLedger([accepted('m1'), settled('m1'), attempted('m1')], [seen()])).toEqual({
      requestsAtVendor: 1,
      requestsLogged: 1,
      explainedExtra: 0,
      excused: [],
      mismatches: [],
    });
  });
  it('has one more where the job was handed out again', () => {
    for (const again of [{ deliveryCount: 2 }, { repeat: true }])
      expect(compareLedger([attempted('m1', again)], [seen(1), seen()])).toMatchObject({
        excused: [seen(1)],
        mismatches: [],
      });
    expect(compareLedger([attempted('m1')], [seen(1), seen()]).mismatches).toHaveLength(1);
  });
  it('has one more where a job that was handed out again was closed', () => {
    expect(compareLedger([closed('m1', 2)], [seen(1)])).toMatchObject({ explainedExtra: 1, mismatches: [] });
    expect(compareLedger([closed('m1', 1)], [seen(1)]).mismatches).toHaveLength(1);
  });
  it('has one less only where the answer is unknown', () => {
    expect(compareLedger([attempted('m1', {}, 'deferred')], []).mismatches).toEqual([]);
    expect(compareLedger([attempted('m1')], []).mismatches).toHaveLength(1);
  });

  it('excuses one request a repeat, not two', () => {
    const log = [attempted('m1', { repeat: true })];
    expect(compareLedger(log, [seen(1), seen(2), seen()]).mismatches).toEqual([
      'demo/m1 bob/d1: 3 requests at the vendor, 1 in the log, 1 that a repeat excuses',
    ]);
  });
  it('excuses nothing that came while the repeat itself was at work, or after it', () => {
    const log = [attempted('m1', { repeat: true })];
    expect(compareLedger(log, [seen(3), seen(4)]).mismatches).toHaveLength(1);
    expect(compareLedger(log, [seen(3), seen(9)]).mismatches).toHaveLength(1);
  });
  it('excuses nothing of another device, and nothing by the repeat of another attempt that has its event', () => {
    const both = [attempted('m1', { repeat: true }), attempted('m1', {}, 'accepted', 'd2')];
    const d2 = 'demo/m1 bob/d2';
    expect(compareLedger(both, [seen(), seen(1, d2), seen(3, d2)]).mismatches).toHaveLength(1);
    const logged = [attempted('m1', {}, 'deferred'), attempted('m1', { deliveryCount: 2, repeat: true })];
    expect(compareLedger(logged, [seen(1), seen(), seen()]).mismatches).toHaveLength(1);
  });
});

describe("the log's name of a request", () => {
  const key = Buffer.from('key');
  const tokenRef = createHmac('sha256', key).update('demo|apns|t1').digest('base64url').slice(0, 32);
  const log = [attempted('m1')].map(
    (entry) => JSON.parse(JSON.stringify(entry).replaceAll(ref, tokenRef)) as typeof entry,
  );
  const name = nameRequests(key, collectNames(log));
  const request: SandboxRequest = {
    vendor: 'apns',
    token: 't1',
    topic: 'any.bundle.at.all',
    collapseId: 'm1',
    tag: null,
    pushType: null,
    traceparent: null,
    arrivedAt: 3,
    status: 200,
    fault: null,
  };
  it('is that of its token, whatever its topic is', () => {
    expect(name(request)).toEqual(seen());
    expect(compareLedger(log, [name(request)]).mismatches).toEqual([]);
  });
  it('is none for a token that no fact speaks of, and the request has to be explained', () => {
    expect(compareLedger(log, [name(request), name({ ...request, token: 't2' })]).mismatches).toHaveLength(1);
  });
  it('is that of its trace where the vendor knows the message by another word', () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const traced = log.map((entry) => ({ ...entry, traceId: trace }));
    const other = {
      ...request,
      collapseId: null,
      tag: '1234',
      traceparent: `00-${trace}-b7ad6b7169203331-01`,
    };
    expect(nameRequests(key, collectNames(traced))(other)).toEqual(seen());
    // Nothing knows this trace: the request has to be explained.
    expect(compareLedger(log, [name(request), name(other)]).mismatches).toHaveLength(1);
    // A trace of two messages names neither.
    const shared = [...traced, { ...accepted('m2'), traceId: trace }];
    expect(nameRequests(key, collectNames(shared))(other).device).toContain('demo/1234');
  });
});
