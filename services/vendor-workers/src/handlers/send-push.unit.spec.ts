import { UnavailableError } from '@reveille/contracts/errors';
import type { PushAttempted, PushClosed } from '@reveille/contracts/push/events';
import type { PushJob, PushTarget } from '@reveille/contracts/push/job';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { describe, expect, it } from 'vitest';
import type {
  Admission,
  CredentialState,
  JobDelivery,
  Opening,
  PushRecord,
  TargetBinding,
} from '../ports.js';
import type { BuiltPush, Credential, OpenTarget, VendorAnswer, VendorRequest } from '../vendor.js';
import type { TargetResult } from '../domain/disposition-of.js';
import type { VendorQuota } from '../vendor.js';
import { sendPush } from './send-push.js';

const now = 1_760_000_000_000;
const target = (deviceId: string, more: Partial<PushTarget> = {}): PushTarget => ({
  user: 'bob',
  deviceId,
  tokenRef: 'ref-of-a-token-0000',
  sealedToken: `v1.k1.${deviceId}`,
  environment: 'production',
  ...more,
});
const job = (more: Partial<PushJob> = {}): PushJob => ({
  jobId: 'm1:0:0:apns:0',
  messageId: 'm1',
  chunk: 0,
  round: 0,
  vendor: 'apns',
  lane: 'normal',
  attempt: 1,
  backoffStep: 0,
  repeat: false,
  partition: 1,
  settledAt: now - 100,
  acceptedAt: now - 200,
  targets: [target('a')],
  notification: {
    strategy: 'alert',
    title: '',
    content: '',
    payload: '',
    threadId: '',
    badgeIncrement: null,
    resourcesId: '',
    sender: 'ann',
    collapse: 'm1',
    sentAt: now,
    expiresAt: now + 60_000,
  },
  ...more,
});
const delivery = (of: PushJob = job(), more: Partial<JobDelivery> = {}): JobDelivery => ({
  app: 'shop',
  job: of,
  envelopeId: 'e1',
  traceparent: null,
  deliveryCount: 1,
  storedAt: now - 10,
  isRepeat: false,
  ...more,
});
const answered = (status: number, reason = ''): VendorAnswer => ({
  kind: 'answered',
  status,
  headers: {},
  body: Buffer.from(reason),
});

/** The world around the handler: what it says and what was done, in order. */
function world(answers: Record<string, VendorAnswer> = {}) {
  const did: string[] = [];
  const attempted: PushAttempted[] = [];
  const closed: PushClosed[] = [];
  const later: { job: PushJob; at: number }[] = [];
  const state = {
    history: [] as PushRecord[],
    bindings: {} as Record<string, TargetBinding>,
    standing: {} as Record<string, 'revoked'>,
    admission: null as Admission | null,
    credential: {
      kind: 'ready',
      credential: { authorization: 'x', renewAt: 0, generation: 0 },
    } as CredentialState,
    renewed: {
      kind: 'ready',
      credential: { authorization: 'y', renewAt: 0, generation: 1 },
    } as CredentialState,
    isConfigured: true,
    now,
    heeded: [] as PushOutcome[],
    /** How long a job waits for its turn; null: it is let go. */
    paceMs: 0 as number | null,
    asked: [] as number[],
    quota: null as VendorQuota | null,
    /** What the vendor takes its time for after the quota was asked. */
    answerMs: 0,
    /** By how much the day's turn is moved when a job has been let wait. */
    turnsMeanwhileMs: 0,
    turnedAtMs: 0,
    /** Devices whose quota is spent. */
    spent: [] as string[],
    settled: [] as TargetResult[],
    renewalFault: null as Error | null,
    /** The requests that each span ended with. */
    ended: [] as number[],
    /** Where each that was heeded had come from, and the service that is out; null: targets lead to the vendor alone. */
    heardOf: [] as (string | undefined)[],
    out: null as string | null,
    isShut: false,
    opensTokens: true,
  };
  const halt = new AbortController();
  const opening: Opening = {
    signal: halt.signal,
    shut: ({ cause }) => {
      state.isShut = true;
      halt.abort();
      did.push(`shut ${cause}`);
    },
    heed: (heard) => {
      state.heeded.push(...heard.map(({ outcome }) => outcome));
      state.heardOf.push(...heard.map(({ origin }) => origin));
    },
    serviceWaitMs: (origin) => (origin === state.out ? 5_000 : 0),
  };
  const gate = {
    get isShut() {
      return state.isShut;
    },
    enter: async (): Promise<Admission> => state.admission ?? { kind: 'open', opening },
  };
  const meaning: Record<string, object> = {
    '200': { kind: 'accepted', vendorId: 'v' },
    '429': { kind: 'deferred', reason: 'throttled', vendorCode: 'TooManyRequests', retryAfterMs: 2_000 },
    '403': {
      kind: 'deferred',
      reason: 'credential-refused',
      vendorCode: 'InvalidProviderToken',
      retryAfterMs: null,
    },
    '401': {
      kind: 'deferred',
      reason: 'credential-expired',
      vendorCode: 'ExpiredProviderToken',
      retryAfterMs: null,
    },
    '418': { kind: 'rejected', reason: 'unclassified', vendorCode: 'Teapot', observedAt: null },
  };
  const line = {
    gate,
    pace: {
      take: async () => {
        if (state.paceMs === null) return null;
        state.now += state.paceMs;
        return { end: (asked: number) => void state.asked.push(asked) };
      },
      heed: () => undefined,
    },
    allowances: {
      take: async (_quota: unknown, targets: readonly PushTarget[]) => {
        state.now += state.answerMs;
        return {
          spent: targets.map(({ deviceId }) =>
            state.spent.includes(deviceId) ? 'marketing: 2 a day' : null,
          ),
          settle: (results: readonly TargetResult[]) => void state.settled.push(...results),
        };
      },
      renewsAt: (at: number) => {
        const turnsAt = now + 30_000 + state.turnedAtMs;
        return at < turnsAt ? turnsAt : turnsAt + 86_400_000;
      },
    },
    receiptsFor: () => ({ receiptUrl: null, receiptParam: null }),
    credential: async () => state.credential,
    renewedCredential: async () => {
      did.push('renew');
      if (state.renewalFault !== null) throw state.renewalFault;
      return state.renewed;
    },
    channel: {
      get wire() {
        return { originsAreApart: state.out !== null };
      },
      quotaOf: () => state.quota,
      buildRequests: (
        _push: unknown,
        targets: readonly OpenTarget[],
        { credential }: { credential: Credential },
      ): BuiltPush[] =>
        targets.map((open) => ({
          kind: 'request',
          targets: [open],
          requestId: `id-${open.deviceId}`,
          isToStranger: open.deviceId.startsWith('stranger'),
          request: {
            origin: `https://${open.deviceId.split('-')[0]}`,
            path: open.token,
            headers: { authorization: credential.authorization },
          } as unknown as VendorRequest,
        })),
      readOutcomes: (_built: unknown, answer: VendorAnswer) => [
        answer.kind === 'answered'
          ? meaning[String(answer.status)]
          : {
              kind: 'deferred',
              reason: answer.kind === 'unknown' ? 'no-answer' : 'not-sent',
              vendorCode: answer.because,
              retryAfterMs: null,
            },
      ],
      nextRequest: (built: { request: VendorRequest }, answer: VendorAnswer) =>
        answer.kind === 'answered' && answer.status === 400
          ? {
              request: { ...built.request, path: `other-${built.request.path}` },
              repeatsTargets: true,
              readOutcomes: (second: VendorAnswer) =>
                second.kind === 'answered' && second.status === 403
                  ? [{ kind: 'rejected', reason: 'token-malformed', vendorCode: 'Both', observedAt: null }]
                  : line.channel.readOutcomes(null, second),
            }
          : null,
    },
    sender: {
      send: async ({ path }: VendorRequest, signal: AbortSignal): Promise<VendorAnswer> => {
        if (signal.aborted) return { kind: 'not-sent', because: 'withdrawn', cause: '' };
        did.push(`send ${path}`);
        return answers[path] ?? answered(200);
      },
      close: async () => undefined,
    },
  };
  const handle = sendPush({
    machine: { now: () => state.now, random: () => 0, nonce: () => 'nonce' },
    facts: {
      bindings: async (_app, _vendor, kind, targets) => {
        did.push(`presence ${kind}`);
        return targets.map(
          ({ deviceId, tokenRef }) =>
            state.bindings[deviceId] ?? {
              state: 'bound',
              tokenRef,
              sealedToken: `v1.k1.new-${deviceId}`,
              environment: 'production',
              bundle: null,
            },
        );
      },
      standing: async (_app, _messageId, targets) => {
        did.push('router');
        return targets.map(({ deviceId }) => state.standing[deviceId] ?? null);
      },
      history: async () => {
        did.push('history');
        return state.history;
      },
    },
    journal: {
      attempted: async (_delivery, event) => {
        did.push('attempted');
        attempted.push(event);
      },
      closed: async (_delivery, event) => {
        did.push('closed');
        closed.push(event);
      },
      later: async (_delivery, waiting, at) => {
        did.push('later');
        later.push({ job: waiting, at });
        state.turnedAtMs += state.turnsMeanwhileMs;
        return 17;
      },
      moved: async (_delivery, waiting, at, position) => {
        did.push(`moved ${position}`);
        later.push({ job: waiting, at });
      },
    },
    lines: {
      of: () => (state.isConfigured ? (line as never) : null),
      openToken: (sealed) => (state.opensTokens ? sealed.replace('v1.k1.', '') : null),
      isSealedNow: (sealed) => sealed.startsWith('v1.k1.'),
    },
    watch: {
      begin: () => ({ traceparent: 'tp', end: (_outcomes, requests) => void state.ended.push(requests) }),
      checkpoint: (name) => void did.push(name.replace('worker.', '-- ')),
      closed: () => undefined,
      renewalFailed: (_app, _vendor, error) => void did.push(`not renewed: ${String(error)}`),
    },
  });
  return { state, opening, handle, did, attempted, closed, later };
}

describe('sendPush', () => {
  it('sends a fresh job without asking anybody, tells the outcome, and is done', async () => {
    const { handle, did, attempted } = world();
    expect(await handle(delivery())).toEqual({ kind: 'done' });
    expect(did).toEqual(['send a', '-- after-answer', 'attempted', '-- after-outcome', '-- after-schedule']);
    expect(attempted[0]).toMatchObject({
      jobId: 'm1:0:0:apns:0',
      attempt: 1,
      deliveryCount: 1,
      repeat: false,
      outcomes: [
        {
          user: 'bob',
          deviceId: 'a',
          requests: 1,
          notBefore: null,
          requestId: 'id-a',
          traceparent: 'tp',
          outcome: { kind: 'accepted' },
        },
      ],
    });
  });

  it('publishes the schedule only after the outcome, with the unfinished only', async () => {
    const { handle, did, later, attempted } = world({ b: answered(429) });
    expect(await handle(delivery(job({ targets: [target('a'), target('b')] })))).toEqual({ kind: 'done' });
    expect(did).toEqual([
      'send a',
      'send b',
      '-- after-answer',
      'attempted',
      '-- after-outcome',
      'later',
      '-- after-schedule',
    ]);
    expect(later).toEqual([
      {
        at: now + 2_000,
        job: expect.objectContaining({
          attempt: 2,
          targets: [target('b', { notBefore: now + 2_000, refusals: 1, mayHaveArrived: false })],
        }),
      },
    ]);
    expect(attempted[0]?.outcomes.map(({ notBefore }) => notBefore)).toEqual([null, now + 2_000]);
  });

  it.each([
    ['older than 5 s', {}, { storedAt: now - 5_001 }],
    ['redelivered', {}, { isRepeat: true, deliveryCount: 2 }],
    ['marked repeat', { repeat: true }, {}],
    ['past attempt 1', { attempt: 2 }, {}],
    ['without a token', { targets: [target('a', { sealedToken: null })] }, {}],
    ['sealed with another key', { targets: [target('a', { sealedToken: 'v1.old.a' })] }, {}],
  ])(
    'a job that is %s asks presence and router, and takes the token of now',
    async (_name, ofJob, ofDelivery) => {
      const { handle, did } = world();
      await handle(delivery(job(ofJob), ofDelivery));
      expect(did.filter((step) => !step.startsWith('--'))).toEqual(
        expect.arrayContaining(['presence alert', 'router', 'send new-a', 'attempted']),
      );
      expect(did.includes('history')).toBe('repeat' in ofJob || 'isRepeat' in ofDelivery);
    },
  );

  it('asks for the VoIP token of a ring', async () => {
    const { handle, did } = world();
    const ring = job({ attempt: 2 });
    await handle(delivery({ ...ring, notification: { ...ring.notification, strategy: 'voip' } }));
    expect(did).toContain('presence voip');
  });

  it('closes who logged out and what was revoked, and sends to the others', async () => {
    const { handle, state, closed, did, attempted } = world();
    state.bindings['a'] = { state: 'gone', reason: 'logged-out' };
    state.standing['b'] = 'revoked';
    await handle(delivery(job({ attempt: 2, targets: [target('a'), target('b'), target('c')] })));
    expect(closed[0]?.targets.map(({ deviceId, reason }) => [deviceId, reason])).toEqual([
      ['a', 'logged-out'],
      ['b', 'revoked'],
    ]);
    expect(did).toEqual([
      'presence alert',
      'router',
      'closed',
      'send new-c',
      '-- after-answer',
      'attempted',
      '-- after-outcome',
      '-- after-schedule',
    ]);
    expect(attempted[0]?.outcomes.map(({ deviceId }) => deviceId)).toEqual(['c']);
  });

  it.each([
    ['expired', false],
    ['app-removed', true],
  ] as const)('closes everything as %s', async (reason, isLate) => {
    const { handle, state, closed, did } = world();
    state.isConfigured = false;
    const old = job();
    await handle(delivery(isLate ? old : { ...old, notification: { ...old.notification, expiresAt: now } }));
    expect([did, closed[0]?.targets[0]?.reason]).toEqual([['closed'], reason]);
  });

  it('a closing says whether a delivery before it may have sent something', async () => {
    const { handle, state, closed } = world();
    state.standing['a'] = 'revoked';
    await handle({ ...delivery(job()), isRepeat: true, deliveryCount: 2 });
    expect(closed[0]).toMatchObject({ deliveryCount: 2, repeat: true });
  });

  it('a repeat does not send what is final or waits, publishes the schedule again for its time, and names a higher count', async () => {
    const { handle, state, did, later, attempted } = world();
    const said = (deviceId: string, isFinal: boolean, notBefore: number | null) => ({
      user: 'bob',
      deviceId,
      isFinal,
      isUnclassified: false,
      deferredFor: null,
      requests: 1,
      mayBeShown: false,
      notBefore,
      waitsForQuota: false,
    });
    state.history = [
      {
        position: 1,
        startedAt: now,
        attempt: 1,
        deliveryCount: 3,
        targets: [said('a', true, null), said('b', false, now + 9_000), said('c', false, null)],
      },
    ];
    await handle(delivery(job({ targets: [target('a'), target('b'), target('c')] }), { isRepeat: true }));
    expect(did).toEqual([
      'history',
      'presence alert',
      'router',
      'send new-c',
      '-- after-answer',
      'attempted',
      '-- after-outcome',
      'later',
      '-- after-schedule',
    ]);
    expect(later).toEqual([
      {
        at: now + 9_000,
        // The first schedule may stand: whichever comes second looks into PUSHES.
        job: expect.objectContaining({
          attempt: 2,
          repeat: true,
          targets: [target('b', { notBefore: now + 9_000 })],
        }),
      },
    ]);
    expect(attempted[0]).toMatchObject({ deliveryCount: 4, repeat: true, outcomes: [{ deviceId: 'c' }] });
  });

  it('a repeat of which everything is final does nothing', async () => {
    const { handle, state, did } = world();
    state.history = [
      {
        position: 1,
        startedAt: now,
        attempt: 1,
        deliveryCount: 1,
        targets: [
          {
            user: 'bob',
            deviceId: 'a',
            isFinal: true,
            isUnclassified: false,
            deferredFor: null,
            requests: 1,
            mayBeShown: false,
            notBefore: null,
            waitsForQuota: false,
          },
        ],
      },
    ];
    expect(await handle(delivery(job(), { isRepeat: true }))).toEqual({ kind: 'done' });
    expect(did).toEqual(['history']);
  });

  it("does not send before a target's own time, and says so", async () => {
    const { handle, did, attempted, later } = world({ 'new-a': answered(429) });
    await handle(
      delivery(
        job({
          attempt: 2,
          targets: [target('a', { notBefore: now }), target('b', { notBefore: now + 30_000 })],
        }),
      ),
    );
    expect(did.filter((step) => step.startsWith('send'))).toEqual(['send new-a']);
    expect(attempted[0]?.outcomes.map(({ requests, notBefore }) => [requests, notBefore])).toEqual([
      [1, now + 2_000],
      [0, now + 30_000],
    ]);
    expect(later[0]?.job.targets).toHaveLength(2);
    expect(later[0]?.at).toBe(now + 2_000);
  });

  it('tries the one other request, and counts both', async () => {
    const { handle, attempted } = world({ a: answered(400) });
    await handle(delivery());
    expect(attempted[0]?.outcomes[0]).toMatchObject({ requests: 2, outcome: { kind: 'accepted' } });
  });

  it('what the one other request complains of is read as the second word, and shuts no gate', async () => {
    const { handle, did, attempted } = world({ a: answered(400), 'other-a': answered(403) });
    expect(await handle(delivery())).toEqual({ kind: 'done' });
    expect(attempted[0]?.outcomes[0]).toMatchObject({ requests: 2, outcome: { vendorCode: 'Both' } });
    expect(did.filter((step) => step.startsWith('shut'))).toEqual([]);
  });

  it('a request that was not processed counts as none; one that may have been counts as one', async () => {
    const { handle, attempted } = world({
      a: { kind: 'not-sent', because: 'goaway', cause: '' },
      b: { kind: 'unknown', because: 'timeout', cause: '' },
    });
    await handle(delivery(job({ targets: [target('a'), target('b')] })));
    expect(attempted[0]?.outcomes.map(({ requests }) => requests)).toEqual([0, 1]);
  });

  it('a refused credential shuts the gate; the job comes back with its attempt, and the request is told', async () => {
    const { handle, did, attempted } = world({ a: answered(403) });
    expect(await handle(delivery())).toEqual({ kind: 'handBack' });
    expect(did).toEqual([
      'send a',
      'shut InvalidProviderToken',
      '-- after-answer',
      'attempted',
      '-- after-outcome',
      '-- after-schedule',
    ]);
    expect(attempted[0]?.outcomes).toEqual([
      expect.objectContaining({
        requests: 1,
        notBefore: null,
        outcome: expect.objectContaining({ reason: 'credential-refused' }),
      }),
    ]);
  });

  it('an expired credential is renewed before the job comes again', async () => {
    const { handle, did, later } = world({ a: answered(401) });
    expect(await handle(delivery())).toEqual({ kind: 'done' });
    expect(did.slice(0, 2)).toEqual(['send a', 'renew']);
    expect(later).toEqual([{ at: now, job: expect.objectContaining({ attempt: 2, backoffStep: 0 }) }]);
  });

  it('an expired credential that may not be renewed shuts the gate', async () => {
    const { handle, state, did } = world({ a: answered(401) });
    state.renewed = { kind: 'refused', cause: 'too soon' };
    await handle(delivery());
    expect(did).toContain('shut too soon');
  });

  it('a credential that cannot be had now lets everything wait, without a request', async () => {
    const { handle, state, attempted, later } = world();
    state.credential = { kind: 'unavailable', cause: 'token endpoint: timeout', retryAfterMs: 3_000 };
    await handle(delivery());
    expect(attempted[0]?.outcomes[0]).toMatchObject({
      requests: 0,
      notBefore: now + 3_000,
      outcome: { reason: 'vendor-unavailable' },
    });
    expect(later).toHaveLength(1);
  });

  it('a credential that is refused before anything was sent leaves no trace in the log', async () => {
    const { handle, state, did } = world();
    state.credential = { kind: 'refused', cause: 'invalid_grant' };
    expect(await handle(delivery())).toEqual({ kind: 'handBack' });
    expect(did).toEqual(['shut invalid_grant']);
  });

  it('while the gate is shut it is handed back unread', async () => {
    const { handle, state, did } = world();
    state.isShut = true;
    expect(await handle(delivery(job({ repeat: true })))).toEqual({ kind: 'handBack' });
    expect(did).toEqual([]);
  });

  it('a probe goes alone: refused, nothing else is sent; accepted, the rest follows', async () => {
    const two = delivery(job({ targets: [target('a'), target('b')] }));
    const ends: string[] = [];
    const admission = (opening: Opening): Admission => ({
      kind: 'probe',
      opening,
      passed: () => void ends.push('passed'),
      abandon: () => void ends.push('abandoned'),
    });
    const good = world();
    good.state.admission = admission(good.opening);
    await good.handle(two);
    expect(good.did.slice(0, 2)).toEqual(['send a', 'send b']);
    expect(ends).toEqual(['passed', 'abandoned']);

    const bad = world({ a: answered(403) });
    bad.state.admission = admission(bad.opening);
    expect(await bad.handle(two)).toEqual({ kind: 'handBack' });
    expect(bad.did.filter((step) => step.startsWith('send'))).toEqual(['send a']);
    expect(bad.attempted[0]?.outcomes).toHaveLength(1);
    expect(ends.slice(2)).toEqual(['abandoned']);
  });

  it('parks a copy of what no table knows', async () => {
    const { handle, attempted } = world({ a: answered(418) });
    expect(await handle(delivery())).toEqual({ kind: 'park', because: 'unclassified answer: Teapot' });
    expect(attempted).toHaveLength(1);
  });

  it('waits for a key that is not live here yet', async () => {
    const { handle, state } = world();
    state.opensTokens = false;
    await expect(handle(delivery())).rejects.toThrow(UnavailableError);
  });

  describe('in turn', () => {
    it('a job that was let go while it waited for its turn comes again', async () => {
      const { handle, state, did } = world();
      state.paceMs = null;
      expect(await handle(delivery())).toEqual({ kind: 'handBack' });
      expect(did).toEqual([]);
    });
    it('a job that has waited long for its turn is not believed any more', async () => {
      const { handle, state, did } = world();
      state.paceMs = 5_000;
      await handle(delivery());
      expect(did.slice(0, 3)).toEqual(['presence alert', 'router', 'send new-a']);
    });
    it('a push that expired while it waited is closed, and its turn given back', async () => {
      const { handle, state, closed } = world();
      state.paceMs = 60_000;
      await handle(delivery());
      expect(closed[0]?.targets).toMatchObject([{ reason: 'expired' }]);
      expect(state.asked).toEqual([0]);
    });
    it('counts what was asked of the vendor, and tells the gate', async () => {
      const { handle, state } = world({ b: answered(429) });
      await handle(
        delivery(job({ targets: [target('a'), target('b', { notBefore: now + 1 }), target('b')] })),
      );
      expect(state.asked).toEqual([2]);
      expect(state.heeded.map(({ kind }) => kind)).toEqual(['accepted', 'deferred']);
    });

    it('holds back what leads to a service that is out, and sends the rest; nobody hears of what was not asked', async () => {
      const { handle, state, did, attempted, later } = world({ 'back-1': answered(429) });
      state.out = 'https://away';
      const targets = ['away-1', 'back-1', 'away-2', 'fine-1', 'stranger-away'].map((id) => target(id));
      await handle(delivery(job({ targets })));
      expect(did.filter((step) => step.startsWith('send'))).toEqual([
        'send back-1',
        'send fine-1',
        'send stranger-away',
      ]);
      expect(state.heardOf).toEqual(['https://back', 'https://fine']);
      expect(attempted[0]?.outcomes.map(({ requests }) => requests)).toEqual([0, 1, 0, 1, 1]);
      const held = {
        outcome: { kind: 'deferred', reason: 'vendor-unavailable', vendorCode: 'service out' },
        notBefore: now + 5_000,
      };
      expect(attempted[0]?.outcomes).toMatchObject([held, {}, held, {}, {}]);
      expect(later[0]?.job.targets.map(({ deviceId }) => deviceId)).toEqual(['away-1', 'back-1', 'away-2']);
      expect(state.ended.toSorted((one, other) => one - other)).toEqual([0, 0, 1, 1, 1]);
    });

    it('does not let the backoff grow by holding back', async () => {
      const { handle, state, later } = world();
      state.out = 'https://away';
      await handle(delivery(job({ backoffStep: 3, targets: [target('away-1')] })));
      expect(later).toMatchObject([{ at: now + 5_000, job: { attempt: 2, backoffStep: 3 } }]);
    });

    it('never hears what a server says that a device has named', async () => {
      const said = { 'stranger-1': answered(403), 'stranger-2': answered(429) };
      const { handle, state, attempted, did } = world(said);
      await handle(delivery(job({ targets: [target('a'), target('stranger-1'), target('stranger-2')] })));
      expect(state.heeded.map(({ kind }) => kind)).toEqual(['accepted']);
      expect(did.filter((each) => each.startsWith('shut'))).toEqual([]);
      expect(attempted[0]?.outcomes.map(({ outcome }) => outcome.kind)).toEqual([
        'accepted',
        'deferred',
        'deferred',
      ]);
    });
  });

  describe('with a quota', () => {
    const marketing = { name: 'marketing', perDay: 100, perDevicePerDay: 2 };

    it('what was answered stands where the expired credential cannot be renewed', async () => {
      const { handle, state, attempted, later, did } = world({ b: answered(401) });
      Object.assign(state, { quota: marketing, renewalFault: new UnavailableError('no bucket') });
      expect(await handle(delivery(job({ targets: [target('a'), target('b')] })))).toEqual({ kind: 'done' });
      expect(attempted[0]?.outcomes.map(({ outcome }) => outcome.kind)).toEqual(['accepted', 'deferred']);
      expect(state.settled.map(({ requests }) => requests)).toEqual([1, 1]);
      expect(later[0]?.job.targets.map(({ deviceId }) => deviceId)).toEqual(['b']);
      expect(did.some((step) => step.startsWith('not renewed: ') && step.endsWith('no bucket'))).toBe(true);
    });

    it('sends what is left, and lets the rest wait for the day to turn, naming the quota', async () => {
      const { handle, state, attempted, later, did } = world();
      Object.assign(state, { quota: marketing, spent: ['b'] });
      await handle(delivery(job({ targets: [target('a'), target('b')] })));
      expect(did.filter((step) => step.startsWith('send'))).toEqual(['send a']);
      expect(attempted[0]?.outcomes).toMatchObject([
        { deviceId: 'a', outcome: { kind: 'accepted' }, notBefore: null },
        {
          deviceId: 'b',
          requests: 0,
          outcome: { kind: 'deferred', reason: 'quota-spent', vendorCode: 'marketing: 2 a day' },
        },
      ]);
      expect(later[0]?.at).toBeGreaterThan(now + 30_000);
      expect(later[0]?.job.targets.map(({ deviceId }) => deviceId)).toEqual(['b']);
      expect(state.settled.map(({ target: { deviceId } }) => deviceId)).toEqual(['a']);
    });

    it('gives back what it took when the job cannot be attempted now', async () => {
      const { handle, state, did } = world();
      Object.assign(state, { quota: marketing, opensTokens: false });
      await expect(handle(delivery())).rejects.toThrow('a key that is not live here');
      expect(did.filter((step) => step.startsWith('send'))).toEqual([]);
      expect(state.settled.map(({ requests, outcome }) => [requests, outcome.kind])).toEqual([
        [0, 'deferred'],
      ]);
    });

    it('does not wait for another day when the turn comes before the answer', async () => {
      const { handle, state, later } = world();
      Object.assign(state, { quota: marketing, spent: ['a'], answerMs: 30_001 });
      await handle(delivery());
      expect(later[0]?.at).toBeLessThan(now + 60_000);
    });

    it('marks what waits for it, and moves it when the turn is changed meanwhile', async () => {
      const { handle, state, later, did } = world();
      Object.assign(state, { quota: marketing, spent: ['a'], turnsMeanwhileMs: -10_000 });
      await handle(delivery());
      expect(did.filter((step) => /later|moved/.test(step))).toEqual(['later', 'moved 17']);
      expect(later.map(({ job: { repeat } }) => repeat)).toEqual([false, true]);
      expect(later.map(({ at }) => at - now)).toEqual([31_000, 21_000]);
      for (const { at, job: waiting } of later)
        expect(waiting.targets).toEqual([target('a', { notBefore: at, waitsForQuota: true })]);
    });

    it('publishes the schedule again for the turn as it is now', async () => {
      const { handle, state, later } = world();
      const said = { user: 'bob', deviceId: 'a', isFinal: false, isUnclassified: false, mayBeShown: false };
      const asked = { deferredFor: 'quota-spent' as const, requests: 0 };
      const waits = { ...asked, notBefore: now + 80_000_000, waitsForQuota: true };
      state.history = [
        { position: 1, startedAt: now, attempt: 1, deliveryCount: 1, targets: [{ ...said, ...waits }] },
      ];
      const { notification } = job();
      const lasting = { ...notification, expiresAt: now + 90_000_000 };
      await handle(delivery(job({ notification: lasting }), { isRepeat: true }));
      expect(later.map(({ at }) => at - now)).toEqual([31_000]);
    });

    it('closes what would be worthless by then', async () => {
      const { handle, state, closed, later, did } = world();
      Object.assign(state, { quota: marketing, spent: ['a'] });
      const { notification } = job();
      await handle(delivery(job({ notification: { ...notification, expiresAt: now + 30_000 } })));
      expect(closed[0]?.targets).toMatchObject([{ deviceId: 'a', reason: 'quota' }]);
      expect(later).toEqual([]);
      expect(did).toEqual([
        '-- after-answer',
        'attempted',
        '-- after-outcome',
        'closed',
        '-- after-schedule',
      ]);
    });
  });
});
