import type { PushWithdrawn, WithdrawalJob, WithdrawalOutcome } from '@reveille/contracts/push/withdrawal';
import { beforeEach, describe, expect, it } from 'vitest';
import type {
  Admission,
  CredentialState,
  Opening,
  PastQuestion,
  PushRecord,
  TargetBinding,
  VendorLine,
  WithdrawalDelivery,
} from '../ports.js';
import type { VendorAnswer } from '../vendor.js';
import { withdrawPush } from './withdraw-push.js';

const now = 1_000_000;
const pushJobId = 'm1:0:0:huawei:0';
const target = (deviceId: string, notBefore: number | null = null) => ({
  user: 'bob',
  deviceId,
  tokenRef: `ref-of-the-token-${deviceId}`,
  notBefore,
});
const job = (more: Partial<WithdrawalJob> = {}): WithdrawalJob => ({
  jobId: `wd:${pushJobId}`,
  pushJobId,
  messageId: 'm1',
  vendor: 'huawei',
  lane: 'normal',
  attempt: 1,
  backoffStep: 0,
  because: 'revoked',
  partition: 7,
  settledAt: now - 1_000,
  revokedAt: now - 500,
  pushExpiresAt: now + 50_000,
  strategy: 'alert',
  collapse: 'm1',
  expiresAt: now + 60_000,
  targets: [target('a')],
  ...more,
});
type Word = Partial<PushRecord['targets'][number]>;
const record = (position: number, words: Record<string, Word>, attempt = 1): PushRecord => ({
  position,
  startedAt: now,
  attempt,
  deliveryCount: 1,
  targets: Object.entries(words).map(([deviceId, word]) => ({
    user: 'bob',
    deviceId,
    isFinal: true,
    isUnclassified: false,
    deferredFor: null,
    requests: 1,
    mayBeShown: true,
    notBefore: null,
    waitsForQuota: false,
    ...word,
  })),
});
const accepted: WithdrawalOutcome = { kind: 'accepted' };
const refusedCredential: WithdrawalOutcome = {
  kind: 'deferred',
  reason: 'credential-refused',
  vendorCode: 'http-403',
  retryAfterMs: null,
};
const throttled: WithdrawalOutcome = {
  kind: 'deferred',
  reason: 'throttled',
  vendorCode: 'http-503',
  retryAfterMs: 2_000,
};

let pushes: PushRecord[];
let withdrawals: PushRecord[];
let bindings: Record<string, TargetBinding>;
/** By token. */
let outcomes: Record<string, WithdrawalOutcome>;
let credential: CredentialState;
/** Null: as it was. */
let renewed: CredentialState | null;
let admission: Admission;
let answer: VendorAnswer;
let time: number;
let isShut: boolean;
let hasLine: boolean;
let hasWay: boolean;
let did: string[];
let told: PushWithdrawn[];
let asked: Pick<PastQuestion, 'jobId' | 'since' | 'until'>[];
/** How many events about the push were read. */
let read: number;
let later: { job: WithdrawalJob; at: number }[];

beforeEach(() => {
  [pushes, withdrawals, bindings, outcomes] = [[record(1, { a: {} })], [], {}, {}];
  credential = { kind: 'ready', credential: { authorization: 'x', renewAt: 0, generation: 0 } };
  [renewed, asked, read] = [null, [], 0];
  admission = { kind: 'open', opening: opening() };
  answer = { kind: 'answered', status: 200, headers: {}, body: new Uint8Array() };
  [time, isShut, hasLine, hasWay, did, told, later] = [now, false, true, true, [], [], []];
});

const opening = (): Opening => ({
  signal: new AbortController().signal,
  shut: ({ cause }) => void did.push(`shut ${cause}`),
  heed: (heard) => void did.push(`heed ${heard.length}`),
  serviceWaitMs: () => 0,
});

function line(): VendorLine {
  const withdrawal = {
    buildRequests: (collapse: string, targets: readonly { token: string }[]) => {
      did.push(`ask ${collapse} ${targets.map(({ token }) => token).join('+')}`);
      return [{ targets, request: {} }];
    },
    readOutcomes: (targets: readonly { token: string }[]) =>
      targets.map(({ token }) => outcomes[token] ?? accepted),
  };
  return {
    channel: { withdrawal: hasWay ? withdrawal : null },
    sender: { send: async () => answer },
    gate: {
      isShut,
      enter: async () => admission,
    },
    pace: {
      take: async () => ({ end: (asked: number) => void did.push(`paced ${asked}`) }),
      heed: () => void did.push('pace heeds'),
    },
    allowances: { renewsAt: () => now + 5_000_000 },
    credential: async () => credential,
    renewedCredential: async () => renewed ?? credential,
  } as unknown as VendorLine;
}

function handle(more: Partial<WithdrawalJob> = {}, deliveryCount = 1) {
  const delivery: WithdrawalDelivery = {
    app: 'demo',
    job: job(more),
    envelopeId: 'e1',
    traceparent: null,
    deliveryCount,
    storedAt: now,
    isRepeat: deliveryCount > 1,
  };
  return withdrawPush({
    lines: {
      of: () => (hasLine ? line() : null),
      openToken: (sealed) => sealed.replace('sealed-', ''),
      isSealedNow: () => true,
    },
    facts: {
      past: async (_app, question) => {
        const { jobId, since, until } = question;
        asked.push({ jobId, since, until });
        const records = jobId === pushJobId ? pushes : withdrawals;
        const end = records.findIndex((_record, index) => question.isEnough(records.slice(0, index + 1)));
        if (jobId === pushJobId) read = end === -1 ? records.length : end + 1;
        return end === -1 ? records : records.slice(0, end + 1);
      },
      bindings: async (_app, _vendor, _kind, targets) =>
        targets.map(
          ({ deviceId, tokenRef }) =>
            bindings[deviceId] ?? {
              state: 'bound',
              tokenRef,
              sealedToken: `sealed-${deviceId}`,
              environment: 'production',
              bundle: null,
            },
        ),
    },
    journal: {
      withdrawn: async (_delivery, event) => {
        did.push('told');
        told.push(event);
      },
      later: async (_delivery, waiting, at) => {
        did.push('later');
        later.push({ job: waiting, at });
      },
    },
    machine: { now: () => time, random: () => 0 },
  })(delivery);
}
const said = () =>
  told.flatMap((event) => event.outcomes.map(({ deviceId, outcome }) => [deviceId, outcome]));

describe('a withdrawal', () => {
  it('asks for what was shown in one request, and says what came of it', async () => {
    pushes = [record(1, { a: {}, b: {} })];
    expect(await handle({ targets: [target('a'), target('b')] })).toEqual({ kind: 'done' });
    expect(did).toEqual(['ask m1 a+b', 'paced 2', 'told']);
    expect(told[0]).toMatchObject({ jobId: `wd:${pushJobId}`, pushJobId, attempt: 1, deliveryCount: 1 });
    expect(told[0]?.outcomes.map(({ requests, notBefore }) => [requests, notBefore])).toEqual([
      [1, null],
      [1, null],
    ]);
  });

  it('has nothing to do where nothing went out', async () => {
    pushes = [record(1, { a: { mayBeShown: false } })];
    expect(await handle()).toEqual({ kind: 'done' });
    expect(did).toEqual([]);
  });

  it('asks also where a push ended after a request whose answer nobody has', async () => {
    pushes = [record(1, { a: { isFinal: false } }), record(2, { a: { mayBeShown: false } }, 2)];
    await handle();
    expect(said()).toEqual([['a', accepted]]);
  });

  it('asks also where a push ended with an answer that nobody knew: it may have been redriven', async () => {
    pushes = [record(1, { a: { mayBeShown: false, isUnclassified: true } })];
    await handle();
    expect(said()).toEqual([['a', accepted]]);
  });

  it('is refused, and the line goes on, where the vendor does not let this app take back', async () => {
    pushes = [record(1, { a: {}, b: {} })];
    outcomes = { a: refusedCredential };
    expect(await handle({ targets: [target('a'), target('b')] })).toEqual({ kind: 'done' });
    expect(said()).toEqual([
      ['a', { kind: 'refused', vendorCode: 'http-403' }],
      ['b', accepted],
    ]);
    expect(did).toEqual(['ask m1 a+b', 'paced 2', 'told']);
  });

  it('keeps its trouble to itself: neither gate nor pace is told', async () => {
    outcomes = { a: throttled };
    await handle();
    expect(did).toEqual(['ask m1 a', 'paced 1', 'told', 'later']);
  });

  it('waits for a push that may still go out, and asks for the others meanwhile', async () => {
    pushes = [record(1, { a: {}, b: { isFinal: false, mayBeShown: false } })];
    await handle({ targets: [target('a'), target('b')] });
    expect(said()).toEqual([['a', accepted]]);
    expect(later[0]?.job).toMatchObject({ attempt: 2, backoffStep: 1, targets: [{ deviceId: 'b' }] });
    expect(later[0]?.at).toBeGreaterThan(now);
    expect(did.indexOf('told')).toBeLessThan(did.indexOf('later'));
  });

  it('looks for its push from the verdict to its end, for itself from the revocation', async () => {
    await handle({ settledAt: 5, pushExpiresAt: 800 });
    expect(asked).toEqual([
      { jobId: `wd:${pushJobId}`, since: now - 500, until: null },
      { jobId: pushJobId, since: 5, until: 300_800 },
    ]);
  });

  it('reads on until each target was shown, and no further', async () => {
    const isOpen = { isFinal: false, mayBeShown: false };
    pushes = [record(1, { a: {}, b: isOpen }), record(2, { b: {} }, 2), record(3, { a: isOpen })];
    await handle({ targets: [target('a'), target('b')] });
    expect(said()).toEqual([
      ['a', accepted],
      ['b', accepted],
    ]);
    expect(read).toBe(2);
  });

  it('waits for nothing where the push’s time is over: what has no end is asked for once', async () => {
    pushes = [record(1, { a: {}, c: { mayBeShown: false } })];
    const targets = [target('a'), target('b'), target('c')];
    await handle({ targets, pushExpiresAt: now - 300_000 });
    expect([said(), later]).toEqual([
      [
        ['a', accepted],
        ['b', accepted],
      ],
      [],
    ]);
  });

  it('comes again for what was deferred, not before the vendor wants it', async () => {
    pushes = [record(1, { a: {}, b: {} })];
    outcomes = { b: throttled };
    await handle({ targets: [target('a'), target('b')] });
    expect(later).toMatchObject([
      { at: now + 2_000, job: { attempt: 2, targets: [{ deviceId: 'b', notBefore: now + 2_000 }] } },
    ]);
    expect(told[0]?.outcomes.map(({ notBefore }) => notBefore)).toEqual([null, now + 2_000]);
  });

  it('does not ask before a target’s time, and keeps it', async () => {
    await handle({ attempt: 2, targets: [target('a', now + 700)] });
    expect([did, later[0]?.at]).toEqual([['later'], now + 700]);
  });

  it('that comes again finishes what the delivery before it left', async () => {
    pushes = [record(1, { a: {}, b: {}, c: {} })];
    withdrawals = [record(5, { a: {}, b: { isFinal: false, notBefore: now + 900 } })];
    await handle({ targets: [target('a'), target('b'), target('c')] }, 2);
    expect(did).toEqual(['ask m1 c', 'paced 1', 'told', 'later']);
    expect(told[0]).toMatchObject({ deliveryCount: 2 });
    expect(later[0]).toMatchObject({ at: now + 900, job: { targets: [{ deviceId: 'b' }] } });
  });

  it('of a device that nobody is bound to any more cannot be', async () => {
    bindings = { a: { state: 'gone', reason: 'logged-out' } };
    await handle();
    expect(said()).toEqual([['a', { kind: 'impossible', reason: 'logged-out' }]]);
    expect(did).toEqual(['told']);
  });

  it('ends with its time, with its app, and where these settings leave no way', async () => {
    time = now + 60_000;
    await handle();
    [time, hasLine] = [now, false];
    await handle();
    [hasLine, hasWay] = [true, false];
    await handle();
    expect(said().map(([, outcome]) => outcome)).toEqual(
      ['expired', 'app-removed', 'unsupported'].map((reason) => ({ kind: 'impossible', reason })),
    );
    expect(did).toEqual(['told', 'told', 'told']);
  });
});

describe('a line that is shut', () => {
  it('gets its withdrawals back', async () => {
    isShut = true;
    expect(await handle()).toEqual({ kind: 'handBack' });
    isShut = false;
    admission = { kind: 'shut' };
    expect(await handle()).toEqual({ kind: 'handBack' });
    expect(did).toEqual(['paced 0']);
  });

  it('is shut by a refused credential', async () => {
    credential = { kind: 'refused', cause: 'no such file' };
    expect(await handle()).toEqual({ kind: 'handBack' });
    expect(did).toEqual(['shut no such file', 'paced 0']);
  });

  it('is shut by a credential that cannot be renewed', async () => {
    outcomes = { a: { ...refusedCredential, reason: 'credential-expired' } };
    renewed = { kind: 'refused', cause: 'no such key' };
    await handle();
    expect(did).toEqual(['ask m1 a', 'shut no such key', 'paced 1', 'told', 'later']);
  });

  it('is never probed by a withdrawal: it waits until a push was', async () => {
    admission = {
      kind: 'probe',
      opening: opening(),
      passed: () => void did.push('passed'),
      abandon: () => void did.push('abandoned'),
    };
    pushes = [record(1, { a: {}, b: {} })];
    bindings = { b: { state: 'gone', reason: 'logged-out' } };
    expect(await handle({ targets: [target('a'), target('b')] })).toEqual({ kind: 'done' });
    expect(did).toEqual(['abandoned', 'paced 0', 'told', 'later']);
    expect(said()).toEqual([['b', { kind: 'impossible', reason: 'logged-out' }]]);
    expect(later[0]?.job).toMatchObject({ attempt: 2, backoffStep: 1, targets: [{ deviceId: 'a' }] });
    expect(later[0]?.at).toBeGreaterThan(now);
  });
});
