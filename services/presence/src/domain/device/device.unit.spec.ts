import { deciderSpec } from '@reveille/eventing/testing/decider-spec';
import { describe, expect, it } from 'vitest';
import {
  type BindUser,
  deviceDecider,
  type InvalidatePushToken,
  type LosePushToken,
  type RegisterPush,
  type RestorePushToken,
  type UnbindUser,
  type UnregisterPush,
} from './device.decide.js';
import { type DeviceEvent, evolveDevice, unknownDevice } from './device.state.js';

const deviceId = 'phone-1';
const at = 1_000;
const pushId = 'p'.repeat(22);
const secretHash = 'hash-of-the-secret';
const [t1, t2, voip] = ['token-reference-1', 'token-reference-2', 'token-reference-v'];

const bob: DeviceEvent = {
  type: 'user-bound',
  data: { deviceId, user: 'bob', platform: 'iphone', boundAt: at },
};
const bobLeft: DeviceEvent = { type: 'user-unbound', data: { deviceId, user: 'bob', unboundAt: at } };
const unregistered: DeviceEvent = { type: 'push-unregistered', data: { deviceId, unregisteredAt: at } };
type Bound = Extract<DeviceEvent, { type: 'push-token-bound' }>;
const bound = (data: Partial<Bound['data']> = {}): Bound => ({
  type: 'push-token-bound',
  data: {
    deviceId,
    pushId,
    deviceSecretHash: secretHash,
    kind: 'alert',
    vendor: 'apns',
    environment: 'production',
    tokenRef: t1,
    bundle: null,
    boundAt: at,
    ...data,
  },
});
const dead: DeviceEvent = {
  type: 'push-token-invalidated',
  data: {
    deviceId,
    kind: 'alert',
    vendor: 'apns',
    tokenRef: t1,
    reason: 'token-unregistered',
    observedAt: at,
    invalidatedAt: at,
  },
};
const lost: DeviceEvent = {
  type: 'push-token-lost',
  data: {
    deviceId,
    kind: 'alert',
    vendor: 'apns',
    tokenRef: t1,
    toDeviceId: 'phone-2',
    lostPosition: 2,
    lostAt: at,
  },
};

const login = (user = 'bob'): BindUser => ({ type: 'bind-user', deviceId, user, platform: 'iphone', at });
const logout = (more: Partial<UnbindUser> = {}): UnbindUser => ({
  type: 'unbind-user',
  deviceId,
  user: 'bob',
  proof: 'session',
  secretHash: null,
  at,
  ...more,
});
const register = (more: Partial<RegisterPush> = {}): RegisterPush => ({
  type: 'register-push',
  deviceId,
  user: 'bob',
  platform: 'iphone',
  vendor: 'apns',
  environment: 'production',
  bundle: null,
  tokens: [{ kind: 'alert', tokenRef: t1 }],
  secretHash: null,
  byServer: false,
  fresh: { pushId: 'f'.repeat(22), secretHash: 'fresh-hash' },
  at,
  ...more,
});
const unregister = (more: Partial<UnregisterPush> = {}): UnregisterPush => ({
  type: 'unregister-push',
  deviceId,
  secretHash,
  byServer: false,
  at,
  ...more,
});
const condemn = (more: Partial<InvalidatePushToken> = {}): InvalidatePushToken => ({
  type: 'invalidate-push-token',
  deviceId,
  tokenRef: t1,
  reason: 'token-unregistered',
  observedAt: at,
  registeredAt: null,
  at,
  ...more,
});
const restore = (more: Partial<RestorePushToken> = {}): RestorePushToken => ({
  type: 'restore-push-token',
  deviceId,
  tokenRef: t1,
  because: 'operator',
  at,
  ...more,
});
const lose = (more: Partial<LosePushToken> = {}): LosePushToken => ({
  type: 'lose-push-token',
  deviceId,
  kind: 'alert',
  lostPosition: 2,
  toDeviceId: 'phone-2',
  at,
  ...more,
});

const { given } = deciderSpec(deviceDecider);

describe('a login', () => {
  it('binds the user', () => given().when(login()).then(bob));
  it('does nothing when the user is bound already', () => given(bob).when(login()).thenNothing());
  it('is refused while somebody else is bound', () =>
    given(bob).when(login('eve')).thenRefused('device-bound-to-another-user'));
  it('is welcome after the other logged out', () => {
    const eve: DeviceEvent = { ...bob, data: { ...bob.data, user: 'eve' } };
    given(bob, bobLeft).when(login('eve')).then(eve);
  });
});

describe('a logout', () => {
  it('unbinds the user', () => given(bob).when(logout()).then(bobLeft));
  it('does nothing when nobody is bound', () => given(bob, bobLeft).when(logout()).thenNothing());
  it('does nothing on a device that nobody knows', () => given().when(logout()).thenNothing());
  it('that comes late does not log out whoever came after', () => {
    const eve: DeviceEvent = { ...bob, data: { ...bob.data, user: 'eve' } };
    given(bob, bobLeft, eve).when(logout()).thenNothing();
  });
  it('made without network proves itself by the device secret', () =>
    given(bob, bound())
      .when(logout({ proof: 'device-secret', secretHash }))
      .then(bobLeft));
  it.each([null, 'another-hash'])('with the device secret %j is refused', (wrong) =>
    given(bob, bound())
      .when(logout({ proof: 'device-secret', secretHash: wrong }))
      .thenRefused('device-secret-wrong'),
  );
  it('by secret is refused where no secret was given out', () =>
    given(bob)
      .when(logout({ proof: 'device-secret', secretHash }))
      .thenRefused('device-secret-wrong'));
  it('by the server needs no secret', () =>
    given(bob, bound())
      .when(logout({ proof: 'server' }))
      .then(bobLeft));
});

describe('the first registration', () => {
  const first = bound({ pushId: 'f'.repeat(22), deviceSecretHash: 'fresh-hash' });

  it('gives out a PushID and a secret', () => given(bob).when(register()).then(first));
  it('may come before a login', () => given().when(register()).then(first));
  it('is refused while somebody else is bound', () =>
    given(bob)
      .when(register({ user: 'eve' }))
      .thenRefused('device-bound-to-another-user'));
  it('by a server binds the user too', () =>
    given()
      .when(register({ byServer: true }))
      .then(bob, first));
  it('takes both tokens of an iPhone', () => {
    const tokens = [
      { kind: 'alert', tokenRef: t1 },
      { kind: 'voip', tokenRef: voip },
    ] as const;
    const second = bound({ ...first.data, kind: 'voip', tokenRef: voip });
    given(bob).when(register({ tokens })).then(first, second);
  });
  it('goes on after a crash between the two', () => {
    const tokens = [
      { kind: 'alert', tokenRef: t1 },
      { kind: 'voip', tokenRef: voip },
    ] as const;
    const second = bound({ ...first.data, kind: 'voip', tokenRef: voip });
    given(bob, first).when(register({ tokens })).then(second);
  });
});

describe('a later registration', () => {
  it('of the same token does nothing', () =>
    given(bob, bound()).when(register({ secretHash })).thenNothing());
  it('of another token keeps PushID and secret', () =>
    given(bob, bound())
      .when(register({ secretHash, tokens: [{ kind: 'alert', tokenRef: t2 }] }))
      .then(bound({ tokenRef: t2 })));
  it('of the same token in the other environment binds it anew', () =>
    given(bob, bound())
      .when(register({ secretHash, environment: 'development' }))
      .then(bound({ environment: 'development' })));
  it.each([null, 'another-hash'])('of another token with the secret %j is refused', (wrong) =>
    given(bob, bound())
      .when(register({ secretHash: wrong, tokens: [{ kind: 'alert', tokenRef: t2 }] }))
      .thenRefused('device-secret-wrong'),
  );
  it('with a wrong secret is refused even for the same token', () =>
    given(bob, bound())
      .when(register({ secretHash: 'another-hash' }))
      .thenRefused('device-secret-wrong'));
  it('whose first answer was lost gets a new secret by the token itself', () =>
    given(bob, bound())
      .when(register())
      .then(bound({ deviceSecretHash: 'fresh-hash' })));
  it('by a server needs no secret', () =>
    given(bob, bound())
      .when(register({ byServer: true, tokens: [{ kind: 'alert', tokenRef: t2 }] }))
      .then(bound({ tokenRef: t2 })));
  it.each([
    ['dead', dead],
    ['unregistered', unregistered],
    ['lost', lost],
  ])('of a token that was %s binds it anew', (_, end) =>
    given(bob, bound(), end)
      .when(register({ secretHash, at: 2_000 }))
      .then(bound({ boundAt: 2_000 })),
  );
});

describe('unregistering', () => {
  it('switches push off', () => given(bob, bound()).when(unregister()).then(unregistered));
  it('again does nothing', () => given(bob, bound(), unregistered).when(unregister()).thenNothing());
  it('a dead token switches it off too', () =>
    given(bob, bound(), dead).when(unregister()).then(unregistered));
  it('is refused where push was never registered', () =>
    given(bob).when(unregister()).thenRefused('push-not-registered'));
  it.each([null, 'another-hash'])('with the secret %j is refused', (wrong) =>
    given(bob, bound())
      .when(unregister({ secretHash: wrong }))
      .thenRefused('device-secret-wrong'),
  );
  it('by the server needs no secret', () =>
    given(bob, bound())
      .when(unregister({ secretHash: null, byServer: true }))
      .then(unregistered));
});

describe("a vendor's word that the token is gone", () => {
  it('counts against the token that it names', () => given(bob, bound()).when(condemn()).then(dead));
  it('does not count twice', () => given(bob, bound(), dead).when(condemn()).thenNothing());
  it('does not count against a newer token', () =>
    given(bob, bound(), bound({ tokenRef: t2 }))
      .when(condemn())
      .thenNothing());
  it('does not count against the same token bound after the word', () =>
    given(bob, bound({ boundAt: at + 1 }))
      .when(condemn())
      .thenNothing());
  it('does not count against a token that was handed to us again after the word', () =>
    given(bob, bound())
      .when(condemn({ registeredAt: at + 1 }))
      .thenNothing());
  it('counts though it was handed to us again, before the word', () =>
    given(bob, bound())
      .when(condemn({ registeredAt: at }))
      .then(dead));
  it('reaches the token for calls', () =>
    given(bob, bound(), bound({ kind: 'voip', tokenRef: voip }))
      .when(condemn({ tokenRef: voip }))
      .then({ ...dead, data: { ...dead.data, kind: 'voip', tokenRef: voip } }));
  it('means nothing on a device without tokens', () => given(bob).when(condemn()).thenNothing());
});

describe('undoing a death', () => {
  const restored: DeviceEvent = {
    type: 'push-token-restored',
    data: { deviceId, kind: 'alert', vendor: 'apns', tokenRef: t1, because: 'operator', restoredAt: at },
  };
  it('brings the token back', () => given(bob, bound(), dead).when(restore()).then(restored));
  it('brings it back once', () => given(bob, bound(), dead, restored).when(restore()).thenNothing());
  it('leaves a token alone that lives', () => given(bob, bound()).when(restore()).thenNothing());
  it('leaves a newer token alone', () =>
    given(bob, bound(), dead, bound({ tokenRef: t2 }))
      .when(restore())
      .thenNothing());
  it('does not switch push on again', () =>
    given(bob, bound(), dead, unregistered).when(restore()).thenNothing());
  it('lets a later word of the vendor count', () =>
    given(bob, bound(), dead, restored).when(condemn()).then(dead));
});

describe('a token that another device registered later', () => {
  it('is lost', () => given(bob, bound()).when(lose()).then(lost));
  it('is lost once', () => given(bob, bound(), lost).when(lose()).thenNothing());
  it('is not lost when this device registered again meanwhile', () =>
    given(bob, bound(), bound({ tokenRef: t2 }))
      .when(lose())
      .thenNothing());
});

describe('evolveDevice', () => {
  const back: DeviceEvent = {
    type: 'push-token-restored',
    data: { deviceId, kind: 'alert', vendor: 'apns', tokenRef: t1, because: 'suspected', restoredAt: at },
  };
  const second = bound({ kind: 'voip', tokenRef: voip });
  const events = [bob, bobLeft, bound(), second, unregistered, dead, lost, back];

  it('takes any event in any state', () => {
    for (const first of events) {
      for (const second of events) {
        for (const third of events) {
          const end = [first, second, third].reduce((d, e, i) => evolveDevice(d, e, i + 1), unknownDevice);
          expect(end.user === null || end.user === end.lastUser).toBe(true);
        }
      }
    }
  });

  it('remembers the last user after a logout', () => {
    const device = [bob, bobLeft].reduce((d, e, i) => evolveDevice(d, e, i + 1), unknownDevice);
    expect([device.user, device.lastUser]).toEqual([null, 'bob']);
  });
});
