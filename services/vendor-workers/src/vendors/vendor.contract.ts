import { type AppSettings, appSettingsSchema } from '@reveille/contracts/app/events';
import type { PushNotification } from '@reveille/contracts/push/job';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CredentialCache } from '../outbound/credential-cache.js';
import { openOwnSender, openSender } from '../outbound/open-sender.js';
import { registry } from '../registry.js';
import { startTlsVendor } from '../testing/tls-vendor.js';
import { openVendorTown, type Phone, type VendorTown } from '../testing/vendor-town.js';
import type { OpenTarget, Sender, VendorAnswer, VendorChannel } from '../vendor.js';

/** What an implementation of `Sender` promises; what it does not promise is asserted too, so that a change shows. */
export interface SenderPromises {
  /** A request is on the wire once, whatever the answer. */
  readonly sendsOnce: boolean;
  readonly seesRetryAfter: boolean;
  /** After a GOAWAY it knows which requests were not processed. */
  readonly knowsWhatWasNotSent: boolean;
  /** After a GOAWAY with an error too. */
  readonly knowsWhatAnErrorLeftUnsent: boolean;
  readonly carriesTraceparent: boolean;
  /** A request that was cut off on the way is told as `unknown`, and only as that. */
  readonly saysUnknown: boolean;
  /** An answer that is not the vendor's JSON still shows its status. */
  readonly seesStatusOfNonsense: boolean;
}

const never = new AbortController().signal;
const now = () => Date.now();
const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** The cases that every vendor with every sender must pass against the sandbox. */
export function vendorContract(
  vendor: VendorName,
  sender: 'http2' | 'node-apn' | 'firebase-admin',
  promises: SenderPromises,
): void {
  describe(`${vendor} over ${sender}`, () => {
    let town: VendorTown;
    let app: AppSettings;
    let channel: VendorChannel;
    let wire: Sender;
    let tokens: Sender;
    let credentials: CredentialCache;
    let phone: Phone;
    let messages = 0;

    beforeAll(async () => {
      town = await openVendorTown();
      app = await town.appCalled('shop', { [vendor]: { sender } });
      channel = registry[vendor].channelOf(app) as VendorChannel;
      wire = openSender(channel, { now, random: () => 0.5 });
      tokens = openOwnSender(channel, { now, random: () => 0.5 });
      credentials = new CredentialCache({ clock: { now }, isDemo: false });
      phone = await town.phone(app, vendor);
    });
    afterAll(async () => {
      await wire.close(1_000);
      await tokens.close(1_000);
      await town.close();
    });

    const targetOf = (token: string): OpenTarget => ({
      user: 'bob',
      deviceId: `device-${token.slice(0, 20).replaceAll(/\W/g, '')}`,
      token,
      environment: 'production',
      bundle: null,
    });
    const push = (more: Partial<PushNotification> = {}): PushNotification => ({
      strategy: 'alert',
      title: 'Ann',
      content: 'Hello',
      payload: '{"a":1}',
      threadId: 't',
      badgeIncrement: null,
      resourcesId: '',
      sender: 'ann',
      collapse: `message-${messages}`,
      sentAt: now(),
      expiresAt: now() + 60_000,
      ...more,
    });
    async function send(
      token: string,
      more: Partial<PushNotification> = {},
      over: VendorChannel = channel,
    ): Promise<{ answer: VendorAnswer; outcome: PushOutcome }> {
      messages += 1;
      const state = await credentials.current(channel.credential, tokens);
      if (state.kind !== 'ready') throw new Error(state.cause);
      const context = {
        messageId: `message-${messages}`,
        credential: state.credential,
        now: now(),
        isUrgent: false,
        traceparentOf: () => trace,
        receiptUrl: null,
        receiptParam: null,
        nonce: () => 'nonce',
      };
      const built = over.buildRequests(push(more), [targetOf(token)], context)[0];
      if (built?.kind !== 'request') throw new Error('no request');
      const answer = await wire.send(built.request, never);
      return { answer, outcome: channel.readOutcomes(built, answer, now())[0] as PushOutcome };
    }
    async function sendElsewhere(
      more: object,
    ): Promise<{ outcome: PushOutcome; close: () => Promise<void> }> {
      const vendors = { ...app.vendors, [vendor]: { ...app.vendors[vendor], ...more } };
      const elsewhere = registry[vendor].channelOf({ ...app, vendors }) as VendorChannel;
      const away = openSender(elsewhere, { now, random: () => 0.5 });
      const state = await credentials.current(channel.credential, tokens);
      if (state.kind !== 'ready') throw new Error(state.cause);
      const context = {
        messageId: 'm',
        credential: state.credential,
        now: now(),
        isUrgent: false,
        traceparentOf: () => null,
        receiptUrl: null,
        receiptParam: null,
        nonce: () => 'nonce',
      };
      const built = elsewhere.buildRequests(push(), [targetOf(phone.token)], context)[0];
      if (built?.kind !== 'request') throw new Error('no request');
      const answer = await away.send(built.request, never);
      const [outcome] = elsewhere.readOutcomes(built, answer, now());
      return { outcome: outcome as PushOutcome, close: () => away.close(0) };
    }
    const faultFor = (token: string, fault: object) => town.fault({ vendor, token, count: 1, ...fault });
    const requestsFor = async (token: string) => (await town.ledger(token)).length;
    const fresh = () => town.phone(app, vendor);

    it('is accepted, and shown', async () => {
      const { outcome } = await send(phone.token);
      expect(outcome).toMatchObject({ kind: 'accepted', vendorId: expect.any(String) });
      const [entry] = await town.ledger(phone.token);
      expect(entry).toMatchObject({
        status: 200,
        effect: 'shown',
        traceparent: promises.carriesTraceparent ? trace : null,
      });
    });

    const online = (phoneId: string, isOnline: boolean) =>
      town.control.put(`/phones/${phoneId}/network`, { online: isOnline });
    const platforms = vendor === 'fcm' ? ['android', 'ios', 'web'] : ['ios'];
    const phoneOn = (platform: string) => town.phone(app, vendor, vendor === 'fcm' ? { platform } : {});

    it.each(platforms)('a repeat replaces what it repeats, on %s', async (platform) => {
      const own = await phoneOn(platform);
      for (const attempt of [1, 2])
        await send(own.token, { collapse: 'same', content: `attempt ${attempt}` });
      const { notifications } = await town.screen(own.phoneId);
      expect(notifications).toMatchObject([{ title: 'Ann', body: 'attempt 2', shownCount: 2 }]);
    });

    it.each(platforms)('is not kept beyond its time to live, on %s', async (platform) => {
      const own = await phoneOn(platform);
      await online(own.phoneId, false);
      await send(own.token);
      await town.control.put('/clock', { offsetMs: 62_000 });
      await online(own.phoneId, true);
      await town.control.put('/clock', { offsetMs: 0 });
      expect((await town.screen(own.phoneId)).notifications).toEqual([]);
    });

    it.each(platforms)('hands over silently, on %s', async (platform) => {
      const own = await phoneOn(platform);
      expect((await send(own.token, { strategy: 'silent' })).outcome.kind).toBe('accepted');
      const { notifications, data } = await town.screen(own.phoneId);
      expect([notifications.length, data.length]).toEqual([0, 1]);
    });

    it('keeps the newest alert for a phone that is off the network', async () => {
      const own = await fresh();
      await online(own.phoneId, false);
      for (const content of ['1', '2', '3', '4', '5', '6']) await send(own.token, { content });
      await online(own.phoneId, true);
      expect((await town.screen(own.phoneId)).notifications.map(({ body }) => body)).toEqual(['6']);
    });

    it('sets the badge that the sender knows, on an iPhone', async () => {
      const own = await phoneOn('ios');
      await send(own.token, { badge: 7 });
      expect((await town.screen(own.phoneId)).badge).toBe(7);
    });

    if (vendor === 'fcm') {
      it('as data: the app is handed every alert; what is no Android phone shows it as ever', async () => {
        const more = { ...app.vendors.fcm, alerts: 'data', webLink: 'https://shop.example/' };
        const asData = registry.fcm.channelOf(
          appSettingsSchema.parse({ ...app, vendors: { fcm: more } }),
        ) as VendorChannel;
        const android = await phoneOn('android');
        await online(android.phoneId, false);
        for (const content of ['1', '2', '3', '4', '5', '6']) await send(android.token, { content }, asData);
        await online(android.phoneId, true);
        const { notifications, data } = await town.screen(android.phoneId);
        expect(notifications).toEqual([]);
        expect(data.map((handed) => handed.data['body'])).toEqual(['1', '2', '3', '4', '5', '6']);
        for (const platform of ['ios', 'web']) {
          const other = await phoneOn(platform);
          await send(other.token, { content: 'seen' }, asData);
          const screen = await town.screen(other.phoneId);
          expect(screen.notifications).toMatchObject([{ title: 'Ann', body: 'seen' }]);
        }
      });
    }

    it('a token that is gone', async () => {
      const gone = await fresh();
      await town.control.delete(`/phones/${gone.phoneId}/app`);
      expect((await send(gone.token)).outcome).toMatchObject({
        kind: 'rejected',
        reason: 'token-unregistered',
      });
      expect(await requestsFor(gone.token)).toBe(1);
    });

    it('a token of another app', async () => {
      const other = await town.appCalled('other');
      const foreign = await town.phone(other, vendor);
      expect((await send(foreign.token)).outcome).toMatchObject({
        kind: 'rejected',
        reason: 'token-wrong-app',
      });
    });

    it('what is too large', async () => {
      const large = await fresh();
      await faultFor(
        large.token,
        vendor === 'apns' ? { reason: 'PayloadTooLarge' } : { reason: 'INVALID_ARGUMENT' },
      );
      expect((await send(large.token)).outcome).toMatchObject({
        kind: 'rejected',
        reason: vendor === 'apns' ? 'payload-too-large' : expect.stringMatching(/^payload-/),
      });
    });

    it('a credential that is expired, then renewed', async () => {
      const patient = await fresh();
      await faultFor(patient.token, {
        reason: vendor === 'apns' ? 'ExpiredProviderToken' : 'ACCESS_TOKEN_EXPIRED',
      });
      expect((await send(patient.token)).outcome).toMatchObject({
        kind: 'deferred',
        reason: 'credential-expired',
      });
      const state = await credentials.current(channel.credential, tokens);
      if (state.kind !== 'ready') throw new Error(state.cause);
      const renewed = await credentials.renewed(channel.credential, tokens, state.credential);
      expect(renewed).toMatchObject({
        kind: 'ready',
        credential: { generation: state.credential.generation + 1 },
      });
      expect((await send(patient.token)).outcome.kind).toBe('accepted');
    });

    it('is throttled, with and without a hint', async () => {
      const busy = await fresh();
      const reason = vendor === 'apns' ? 'TooManyRequests' : 'QUOTA_EXCEEDED';
      await faultFor(busy.token, { reason, retryAfterSeconds: 2 });
      const hinted = (await send(busy.token)).outcome;
      expect(hinted).toMatchObject({ kind: 'deferred', reason: 'throttled' });
      if (promises.seesRetryAfter) expect(hinted).toMatchObject({ retryAfterMs: 2_000 });
      else expect(hinted).toMatchObject({ retryAfterMs: null });
      await faultFor(busy.token, { reason });
      expect((await send(busy.token)).outcome).toMatchObject({
        reason: 'throttled',
        retryAfterMs: vendor === 'apns' ? null : 60_000,
      });
      expect(await requestsFor(busy.token)).toBe(2);
    });

    it('a fault of the vendor', async () => {
      const unlucky = await fresh();
      await faultFor(unlucky.token, { reason: vendor === 'apns' ? 'InternalServerError' : 'INTERNAL' });
      expect((await send(unlucky.token)).outcome).toMatchObject({
        kind: 'deferred',
        reason: 'vendor-unavailable',
      });
      expect(await requestsFor(unlucky.token)).toBe(1);
      await faultFor(unlucky.token, { reason: vendor === 'apns' ? 'ServiceUnavailable' : 'UNAVAILABLE' });
      const overloaded = (await send(unlucky.token)).outcome;
      if (promises.sendsOnce) {
        expect(overloaded).toMatchObject({ kind: 'deferred', reason: 'vendor-unavailable' });
        expect(await requestsFor(unlucky.token)).toBe(2);
      } else {
        // It has repeated the request by itself.
        expect(overloaded.kind).toBe('accepted');
        expect(await requestsFor(unlucky.token)).toBe(3);
      }
    });

    it.each(['cut-before', 'cut-after'])('a connection that is cut: %s the answer', async (kind) => {
      const lost = await fresh();
      await faultFor(lost.token, { kind });
      const { outcome } = await send(lost.token);
      const shown = (await town.ledger(lost.token)).filter(
        ({ effect }) => effect === 'shown' || effect === 'replaced',
      ).length;
      if (promises.saysUnknown) {
        expect(outcome).toMatchObject({ kind: 'deferred', reason: 'no-answer' });
        expect(shown).toBe(kind === 'cut-after' ? 1 : 0);
      } else {
        // It has repeated the request: after a cut behind the answer the vendor has had it twice.
        expect(outcome.kind).toBe('accepted');
        expect(shown).toBe(kind === 'cut-after' ? 2 : 1);
      }
      expect((await send(lost.token)).outcome.kind).toBe('accepted');
    });

    it('nonsense in place of an answer', async () => {
      const reason = promises.seesStatusOfNonsense ? 'vendor-unavailable' : 'no-answer';
      if (vendor === 'fcm') {
        const odd = await fresh();
        await faultFor(odd.token, { reason: 'HTML_502' });
        expect((await send(odd.token)).outcome).toMatchObject({ kind: 'deferred', reason });
        return;
      }
      const proxy = await startTlsVendor((stream) => {
        stream.respond({ ':status': 502, 'content-type': 'text/html' });
        stream.end('<html>Bad gateway</html>');
      });
      const { outcome, close } = await sendElsewhere({ endpoint: proxy.origin, caFile: proxy.caFile });
      expect(outcome).toMatchObject({ kind: 'deferred', reason });
      await close();
      await proxy.close();
    });

    if (vendor === 'apns' || sender === 'http2') {
      it('a GOAWAY in the middle of 500', async () => {
        const phones = await town.phones(app, vendor, 500);
        await send(phone.token);
        await town.fault({ vendor, kind: 'goaway', reason: 'Shutdown', after: 250, count: 1 });
        const first = await Promise.all(phones.map(({ token }) => send(token)));
        const left = phones.filter((_, index) => first[index]?.outcome.kind !== 'accepted');
        const unknown = first.filter(({ answer }) => answer.kind === 'unknown').length;
        expect(first.filter(({ outcome }) => outcome.kind === 'rejected')).toEqual([]);
        expect(left.length).toBeGreaterThan(0);
        if (promises.knowsWhatWasNotSent) expect(unknown).toBe(0);
        const again = await Promise.all(left.map(({ token }) => send(token)));
        expect(again.filter(({ outcome }) => outcome.kind !== 'accepted')).toEqual([]);
        const tokens = new Set(phones.map(({ token }) => token));
        const processed = (await town.ledger()).filter(
          ({ token, effect }) => tokens.has(token) && effect !== null,
        );
        expect(new Set(processed.map(({ token }) => token)).size).toBe(500);
        if (promises.knowsWhatWasNotSent) expect(processed).toHaveLength(500);
      });
    }

    if (vendor === 'apns') {
      it('a GOAWAY with an error in the middle of 50', async () => {
        const phones = await town.phones(app, vendor, 50);
        await send(phone.token);
        await town.fault({
          vendor,
          kind: 'goaway',
          reason: 'InternalServerError',
          code: 'INTERNAL_ERROR',
          after: 25,
          count: 1,
        });
        const sent = await Promise.all(phones.map(({ token }) => send(token)));
        const unsent = sent.filter(({ answer }) => answer.kind === 'not-sent').length;
        // Never told as refused or accepted; whether it is known to be unsent is what tells the senders apart.
        expect(sent.filter(({ outcome }) => outcome.kind === 'rejected')).toEqual([]);
        if (promises.knowsWhatAnErrorLeftUnsent) expect(unsent).toBeGreaterThan(0);
        else expect(unsent).toBe(0);
      });
    }

    it('nobody at the address', async () => {
      const { outcome, close } = await sendElsewhere({ endpoint: 'https://127.0.0.1:9' });
      expect(outcome).toMatchObject({
        kind: 'deferred',
        reason: 'vendor-unavailable',
        vendorCode: 'unreachable',
      });
      await close();
    });
  });
}
