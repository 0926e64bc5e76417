import { waitUntil } from '@reveille/bus/testing/wait-until';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { canWithdraw } from '@reveille/contracts/vendors/can-withdraw';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKeyFile } from '@reveille/chassis/env';
import { registry } from '../registry.js';
import { openCallbackDoor } from '../testing/callback-door.js';
import { startBadGateway } from '../testing/bad-gateway.js';
import { benchTraceparent, type ContractBench, openCaseBench } from '../testing/case-bench.js';
import { vendorCases } from '../testing/vendor-cases/catalog.js';
import type { Case } from '../testing/vendor-cases/vendor-cases.js';
import type { Phone } from '../testing/vendor-town.js';
import type { WireSettings } from '../vendor.js';

/** What an implementation of `Sender` promises; what it does not promise is asserted too, so that a change shows. */
export interface SenderPromises {
  /** A request is on the wire once, whatever the answer. */
  readonly sendsOnce: boolean;
  readonly seesRetryAfter: boolean;
  /** Its connections end with a GOAWAY, and others take their place at once. */
  readonly outlivesGoaway: boolean;
  /** After a GOAWAY it knows which requests were not processed. */
  readonly knowsWhatWasNotSent: boolean;
  /** After a GOAWAY with an error too. */
  readonly knowsWhatAnErrorLeftUnsent: boolean;
  readonly carriesTraceparent: boolean;
  /** A request that was cut off on the way is told as `unknown`, and only as that. */
  readonly saysUnknown: boolean;
  /** An answer that is not the vendor's own still shows its status. */
  readonly seesStatusOfNonsense: boolean;
}

const byText = (one: string | null, other: string | null) => (one ?? '').localeCompare(other ?? '');

/** What our own senders promise. */
export const ownPromises: SenderPromises = {
  sendsOnce: true,
  seesRetryAfter: true,
  outlivesGoaway: true,
  knowsWhatWasNotSent: true,
  knowsWhatAnErrorLeftUnsent: true,
  carriesTraceparent: true,
  saysUnknown: true,
  seesStatusOfNonsense: true,
};

/** A case that is asked only where the vendor has it; where not, the table of the run says what it lacks. */
const onlyWhere = (hasIt: boolean, lacks: string) => ({
  skip: !hasIt,
  meta: { lacks: hasIt ? null : lacks },
});

declare module 'vitest' {
  interface TaskMeta {
    /** Why a vendor does not have this case; null where it has. */
    lacks?: string | null;
  }
}

/**
 * The cases that every vendor with every sender must pass against the sandbox. Their names are the rows of the table of
 * `./reveille test vendors`. A case that the vendor does not have is skipped, and the table says why.
 * @param librarySender another sender than the vendor's default
 */
export function vendorContract(
  vendor: VendorName,
  promises: SenderPromises = ownPromises,
  librarySender: WireSettings['sender'] | null = null,
): void {
  const cases = vendorCases[vendor];
  describe(librarySender === null ? vendor : `${vendor} over ${librarySender}`, () => {
    let bench: ContractBench;
    beforeAll(async () => {
      bench = await openCaseBench(vendor, librarySender);
    });
    afterAll(() => bench.close());

    const ledgerOf = (token: string) => bench.town.ledger(token);
    const requestsFor = async (token: string) => (await ledgerOf(token)).length;
    const bringAbout = ({ cause }: Case, phone: Phone) =>
      typeof cause === 'function' ? cause(bench, phone) : bench.fault(phone, cause);
    const foreignPhone = async () => bench.town.phone(await bench.town.appCalled('other'), vendor);
    const onEach = Object.values(cases.phones);
    const withdraws = canWithdraw(vendor, 'alert');
    const shownOf = async ({ token }: Phone) =>
      (await ledgerOf(token)).filter(({ effect }) => effect === 'shown' || effect === 'replaced').length;

    describe('reaches the screen', () => {
      it('accepted', async () => {
        const phone = await bench.phone();
        const { outcome } = await bench.send(phone.token);
        expect(outcome).toMatchObject({
          kind: 'accepted',
          vendorId: cases.namesAccepted ? expect.any(String) : null,
        });
        const [entry] = await ledgerOf(phone.token);
        expect(entry).toMatchObject({
          effect: 'shown',
          traceparent: promises.carriesTraceparent ? benchTraceparent : null,
        });
      });

      it('a repeat replaces what it repeats', async () => {
        for (const fields of onEach) {
          const own = await bench.phone(fields);
          for (const attempt of [1, 2])
            await bench.send(own.token, { collapse: 'same', content: `attempt ${attempt}` });
          const { notifications } = await bench.town.screen(own.phoneId);
          expect(notifications).toMatchObject([{ title: 'Ann', body: 'attempt 2', shownCount: 2 }]);
        }
      });

      it('is not kept beyond its time to live', async () => {
        for (const fields of onEach) {
          const own = await bench.phone(fields);
          await bench.town.network(own, false);
          await bench.send(own.token);
          await bench.town.control.put('/clock', { offsetMs: 62_000 });
          await bench.town.network(own, true);
          await bench.town.control.put('/clock', { offsetMs: 0 });
          expect((await bench.town.screen(own.phoneId)).notifications).toEqual([]);
        }
      });

      it('hands over silently', onlyWhere(cases.hasSilent, 'the vendor has no silent push'), async () => {
        for (const fields of onEach) {
          const own = await bench.phone(fields);
          expect((await bench.send(own.token, { strategy: 'silent' })).outcome.kind).toBe('accepted');
          const { notifications, data } = await bench.town.screen(own.phoneId);
          expect([notifications.length, data.length]).toEqual([0, 1]);
        }
      });

      it('what waited for a phone off the network', async () => {
        const own = await bench.phone();
        await bench.town.network(own, false);
        // Some vendors fold what comes more often than five times a minute.
        const sent = ['1', '2', '3', '4', '5'];
        // Long enough for a vendor that keeps pushes by whole hours.
        for (const content of sent)
          await bench.send(own.token, { content, expiresAt: Date.now() + 7_200_000 });
        await bench.town.network(own, true);
        const bodies = (await bench.town.screen(own.phoneId)).notifications.map(({ body }) => body);
        expect(bodies.toSorted(byText)).toEqual(cases.keptOffline === 'all' ? sent : ['5']);
      });

      const badged = onlyWhere(cases.badge !== null, "the job's number alone sets no badge there");
      it('sets the badge that the sender knows', badged, async () => {
        const own = await bench.phone(cases.badge ?? {});
        await bench.send(own.token, { badge: 7 });
        expect((await bench.town.screen(own.phoneId)).badge).toBe(7);
      });
    });

    describe('refused', () => {
      it('token gone', async () => {
        const gone = await bench.phone();
        await bench.town.uninstall(gone);
        expect((await bench.send(gone.token)).outcome).toMatchObject(cases.tokenGone);
        expect(await requestsFor(gone.token)).toBe(1);
      });

      it('wrong app', async () => {
        const foreign = await foreignPhone();
        expect((await bench.send(foreign.token)).outcome).toMatchObject(cases.wrongApp);
      });

      it('too large', async () => {
        const large = await bench.phone();
        await bringAbout(cases.tooLarge, large);
        expect((await bench.send(large.token)).outcome).toMatchObject(cases.tooLarge.outcome);
      });

      it('batch with mixed answers', async () => {
        const [first, gone, second, foreign, third] = await Promise.all([
          bench.phone(),
          bench.phone(),
          bench.phone(),
          cases.inBatch.wrongApp === null ? null : foreignPhone(),
          bench.phone(),
        ]);
        await bench.town.uninstall(gone);
        const phones = [first, gone, second, ...(foreign === null ? [] : [foreign]), third];
        const outcomes = await bench.sendMany(phones.map(({ token }) => token));
        for (const [index, { token }] of phones.entries()) {
          const verdict =
            token === gone.token
              ? cases.inBatch.tokenGone
              : token === foreign?.token
                ? cases.inBatch.wrongApp
                : { kind: 'accepted' };
          expect(outcomes[index]).toMatchObject(verdict ?? {});
        }
        for (const phone of [first, second, third]) expect(await shownOf(phone)).toBe(1);
        const tokens = new Set(phones.map(({ token }) => token));
        const requests = (await bench.town.ledger()).filter(({ token }) => tokens.has(token));
        const distinct = new Set(requests.map(({ connection, stream }) => `${connection}/${stream}`));
        expect(distinct.size).toBe(registry[vendor].limits.maxTargets > 1 ? 1 : phones.length);
      });
    });

    it('a job of 500 targets, in requests no wider than the vendor takes', async () => {
      const tokens = (await bench.town.phones(bench.app, vendor, 500)).map(({ token }) => token);
      const requests = await bench.build(tokens);
      const { maxTargets } = registry[vendor].limits;
      const widths = requests.map(({ targets }) => targets.length);
      expect(Math.max(...widths)).toBeLessThanOrEqual(maxTargets);
      expect(widths).toHaveLength(Math.ceil(500 / maxTargets));
      const built = requests.flatMap(({ targets }) => targets.map(({ token }) => token));
      expect(built.toSorted(byText)).toEqual(tokens.toSorted(byText));
    });

    describe('deferred', () => {
      it('credential expired then good', async () => {
        const patient = await bench.phone();
        await bringAbout(cases.credentialExpired, patient);
        expect((await bench.send(patient.token)).outcome).toMatchObject(cases.credentialExpired.outcome);
        const expired = await bench.credential();
        expect((await bench.renewed(expired)).generation).toBe(expired.generation + 1);
        expect((await bench.send(patient.token)).outcome.kind).toBe('accepted');
      });

      const hinted = onlyWhere(cases.throttledWithHint !== null, 'the vendor names no time to wait');
      it('throttled with a hint', hinted, async () => {
        const planned = cases.throttledWithHint as Case;
        const busy = await bench.phone();
        await bringAbout(planned, busy);
        const hint = promises.seesRetryAfter ? {} : { retryAfterMs: null };
        expect((await bench.send(busy.token)).outcome).toMatchObject({ ...planned.outcome, ...hint });
        expect(await requestsFor(busy.token)).toBe(1);
      });

      it('throttled without a hint', async () => {
        const busy = await bench.phone();
        await bringAbout(cases.throttled, busy);
        expect((await bench.send(busy.token)).outcome).toMatchObject(cases.throttled.outcome);
        expect(await requestsFor(busy.token)).toBe(1);
      });

      const capped = onlyWhere(
        cases.quota !== null,
        'the vendor documents no answer for a quota that is used up',
      );
      it('quota', capped, async () => {
        const planned = cases.quota as Case;
        const spent = await bench.phone();
        await bringAbout(planned, spent);
        expect((await bench.send(spent.token)).outcome).toMatchObject(planned.outcome);
      });

      it('5xx', async () => {
        const unlucky = await bench.phone();
        let expected = 0;
        for (const [index, fault] of cases.unavailable.entries()) {
          await bench.fault(unlucky, fault);
          const { outcome } = await bench.send(unlucky.token);
          const isRepeated = index > 0 && !promises.sendsOnce;
          if (isRepeated) expect(outcome.kind).toBe('accepted');
          else expect(outcome).toMatchObject({ kind: 'deferred', reason: 'vendor-unavailable' });
          expected += isRepeated ? 2 : 1;
          expect(await requestsFor(unlucky.token)).toBe(expected);
        }
      });

      it.each(['before', 'after'])('cut %s the answer', async (when) => {
        const lost = await bench.phone();
        await bench.fault(lost, { kind: `cut-${when}` });
        const { outcome } = await bench.send(lost.token);
        if (promises.saysUnknown) {
          expect(outcome).toMatchObject({ kind: 'deferred', reason: 'no-answer' });
          expect(await shownOf(lost)).toBe(when === 'after' ? 1 : 0);
        } else {
          // It has repeated the request: after a cut behind the answer the vendor has had it twice.
          expect(outcome.kind).toBe('accepted');
          expect(await shownOf(lost)).toBe(when === 'after' ? 2 : 1);
        }
        expect((await bench.send(lost.token)).outcome.kind).toBe('accepted');
      });

      it('nonsense body', async () => {
        const reason = promises.seesStatusOfNonsense ? 'vendor-unavailable' : 'no-answer';
        const odd = await bench.phone();
        if (cases.nonsense !== null) {
          await bench.fault(odd, cases.nonsense);
          expect((await bench.send(odd.token)).outcome).toMatchObject({ kind: 'deferred', reason });
          return;
        }
        const proxy = await startBadGateway();
        const settings = { ...cases.addressedTo(proxy.origin), caFile: proxy.caFile };
        expect(await bench.sendElsewhere(odd.token, settings)).toMatchObject({ kind: 'deferred', reason });
        await proxy.close();
      });

      it('nobody at the address', async () => {
        const { token } = await bench.phone();
        const nowhere = 'https://127.0.0.1:9';
        const away = cases.tokenAt?.(token, nowhere) ?? token;
        expect(await bench.sendElsewhere(away, cases.addressedTo(nowhere))).toMatchObject({
          kind: 'deferred',
          reason: 'vendor-unavailable',
          vendorCode: 'unreachable',
        });
      });
    });

    const silent = 'the connection does not say which requests were left';
    const outlives = onlyWhere(
      cases.goaway !== null && promises.outlivesGoaway,
      cases.goaway === null ? silent : 'this sender does not outlive a GOAWAY',
    );
    const saysAfterError = onlyWhere(
      !outlives.skip && cases.goaway?.saysAfterError === true,
      outlives.meta.lacks ?? `${silent} when it breaks`,
    );
    describe('a connection that the vendor ends', () => {
      it('GOAWAY in the middle of 500', outlives, async () => {
        const phones = await bench.town.phones(bench.app, vendor, 500);
        await bench.send((await bench.phone()).token);
        await bench.town.fault({ vendor, kind: 'goaway', reason: 'Shutdown', after: 250, count: 1 });
        const first = await Promise.all(phones.map(({ token }) => bench.send(token)));
        const left = phones.filter((_, index) => first[index]?.outcome.kind !== 'accepted');
        const unknown = first.filter(({ answer }) => answer.kind === 'unknown').length;
        expect(first.filter(({ outcome }) => outcome.kind === 'rejected')).toEqual([]);
        expect(left.length).toBeGreaterThan(0);
        if (promises.knowsWhatWasNotSent) expect(unknown).toBe(0);
        const again = await Promise.all(left.map(({ token }) => bench.send(token)));
        expect(again.filter(({ outcome }) => outcome.kind !== 'accepted')).toEqual([]);
        const tokens = new Set(phones.map(({ token }) => token));
        const processed = (await bench.town.ledger()).filter(
          ({ token, effect }) => tokens.has(token) && effect !== null,
        );
        expect(new Set(processed.map(({ token }) => token)).size).toBe(500);
        if (promises.knowsWhatWasNotSent) expect(processed).toHaveLength(500);
      });

      it('GOAWAY with an error', saysAfterError, async () => {
        const phones = await bench.town.phones(bench.app, vendor, 50);
        await bench.send((await bench.phone()).token);
        await bench.town.fault({
          vendor,
          kind: 'goaway',
          reason: 'InternalServerError',
          code: 'INTERNAL_ERROR',
          after: 25,
          count: 1,
        });
        const sent = await Promise.all(phones.map(({ token }) => bench.send(token)));
        const unsent = sent.filter(({ answer }) => answer.kind === 'not-sent').length;
        // Never told as refused or accepted; whether it is known to be unsent is what tells the senders apart.
        expect(sent.filter(({ outcome }) => outcome.kind === 'rejected')).toEqual([]);
        if (promises.knowsWhatAnErrorLeftUnsent) expect(unsent).toBeGreaterThan(0);
        else expect(unsent).toBe(0);
      });
    });

    describe('says more', () => {
      const calls = onlyWhere(cases.receipt !== null, 'the vendor calls nobody back');
      it('receipt', calls, async () => {
        const channel = bench.channelWith(cases.receipt?.settings?.(bench) ?? {});
        const recipe = channel.receipts;
        if (recipe === null) throw new Error(`${vendor} reads no receipts`);
        const file = recipe.keyReference?.replace(/^file:/, '');
        const key = file === undefined ? null : readKeyFile(file, true);
        const keyText = key !== null && 'text' in key ? key.text : null;
        const door = await openCallbackDoor((callback) => recipe.read(callback, keyText, Date.now()));
        await cases.receipt?.register?.(bench, door.url);
        bench.callBack(door.url);
        const phone = await bench.phone();
        expect((await bench.send(phone.token, {}, channel)).outcome.kind).toBe('accepted');
        const receipts = () =>
          door.readings.flatMap((reading) => (reading.kind === 'receipts' ? reading.receipts : []));
        await waitUntil('a receipt has come', () => Promise.resolve(receipts().length > 0));
        await door.close();
        expect(receipts()[0]).toMatchObject({ token: phone.token, status: cases.receipt?.status });
        expect(door.readings.filter(({ kind }) => kind === 'refused')).toEqual([]);
      });

      const mute = onlyWhere(cases.receipt === null, 'the vendor calls back');
      it('reads no receipts, and asks for none', mute, () => {
        expect(bench.channel.receipts).toBeNull();
      });

      it.runIf(withdraws)('withdrawn', async () => {
        const [shown, away] = await Promise.all([bench.phone(), bench.phone()]);
        await bench.town.network(away, false);
        const messages = ['told-apart-1', 'told-apart-2'];
        for (const collapse of messages) {
          for (const { token } of [shown, away]) await bench.send(token, { collapse, content: collapse });
        }
        const tokens = [shown.token, away.token];
        // Once more, as a repeat would ask: there is nothing to take back any more, and no harm in it.
        for (const _time of [1, 2])
          expect(await bench.withdraw(tokens, 'told-apart-1')).toEqual([
            { kind: 'accepted' },
            { kind: 'accepted' },
          ]);
        await bench.town.network(away, true);
        for (const { phoneId } of [shown, away]) {
          const { notifications } = await bench.town.screen(phoneId);
          expect(notifications.map(({ body }) => body)).toEqual(['told-apart-2']);
        }
      });

      it.runIf(withdraws)('withdrawn at a bad moment', async () => {
        const phone = await bench.phone();
        const ask = async () => (await bench.withdraw([phone.token], 'told-apart-3'))[0];
        for (const [fault, reason] of [
          [cases.unavailable[0], 'vendor-unavailable'],
          [{ kind: 'cut-after' }, 'no-answer'],
        ] as const) {
          await bench.fault(phone, fault ?? {});
          expect(await ask()).toMatchObject({ kind: 'deferred', reason });
        }
        expect(await ask()).toEqual({ kind: 'accepted' });
      });

      it.runIf(!withdraws)('takes nothing back, and does not claim to', () => {
        expect(bench.channel.withdrawal ?? null).toBeNull();
      });

      for (const { name, run } of cases.more) it(name, () => expect(run(bench)).resolves.toBeUndefined());
    });
  });
}
