import { randomBytes } from 'node:crypto';
import { runConsumer } from '@reveille/bus/consume';
import { park } from '@reveille/bus/disposition';
import { createSealing } from '@reveille/chassis/sealing';
import { dedupId, jobIdOf } from '@reveille/contracts/message-id';
import type { PushAttempted } from '@reveille/contracts/push/events';
import { consumers } from '@reveille/contracts/streams';
import { subjects } from '@reveille/contracts/subjects';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDeviceDirectoryRepository } from './outbound/db/device-directory.repository.js';
import { createPushTokenVault } from './outbound/db/push-token-vault.repository.js';
import { projectDevices } from './projections/device-directory.projection.js';
import { patiently } from './testing/patiently.js';
import { app, type PresenceTown, type RunningPresence, startPresenceTown } from './testing/presence-town.js';

let town: PresenceTown;
let running: RunningPresence[] = [];
let count = 0;
const fresh = (name: string) => `${name}-${(count += 1)}`;
const start = async (options?: Parameters<PresenceTown['start']>[0]) => {
  const presence = await town.start(options);
  running.push(presence);
  return presence;
};

beforeAll(async () => {
  town = await startPresenceTown();
});
afterEach(async () => {
  await Promise.all(running.map((presence) => presence.stop()));
  running = [];
});
afterAll(() => town.stop());

const rows = async () => {
  const all = async (table: string) =>
    (await sql.raw(`select * from presence.${table} order by 1, 2, 3`).execute(town.database.db)).rows;
  return { devices: await all('device'), bindings: await all('binding') };
};
const bob = { user: 'bob', bindUser: true };

describe('presence', () => {
  it('knows everything after a restart', async () => {
    const deviceId = fresh('phone');
    const user = fresh('user');
    const first = await start();
    const { deviceSecret } = await town.register(deviceId, { user, bindUser: true });
    await town.open(fresh('session'), { user, deviceId });
    const before = await town.lookup(user);
    await first.stop();
    await start();
    expect(await town.lookup(user)).toEqual(before);
    await town.register(deviceId, { user, deviceSecret, token: 'next' });
  });

  it('makes the same directory again from the log alone', async () => {
    const presence = await start();
    const [old, young, third] = [fresh('phone'), fresh('phone'), fresh('phone')];
    const token = fresh('shared');
    await town.register(old, { ...bob, token });
    await town.register(young, { ...bob, token, voipToken: 'ring' });
    await town.register(third, bob);
    await town.logout(third, 'bob');
    await expect
      .poll(
        async () =>
          (
            await town.database.db
              .selectFrom('binding')
              .selectAll()
              .where('taken_by', 'is not', null)
              .execute()
          ).length,
      )
      .toBe(0);
    await presence.stop();
    const before = await rows();
    await createDeviceDirectoryRepository(town.database.db, projectDevices).clear();
    await start();
    expect(await rows()).toEqual(before);
    expect(before.devices.length).toBeGreaterThan(2);
  });

  it('that died between vault and event leaves a row that is swept, and the device registers again', async () => {
    const deviceId = fresh('phone');
    let reached = 0;
    const dying = await start({
      checkpoint: () => {
        reached += 1;
        throw new Error('the process died here');
      },
    });
    await expect(town.register(deviceId, bob)).rejects.toThrow('failed');
    expect(reached).toBe(1);
    await dying.stop();
    expect(await vaultRowsOf(deviceId)).toHaveLength(1);

    await start();
    const vault = createPushTokenVault(town.database.db, town.sealing);
    await vault.sweep(0, 0);
    expect(await vaultRowsOf(deviceId)).toHaveLength(1);
    const { deviceSecret } = await town.register(deviceId, bob);
    expect(deviceSecret).not.toBeNull();
    await town.register(deviceId, { ...bob, token: 'rotated' });
    await vault.sweep(Date.now() + 1_000, 0);
    expect(await vaultRowsOf(deviceId)).toHaveLength(1);
    const [target] = await town.targets([{ user: 'bob', deviceId, vendor: 'apns', kind: 'alert' }]);
    expect(town.sealing.open(target?.state === 'bound' ? target.sealedToken : '', { app, deviceId })).toBe(
      'rotated',
    );
  });

  it('goes on when the one that writes the directory is gone', async () => {
    const [first, second] = [await start(), await start()];
    const deviceId = fresh('phone');
    await town.register(deviceId, bob);
    // An ask that was on its way to it is lost with its connection, and asked again.
    await first.bus.nc.close();
    await patiently(() => town.register(deviceId, { ...bob, token: 'after' }));
    await first.stop();
    await town.register(deviceId, { ...bob, token: 'at last' });
    expect(second.bus.isConnected()).toBe(true);
  });

  it('never names a user whose logout was answered, whichever presence is asked', async () => {
    await start();
    await start();
    await start();
    const devices = Array.from({ length: 40 }, () => fresh('phone'));
    await Promise.all(
      devices.map(async (deviceId) => {
        const user = `user-of-${deviceId}`;
        await town.register(deviceId, { user, bindUser: true });
        expect((await town.lookup(user))[0]?.[0]?.isBound).toBe(true);
        await town.logout(deviceId, user);
        const answers = await Promise.all([town.lookup(user), town.lookup(user), town.lookup(user)]);
        expect(answers.map(([found]) => found?.[0]?.isBound)).toEqual([false, false, false]);
      }),
    );
  });

  it('answers what was answered before, whatever happens to many devices at once', async () => {
    await Promise.all([start(), start(), start()]);
    let seed = 11;
    const next = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const live = async (deviceId: string, users: readonly string[]) => {
      const found = await town.lookup(...users);
      return users.filter((_, index) =>
        found[index]?.some((one) => one.deviceId === deviceId && one.isBound),
      );
    };
    const storyOf = async (deviceId: string) => {
      const users = [`${deviceId}-ana`, `${deviceId}-eve`];
      let bound: string | null = null;
      for (let step = 0; step < 12; step += 1) {
        const user: string = bound ?? users[next(2)] ?? '';
        if (bound !== null && next(2) === 0) {
          await town.logout(deviceId, bound);
          bound = null;
        } else {
          const { tokenRef } = await town.register(deviceId, {
            user,
            bindUser: true,
            token: `${deviceId}-${next(3)}`,
          });
          bound = user;
          const [devices] = await town.lookup(user);
          expect(devices?.find((one) => one.deviceId === deviceId)?.alert?.tokenRef).toBe(tokenRef);
        }
        expect(await live(deviceId, users)).toEqual(bound === null ? [] : [bound]);
      }
    };
    await Promise.all(Array.from({ length: 25 }, () => storyOf(fresh('phone'))));
  });

  it('seals anew what a former key sealed', async () => {
    const presence = await start();
    const deviceId = fresh('phone');
    await town.register(deviceId, bob);
    await presence.stop();
    const rotated = createSealing(`k2:${randomBytes(32).toString('base64')}\n${town.sealingKeys}`);
    await start({ sealing: rotated });
    const [target] = await town.targets([{ user: 'bob', deviceId, vendor: 'apns', kind: 'alert' }]);
    const sealed = target?.state === 'bound' ? target.sealedToken : '';
    expect(sealed.startsWith('v1.k2.')).toBe(true);
    expect(rotated.open(sealed, { app, deviceId })).toBe(`token-of-${deviceId}`);
    await createPushTokenVault(town.database.db, rotated).resealSome();
    expect((await vaultRowsOf(deviceId)).map(({ key_id }) => key_id)).toEqual(['k2']);
  });

  it('takes the word of a vendor against the token that it names, if it is newer', async () => {
    await start();
    const [dead, again, young] = [fresh('phone'), fresh('phone'), fresh('phone')];
    const [first, second, third] = [
      await town.register(dead, bob),
      await town.register(again, bob),
      await town.register(young, bob),
    ];
    const said = Date.now() + 1;
    await expect.poll(() => Date.now()).toBeGreaterThan(said);
    await town.register(again, bob);
    await town.register(young, { ...bob, token: 'new' });
    await sayUnregistered([
      { deviceId: dead, tokenRef: first.tokenRef, observedAt: said },
      { deviceId: again, tokenRef: second.tokenRef, observedAt: said },
      { deviceId: young, tokenRef: third.tokenRef, observedAt: said },
    ]);
    const states = async () => {
      const [devices = []] = await town.lookup('bob');
      return [dead, again, young].map((id) => devices.find(({ deviceId }) => deviceId === id)?.alert?.state);
    };
    await expect.poll(states).toEqual(['dead', 'live', 'live']);
    expect(await town.targets([{ user: 'bob', deviceId: dead, vendor: 'apns', kind: 'alert' }])).toEqual([
      { state: 'gone', reason: 'token-dead' },
    ]);
  });

  it('weighs a verdict that was given up, when the router asks for it', async () => {
    const first = await start();
    const phone = fresh('phone');
    const { tokenRef } = await town.register(phone, bob);
    const observedAt = Date.now() + 1;
    await expect.poll(() => Date.now()).toBeGreaterThan(observedAt);
    await first.stop();
    running = [];
    const { stream, name } = consumers.tokenVerdicts;
    const bus = await town.nats.connectAs('presence');
    let sequence = 0;
    const broken = runConsumer(bus, {
      stream,
      consumer: name,
      maxInFlight: 1,
      handle: async (delivery) => {
        sequence = delivery.sequence;
        return park('a bug');
      },
    });
    await sayUnregistered([{ deviceId: phone, tokenRef, observedAt }]);
    await expect.poll(() => sequence).toBeGreaterThan(0);
    await broken.stop();
    await bus.drain();
    await start();
    const asked = { user: 'bob', deviceId: phone, vendor: 'apns', kind: 'alert' } as const;
    expect((await town.targets([asked]))[0]?.state).toBe('bound');
    expect(await town.router.asker.ask(subjects.askRerun(name), { sequence })).toEqual({ done: true });
    await expect
      .poll(async () => (await town.targets([asked]))[0])
      .toEqual({ state: 'gone', reason: 'token-dead' });
    await expect(town.router.asker.ask(subjects.askRerun(name), { sequence: 999_999 })).rejects.toMatchObject(
      { code: 'dead-letter-unfit' },
    );
  });

  it('says nothing of a token or secret in its log', async () => {
    const presence = await start();
    const token = `needle-${randomBytes(12).toString('hex')}`;
    const { deviceSecret } = await town.register(fresh('phone'), { ...bob, token });
    await town.gateway.asker
      .ask(subjects.askRegisterPush(app), { deviceId: 'bad id !', token, user: 'bob' })
      .catch((error: unknown) => presence.logged.push(String(error)));
    const log = presence.logged.join('\n');
    expect(log).toMatch(/deviceId/);
    expect(log).not.toContain(token);
    expect(log).not.toContain(deviceSecret);
  });
});

async function vaultRowsOf(deviceId: string) {
  return town.database.db
    .selectFrom('push_token_vault')
    .selectAll()
    .where('device_id', '=', deviceId)
    .execute();
}

async function sayUnregistered(
  words: { deviceId: string; tokenRef: string; observedAt: number }[],
): Promise<void> {
  const jobId = jobIdOf(fresh('message'), 0, 0, 'apns', 0);
  const data: PushAttempted = {
    jobId,
    messageId: 'message',
    vendor: 'apns',
    lane: 'normal',
    attempt: 1,
    deliveryCount: 1,
    repeat: false,
    startedAt: 1,
    answeredAt: 2,
    outcomes: words.map(({ deviceId, tokenRef, observedAt }) => ({
      user: 'bob',
      deviceId,
      tokenRef,
      outcome: { kind: 'rejected', reason: 'token-unregistered', vendorCode: '410', observedAt },
      requests: 1,
      notBefore: null,
      requestId: null,
      traceparent: null,
    })),
  };
  await town.worker.publisher.publishFact({
    subject: subjects.pushAttempted(app, 0, 'apns', true),
    messageId: dedupId.outcome(app, jobId, 1, 1),
    envelope: {
      id: fresh('event'),
      type: 'push-attempted',
      version: 1,
      source: 'vendor-workers',
      time: 1,
      app,
      subject: 'message',
      correlation: 'message',
      causation: null,
      traceparent: null,
      data,
    },
  });
}
