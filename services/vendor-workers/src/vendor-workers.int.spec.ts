import { waitUntil } from '@reveille/bus/testing/wait-until';
import type { AppSettings } from '@reveille/contracts/app/events';
import type { PushAttempted } from '@reveille/contracts/push/events';
import { lineRecordKeys } from '@reveille/contracts/push/line-records';
import { buckets } from '@reveille/contracts/streams';
import { subjects } from '@reveille/contracts/subjects';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTlsVendor } from './testing/tls-vendor.js';
import { openVendorTown, type VendorTown } from './testing/vendor-town.js';
import { openWorkerTown, type PushEvent, type WorkerTown } from './testing/worker-town.js';

let vendors: VendorTown;
let town: WorkerTown;
let shop: AppSettings;
let cafe: AppSettings;

beforeAll(async () => {
  [vendors, town] = await Promise.all([
    openVendorTown(),
    openWorkerTown(['shop', 'cafe', 'gone', 'odd', 'own', 'slow']),
  ]);
  shop = await vendors.appCalled('shop');
  cafe = await vendors.appCalled('cafe');
  await town.configure(shop);
  await town.configure(cafe);
  await town.startWorker();
});
afterAll(async () => {
  await town.stop();
  await vendors.close();
});
beforeEach(async () => {
  await vendors.control.delete('/faults');
  town.bindings.clear();
  town.over.clear();
});

const attempts = (events: readonly PushEvent[]): PushAttempted[] =>
  events.flatMap((event) => (event.type === 'attempted' ? [event.data] : []));
const reasons = (events: readonly PushEvent[]) =>
  events.flatMap((event) => (event.type === 'closed' ? event.data.targets.map(({ reason }) => reason) : []));
const effects = async (token: string) =>
  (await vendors.ledger(token)).filter(({ effect }) => effect !== null).length;
const untilEvents = (jobId: string, count: number) =>
  waitUntil(`${count} events of ${jobId}`, async () => (await town.events(jobId)).length >= count);

describe('a push job', () => {
  it.each(['apns', 'fcm'] as const)('is sent over %s, told, and gone', async (vendor) => {
    const phone = await vendors.phone(shop, vendor);
    const job = town.job(shop, vendor, [phone.token]);
    await town.publish(shop, job);
    await town.untilQuiet();
    const [event] = attempts(await town.events(job.jobId));
    expect(event).toMatchObject({ attempt: 1, deliveryCount: 1, repeat: false, lane: 'normal', vendor });
    const [outcome] = event?.outcomes ?? [];
    expect(outcome).toMatchObject({
      user: 'bob',
      outcome: { kind: 'accepted' },
      requests: 1,
      notBefore: null,
    });
    const [entry] = await vendors.ledger(phone.token);
    expect(entry).toMatchObject({ effect: 'shown', traceparent: outcome?.traceparent });
    expect(outcome?.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/);
    expect(outcome?.requestId).toBe(vendor === 'apns' ? entry?.apnsId : null);
    expect(town.asked).toEqual({ targets: 0, standing: 0 });
  });

  it('of 300 targets is one event, and every phone shows it once', async () => {
    const phones = await vendors.phones(shop, 'apns', 300);
    const job = town.job(
      shop,
      'apns',
      phones.map(({ token }) => token),
    );
    await town.publish(shop, job);
    await town.untilQuiet();
    const events = attempts(await town.events(job.jobId));
    expect(events).toHaveLength(1);
    expect(events[0]?.outcomes.filter(({ outcome }) => outcome.kind === 'accepted')).toHaveLength(300);
    for (const { token } of phones.slice(0, 5)) expect(await effects(token)).toBe(1);
  });

  it.each(['apns', 'fcm'] as const)('waits for Retry-After over %s, then is sent once', async (vendor) => {
    const phone = await vendors.phone(shop, vendor);
    await vendors.fault({
      vendor,
      token: phone.token,
      reason: vendor === 'apns' ? 'TooManyRequests' : 'QUOTA_EXCEEDED',
      retryAfterSeconds: 2,
      count: 1,
    });
    const job = town.job(shop, vendor, [phone.token]);
    await town.publish(shop, job);
    await waitUntil('two requests', async () => (await vendors.ledger(phone.token)).length === 2);
    await town.untilQuiet();
    const [first, second] = await vendors.ledger(phone.token);
    const waited = (second?.arrivedAt ?? 0) - (first?.arrivedAt ?? 0);
    expect(waited).toBeGreaterThanOrEqual(2_000);
    expect(waited).toBeLessThan(20_000);
    const events = attempts(await town.events(job.jobId));
    expect(events.map(({ attempt, outcomes }) => [attempt, outcomes[0]?.outcome.kind])).toEqual([
      [1, 'deferred'],
      [2, 'accepted'],
    ]);
    expect(events[0]?.outcomes[0]?.notBefore).toBe((events[0]?.answeredAt ?? 0) + 2_000);
  });

  it('is closed when the user logs out, or the message is revoked, while it waits', async () => {
    const [out, revoked] = await Promise.all([vendors.phone(shop, 'apns'), vendors.phone(shop, 'apns')]);
    await vendors.fault({ vendor: 'apns', reason: 'TooManyRequests', retryAfterSeconds: 1, count: 2 });
    const jobs = [town.job(shop, 'apns', [out.token]), town.job(shop, 'apns', [revoked.token])] as const;
    // Nobody is asked before a first attempt: these are the words that the second one hears.
    town.bindings.set(jobs[0].targets[0]?.deviceId ?? '', { state: 'gone', reason: 'logged-out' });
    town.over.set(jobs[1].messageId, 'revoked');
    for (const job of jobs) await town.publish(shop, job);
    await town.untilQuiet();
    expect(reasons(await town.events(jobs[0].jobId))).toEqual(['logged-out']);
    expect(reasons(await town.events(jobs[1].jobId))).toEqual(['revoked']);
    expect([await effects(out.token), await effects(revoked.token)]).toEqual([0, 0]);
    expect([(await vendors.ledger(out.token)).length, (await vendors.ledger(revoked.token)).length]).toEqual([
      1, 1,
    ]);
  });

  it('past its time to live is closed without a request', async () => {
    const phone = await vendors.phone(shop, 'apns');
    const job = town.job(shop, 'apns', [phone.token]);
    await town.publish(shop, { ...job, notification: { ...job.notification, expiresAt: Date.now() - 1 } });
    await town.untilQuiet();
    expect(reasons(await town.events(job.jobId))).toEqual(['expired']);
    expect(await vendors.ledger(phone.token)).toEqual([]);
  });

  it('whose tokens were left out, or sealed with a key that is not current, gets them from presence', async () => {
    const phone = await vendors.phone(shop, 'apns');
    const job = town.job(shop, 'apns', [phone.token, phone.token]);
    const [first, second] = job.targets;
    if (first === undefined || second === undefined) throw new Error('two targets');
    await town.publish(shop, {
      ...job,
      targets: [
        { ...first, sealedToken: null },
        { ...second, sealedToken: first.sealedToken?.replace('v1.k1.', 'v1.old.') ?? null },
      ],
    });
    await town.untilQuiet();
    const [event] = attempts(await town.events(job.jobId));
    expect(event?.outcomes.map(({ outcome }) => outcome.kind)).toEqual(['accepted', 'accepted']);
  });

  it('with a token of unknown environment tries both, in one delivery', async () => {
    const developer = await vendors.phone(shop, 'apns', { environment: 'development' });
    const job = town.job(shop, 'apns', [developer.token]);
    const [target] = job.targets;
    if (target === undefined) throw new Error('a target');
    await town.publish(shop, { ...job, targets: [{ ...target, environment: 'automatic' }] });
    await town.untilQuiet();
    const [event] = attempts(await town.events(job.jobId));
    expect(event?.outcomes[0]).toMatchObject({ outcome: { kind: 'accepted' }, requests: 2 });
    expect(
      (await vendors.ledger(developer.token)).map(({ environment, status }) => [environment, status]),
    ).toEqual([
      ['production', 400],
      ['development', 200],
    ]);
  });

  it('says when the vendor saw the token die', async () => {
    const phone = await vendors.phone(shop, 'apns');
    await vendors.control.delete(`/phones/${phone.phoneId}/app`);
    const job = town.job(shop, 'apns', [phone.token]);
    await town.publish(shop, job);
    await town.untilQuiet();
    const [event] = attempts(await town.events(job.jobId));
    expect(event?.outcomes[0]?.outcome).toMatchObject({
      kind: 'rejected',
      reason: 'token-unregistered',
      observedAt: expect.any(Number),
    });
  });

  it('with an answer that no table knows is told as that, and a copy is parked', async () => {
    const stranger = await startTlsVendor((stream) => {
      stream.respond({ ':status': 418 });
      stream.end('{"reason":"Teapot"}');
    });
    const odd = await vendors.appCalled('odd', {
      apns: { endpoint: stranger.origin, caFile: stranger.caFile },
    });
    await town.configure(odd);
    const job = town.job(odd, 'apns', ['ab'.repeat(32)]);
    await town.publish(odd, job);
    await town.untilQuiet();
    await stranger.close();
    expect(attempts(await town.events(job.jobId))[0]?.outcomes[0]?.outcome).toMatchObject({
      kind: 'rejected',
      reason: 'unclassified',
      vendorCode: 'Teapot',
    });
    const letter = await town.operator.getLastMessage(
      'DEAD_LETTERS',
      subjects.deadLetter('PUSH_JOBS', 'push-apns-normal-odd'),
    );
    const text = Buffer.from(letter?.data ?? []).toString();
    expect(text).toContain(job.jobId);
    expect(text).toContain('unclassified');
    expect(text).not.toContain('v1.k1.');
  });
});

describe('a repeat', () => {
  it('of a push that was accepted sends nothing', async () => {
    const phone = await vendors.phone(shop, 'apns');
    const job = town.job(shop, 'apns', [phone.token]);
    await town.publish(shop, job);
    await town.untilQuiet();
    await town.publish(shop, { ...job, repeat: true }, `${job.jobId}-again`);
    await town.untilQuiet();
    expect(await vendors.ledger(phone.token)).toHaveLength(1);
    expect(await town.events(job.jobId)).toHaveLength(1);
  });

  it('of a push that waits only waits, whatever became of its schedule', async () => {
    const phone = await vendors.phone(shop, 'apns');
    const job = town.job(shop, 'apns', [phone.token]);
    const notBefore = Date.now() + 1_500;
    const [target] = job.targets;
    if (target === undefined) throw new Error('a target');
    // What a worker that died between the outcome and its schedule has left behind.
    const told: PushAttempted = {
      jobId: job.jobId,
      messageId: job.messageId,
      vendor: 'apns',
      lane: 'normal',
      attempt: 1,
      deliveryCount: 1,
      repeat: false,
      startedAt: Date.now(),
      answeredAt: Date.now(),
      outcomes: [
        {
          user: target.user,
          deviceId: target.deviceId,
          tokenRef: target.tokenRef,
          requests: 1,
          notBefore,
          requestId: null,
          traceparent: null,
          outcome: {
            kind: 'deferred',
            reason: 'throttled',
            vendorCode: 'TooManyRequests',
            retryAfterMs: 1_500,
          },
        },
      ],
    };
    await town.operator.publisher.publish({
      subject: subjects.pushAttempted('shop', job.partition, 'apns', false),
      messageId: `shop:o:${job.jobId}`,
      data: Buffer.from(JSON.stringify(told)),
    });
    await town.publish(shop, { ...job, repeat: true });
    await waitUntil('the request', async () => (await vendors.ledger(phone.token)).length === 1);
    await town.untilQuiet();
    const [entry] = await vendors.ledger(phone.token);
    expect(entry?.arrivedAt).toBeGreaterThanOrEqual(notBefore);
    expect(attempts(await town.events(job.jobId)).map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it('of a push that nothing is known of is sent', async () => {
    const phone = await vendors.phone(shop, 'apns');
    const job = town.job(shop, 'apns', [phone.token], { repeat: true });
    await town.publish(shop, job);
    await town.untilQuiet();
    expect(attempts(await town.events(job.jobId))[0]).toMatchObject({
      repeat: true,
      outcomes: [{ outcome: { kind: 'accepted' } }],
    });
  });
});

describe('broken connections', () => {
  it('a GOAWAY in the middle of 500 loses none and doubles none', async () => {
    const phones = await vendors.phones(shop, 'apns', 500);
    await vendors.fault({ vendor: 'apns', kind: 'goaway', reason: 'Shutdown', after: 250, count: 1 });
    const jobs = phones.map(({ token }) => town.job(shop, 'apns', [token]));
    await Promise.all(jobs.map((job) => town.publish(shop, job)));
    await town.untilQuiet();
    const tokens = new Set(phones.map(({ token }) => token));
    const processed = (await vendors.ledger()).filter(
      ({ token, effect }) => tokens.has(token) && effect !== null,
    );
    expect(processed).toHaveLength(500);
    expect(new Set(processed.map(({ token }) => token)).size).toBe(500);
  });

  it('a cut behind the request is unknown, and repeated under the same collapse id', async () => {
    const phone = await vendors.phone(shop, 'apns');
    await vendors.fault({ vendor: 'apns', token: phone.token, kind: 'cut-after', count: 1 });
    const job = town.job(shop, 'apns', [phone.token]);
    await town.publish(shop, job);
    await waitUntil('two requests', async () => (await vendors.ledger(phone.token)).length === 2);
    await town.untilQuiet();
    const events = attempts(await town.events(job.jobId));
    expect(events[0]?.outcomes[0]).toMatchObject({
      requests: 1,
      outcome: { kind: 'deferred', reason: 'no-answer', vendorCode: 'cut' },
    });
    const entries = await vendors.ledger(phone.token);
    expect(new Set(entries.map(({ apnsId }) => apnsId)).size).toBe(1);
    expect(new Set(entries.map(({ collapseId }) => collapseId))).toEqual(new Set([job.messageId]));
    const screen = await vendors.control.get<{ notifications: { collapseId: string }[] }>(
      `/phones/${phone.phoneId}/lock-screen`,
    );
    expect(screen.notifications).toHaveLength(1);
  });
});

describe('what a device chose', () => {
  it('never halts its app: a bundle or an environment that the key is not good for', async () => {
    const own = await vendors.appCalled('own', {
      key: { environment: 'production' },
      apns: { otherBundleIds: ['com.example.own.beta'] },
    });
    await town.configure(own);
    const phone = await vendors.phone(own, 'apns');
    const chosen = (target: object, token = phone.token) => {
      const job = town.job(own, 'apns', [token]);
      return { ...job, targets: job.targets.map((each) => ({ ...each, ...target })) };
    };
    const jobs = [
      chosen({ bundle: 'com.example.own.beta' }),
      chosen({ bundle: 'com.mallory' }),
      chosen({ environment: 'development' }),
      chosen({ environment: 'automatic' }, 'ab'.repeat(32)),
    ];
    for (const job of jobs) await town.publish(own, job);
    for (const job of jobs) await untilEvents(job.jobId, 1);
    const said = await Promise.all(jobs.map(async ({ jobId }) => attempts(await town.events(jobId))[0]));
    expect(
      said.map((event) => {
        const { outcome, requests } = event?.outcomes[0] ?? {};
        return outcome?.kind === 'accepted' || outcome === undefined
          ? outcome
          : [outcome.kind, outcome.reason, outcome.vendorCode, requests];
      }),
    ).toEqual([
      ['deferred', 'vendor-unavailable', 'TopicDisallowed', 1],
      ['rejected', 'payload-invalid', 'bundle not configured', 0],
      ['deferred', 'vendor-unavailable', 'BadEnvironmentKeyInToken', 1],
      ['rejected', 'token-malformed', 'BadDeviceToken/BadEnvironmentKeyInToken', 2],
    ]);

    const next = town.job(own, 'apns', [phone.token]);
    await town.publish(own, next);
    await waitUntil('the next push is shown', async () => (await effects(phone.token)) === 1);
    // However long that took: its line was never shut.
    const { name } = buckets.pushLines;
    const key = `$KV.${name}.${lineRecordKeys.shut('own', 'apns')}`;
    expect(await town.operator.getLastMessage(`KV_${name}`, key)).toBeNull();
    await town.remove('own');
    await town.untilQuiet();
  });
});

describe('a refused credential', () => {
  it('pauses its app and no other; when it is mended, every waiting push arrives once', async () => {
    const phones = await vendors.phones(shop, 'apns', 60);
    await vendors.revokeKey('shop');
    const jobs = phones.map(({ token }, index) =>
      town.job(shop, 'apns', [token], { lane: index % 3 === 0 ? 'urgent' : 'normal' }),
    );
    await Promise.all(jobs.map((job) => town.publish(shop, job)));
    const paused = async () =>
      (await town.operator.jsm.consumers.info('PUSH_JOBS', 'push-apns-urgent-shop')).paused === true;
    await waitUntil('all lanes are paused', paused);
    const other = await vendors.phone(cafe, 'apns');
    const otherVendor = await vendors.phone(shop, 'fcm');
    await town.publish(cafe, town.job(cafe, 'apns', [other.token]));
    await town.publish(shop, town.job(shop, 'fcm', [otherVendor.token]));
    await waitUntil(
      'the others flow',
      async () => (await effects(other.token)) + (await effects(otherVendor.token)) === 2,
    );
    const tokens = new Set(phones.map(({ token }) => token));
    const ofPhones = async () => (await vendors.ledger()).filter(({ token }) => tokens.has(token));
    expect((await ofPhones()).filter(({ effect }) => effect !== null).length).toBe(0);
    const before = (await ofPhones()).length;
    // A second pause: one probe.
    await waitUntil('a probe', async () => (await ofPhones()).length > before);
    expect((await ofPhones()).length).toBe(before + 1);
    await vendors.replaceKey('shop');
    await town.untilQuiet();
    const shown = (await ofPhones()).filter(({ effect }) => effect !== null);
    expect(shown).toHaveLength(60);
    expect(new Set(shown.map(({ token }) => token)).size).toBe(60);
    const ids = new Set(jobs.map(({ jobId }) => jobId));
    const requests = attempts(await town.events())
      .filter(({ jobId }) => ids.has(jobId))
      .flatMap(({ outcomes }) => outcomes)
      .reduce((sum, outcome) => sum + outcome.requests, 0);
    expect(requests).toBe((await ofPhones()).length);
  });
});

describe('an outage of a vendor', () => {
  it('pauses that app and vendor alone, is probed by single pushes, and drains by itself, calls first', async () => {
    const tokens = (await vendors.phones(cafe, 'fcm', 80)).map(({ token }) => token);
    const [call, other, otherApp] = await Promise.all([
      vendors.phone(cafe, 'fcm'),
      vendors.phone(cafe, 'apns'),
      vendors.phone(shop, 'fcm'),
    ]);
    const project = cafe.vendors.fcm?.projectId;
    await vendors.fault({ vendor: 'fcm', project, reason: 'UNAVAILABLE' });
    const jobs = tokens.map((token, index) =>
      town.job(cafe, 'fcm', [token], { lane: index % 2 === 0 ? 'normal' : 'bulk' }),
    );
    await Promise.all(jobs.map((job) => town.publish(cafe, job)));
    const info = (lane: string) => town.operator.jsm.consumers.info('PUSH_JOBS', `push-fcm-${lane}-cafe`);
    await waitUntil('all lanes are paused', async () => (await info('bulk')).paused === true);
    const asked = async () => (await vendors.ledger()).filter(({ token }) => tokens.includes(token)).length;
    const before = await asked();
    await town.publish(cafe, town.job(cafe, 'fcm', [call.token], { lane: 'urgent' }));
    await town.publish(cafe, town.job(cafe, 'apns', [other.token]));
    await town.publish(shop, town.job(shop, 'fcm', [otherApp.token]));
    await waitUntil(
      'the others flow',
      async () => (await effects(other.token)) + (await effects(otherApp.token)) === 2,
    );
    expect((await info('normal')).paused).toBe(true);
    expect(await asked()).toBe(before);
    await vendors.control.delete('/faults');
    await town.untilQuiet();
    for (const token of [call.token, ...tokens]) expect(await effects(token)).toBe(1);
    const served = (await vendors.ledger()).filter(
      ({ effect, token }) => effect !== null && tokens.includes(token),
    );
    const [called] = await vendors.ledger(call.token);
    expect(called?.arrivedAt).toBeLessThanOrEqual(served[0]?.arrivedAt ?? 0);
  });
});

describe('a limit of targets per second', () => {
  it('is kept to by its line, and holds up no other', async () => {
    const slow = await vendors.appCalled('slow', { apns: { targetsPerSecond: 20 } });
    await town.configure(slow);
    const tokens = (await vendors.phones(slow, 'apns', 60)).map(({ token }) => token);
    const chat = await vendors.phone(slow, 'apns');
    const jobs = tokens.map((token) => town.job(slow, 'apns', [token], { lane: 'bulk' }));
    await Promise.all(jobs.map((job) => town.publish(slow, job)));
    const shown = async () =>
      (await vendors.ledger()).filter(({ token, effect }) => effect !== null && tokens.includes(token));
    await waitUntil('the first are sent', async () => (await shown()).length > 0);
    await town.publish(slow, town.job(slow, 'apns', [chat.token]));
    await town.untilQuiet();
    const served = (await vendors.ledger()).flatMap(({ token, effect }) => (effect === null ? [] : [token]));
    const behind = served.slice(served.indexOf(chat.token) + 1).filter((token) => tokens.includes(token));
    expect(behind.length, 'chat overtakes').toBeGreaterThan(0);
    const times = (await shown()).map(({ arrivedAt }) => arrivedAt);
    expect(times).toHaveLength(60);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(2_500);
    await town.remove('slow');
    await town.untilQuiet();
  });
});

describe('apps', () => {
  it('one that appears later is served, one that goes has its waiting jobs closed', async () => {
    const gone = await vendors.appCalled('gone');
    const phone = await vendors.phone(gone, 'apns');
    await town.configure(gone);
    await town.publish(gone, town.job(gone, 'apns', [phone.token]));
    await waitUntil('the first push', async () => (await effects(phone.token)) === 1);
    await town.remove('gone');
    await waitUntil('its jobs are closed', async () => {
      const job = town.job(gone, 'apns', [phone.token]);
      await town.publish(gone, job);
      await untilEvents(job.jobId, 1);
      return reasons(await town.events(job.jobId)).includes('app-removed');
    });
    const shown = await effects(phone.token);
    const last = town.job(gone, 'apns', [phone.token]);
    await town.publish(gone, last);
    await town.untilQuiet();
    expect(reasons(await town.events(last.jobId))).toEqual(['app-removed']);
    expect(await effects(phone.token)).toBe(shown);
  });
});
