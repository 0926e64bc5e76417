import { isErrorNamed, type RefusedError } from '@reveille/contracts/errors';
import { subjects } from '@reveille/contracts/subjects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app, type PresenceTown, startPresenceTown } from './testing/presence-town.js';

let town: PresenceTown;
let count = 0;
/** Stories share a town and not their users and devices. */
const fresh = (name: string) => `${name}-${(count += 1)}`;

beforeAll(async () => {
  town = await startPresenceTown();
});
afterAll(() => town.stop());

const refusal = async (asked: Promise<unknown>) => {
  const error: unknown = await asked.then(
    () => null,
    (reason: unknown) => reason,
  );
  return isErrorNamed(error, 'RefusedError') ? (error as unknown as RefusedError).code : error;
};

describe('one presence', () => {
  let presence: Awaited<ReturnType<PresenceTown['start']>>;
  beforeAll(async () => {
    presence = await town.start();
  });
  afterAll(() => presence.stop());

  it('registers, looks up, logs out, looks up', async () => {
    const [user, deviceId] = [fresh('user'), fresh('phone')];
    await town.open(fresh('session'), { user, deviceId });
    const { pushId, deviceSecret, tokenRef } = await town.register(deviceId, { user });
    expect(pushId).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(deviceSecret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(tokenRef).toMatch(/^[A-Za-z0-9_-]{32}$/);

    const [[device] = []] = await town.lookup(user);
    expect(device).toMatchObject({
      deviceId,
      isBound: true,
      platform: 'iphone',
      alert: { vendor: 'apns', tokenRef, state: 'live', environment: 'production' },
      voip: null,
      sessions: [{ gatewayId: 'gateway-1', background: false }],
    });
    expect(town.sealing.open(device?.alert?.sealedToken ?? '', { app, deviceId })).toBe(
      `token-of-${deviceId}`,
    );

    await town.logout(deviceId, user);
    const [[after] = []] = await town.lookup(user);
    expect(after).toMatchObject({ deviceId, isBound: false });
  });

  it('answers in the order of the question, also for those whom nobody knows', async () => {
    const [ana, eve] = [fresh('ana'), fresh('eve')];
    await town.register(fresh('phone'), { user: ana, bindUser: true });
    await town.register(fresh('phone'), { user: eve, bindUser: true });
    const found = await town.lookup(eve, fresh('nobody'), ana, eve);
    expect(found.map((devices) => devices.length)).toEqual([1, 0, 1, 1]);
    expect(found[0]).toEqual(found[3]);
  });

  it('rotates a token under the same PushID, for who knows the secret', async () => {
    const [user, deviceId] = [fresh('user'), fresh('phone')];
    const first = await town.register(deviceId, { user, bindUser: true });
    expect(await refusal(town.register(deviceId, { user, token: 'next' }))).toBe('device-secret-wrong');
    const { deviceSecret } = first;
    const next = await town.register(deviceId, { user, token: 'next', deviceSecret });
    expect(next).toMatchObject({ pushId: first.pushId, deviceSecret: null });
    expect(next.tokenRef).not.toBe(first.tokenRef);
    const [[device] = []] = await town.lookup(user);
    expect(town.sealing.open(device?.alert?.sealedToken ?? '', { app, deviceId })).toBe('next');
  });

  it('writes nothing when the same token comes again', async () => {
    const [user, deviceId] = [fresh('user'), fresh('phone')];
    const { deviceSecret } = await town.register(deviceId, { user, bindUser: true });
    const before = await presence.bus.streamTail('DEVICES');
    await town.register(deviceId, { user, deviceSecret });
    expect(await presence.bus.streamTail('DEVICES')).toBe(before);
  });

  it('gives a token to the newest of two devices', async () => {
    const [ana, eve] = [fresh('ana'), fresh('eve')];
    const [old, young] = [fresh('phone'), fresh('phone')];
    const token = fresh('shared');
    await town.register(old, { user: ana, token, bindUser: true });
    const { tokenRef } = await town.register(young, { user: eve, token, bindUser: true });
    const [before, after] = await alertsOf(ana, eve);
    expect(before).toBeNull();
    expect(after).toMatchObject({ tokenRef, state: 'live' });
    await expect.poll(async () => (await lastEventOf(old))?.type).toBe('push-token-lost');

    await town.register(old, { user: ana, token, bindUser: true });
    const [regained, lost] = await alertsOf(ana, eve);
    expect([regained, lost]).toMatchObject([{ tokenRef, state: 'live' }, null]);
  });

  it('takes the bundles that the app declares, and no other', async () => {
    const [user, deviceId] = [fresh('user'), fresh('phone')];
    for (const bundle of ['com.example', 'com.example.beta']) {
      await town.register(deviceId, { user, bundle, bindUser: true });
      expect((await alertsOf(user))[0]).toMatchObject({ bundle });
    }
    const foreign = town.register(deviceId, { user, bundle: 'com.mallory', bindUser: true });
    await expect(foreign).rejects.toThrow(/no bundle com\.mallory.*otherBundleIds/);
    expect(await refusal(foreign)).toBe('bundle-not-configured');
    expect((await alertsOf(user))[0]).toMatchObject({ bundle: 'com.example.beta' });
  });

  it('refuses what is not configured, and who is not logged in', async () => {
    const [user, deviceId] = [fresh('user'), fresh('phone')];
    expect(await refusal(town.register(deviceId, { vendor: 'fcm' }))).toBe('vendor-not-configured');
    await town.open(fresh('session'), { user, deviceId });
    expect(await refusal(town.register(deviceId, { user: 'eve' }))).toBe('device-bound-to-another-user');
    expect(await refusal(town.open(fresh('session'), { user: 'eve', deviceId }))).toBe(
      'device-bound-to-another-user',
    );
  });

  it('switches push off', async () => {
    const [user, deviceId] = [fresh('user'), fresh('phone')];
    const { deviceSecret } = await town.register(deviceId, { user, bindUser: true });
    await town.gateway.asker.ask(subjects.askUnregisterPush(app), {
      deviceId,
      deviceSecret,
      byServer: false,
    });
    const [[device] = []] = await town.lookup(user);
    expect(device?.alert).toMatchObject({ state: 'unregistered', sealedToken: null });
    const [target] = await town.targets([{ user, deviceId, vendor: 'apns', kind: 'alert' }]);
    expect(target).toEqual({ state: 'gone', reason: 'unregistered' });
  });

  it('says of targets what they are now', async () => {
    const [user, deviceId] = [fresh('user'), fresh('phone')];
    const { tokenRef } = await town.register(deviceId, { user, bindUser: true, voipToken: 'ring' });
    const target = { user, deviceId, vendor: 'apns', kind: 'alert' } as const;
    const answers = await town.targets([
      target,
      { ...target, kind: 'voip' },
      { ...target, user: 'eve' },
      { ...target, deviceId: fresh('unknown') },
    ]);
    expect(answers.map((answer) => (answer.state === 'bound' ? 'bound' : answer.reason))).toEqual([
      'bound',
      'bound',
      'logged-out',
      'logged-out',
    ]);
    expect(answers[0]).toMatchObject({ tokenRef, environment: 'production' });
    await town.logout(deviceId, user);
    expect(await town.targets([target])).toEqual([{ state: 'gone', reason: 'logged-out' }]);
  });
});

/** The alert token of each one's only device. */
async function alertsOf(...users: string[]) {
  return (await town.lookup(...users)).map(([device]) => device?.alert);
}

async function lastEventOf(deviceId: string): Promise<{ type: string | undefined } | null> {
  const auditor = await town.nats.connectAs('auditor');
  const last = await auditor.getLastMessage('DEVICES', subjects.device(app, deviceId));
  await auditor.drain();
  return last === null ? null : { type: last.headers['ce-type'] };
}
