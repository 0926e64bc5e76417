import type { TokenKind } from '@reveille/contracts/device/events';
import { describe, expect, it } from 'vitest';
import type { DeviceEvent } from '../domain/device/device.state.js';
import { type DirectoryEvent, type DirectoryRow, projectDevices } from './device-directory.projection.js';

const app = 'chat';
const bound = (deviceId: string, tokenRef: string, kind: TokenKind = 'alert'): DeviceEvent => ({
  type: 'push-token-bound',
  data: {
    deviceId,
    pushId: 'p'.repeat(22),
    deviceSecretHash: 'hash',
    kind,
    vendor: 'apns',
    environment: 'production',
    tokenRef,
    bundle: null,
    boundAt: 1,
  },
});
const login = (deviceId: string, user: string): DeviceEvent => ({
  type: 'user-bound',
  data: { deviceId, user, platform: 'iphone', boundAt: 1 },
});
const unregistered = (deviceId: string): DeviceEvent => ({
  type: 'push-unregistered',
  data: { deviceId, unregisteredAt: 1 },
});
const lost = (deviceId: string, tokenRef: string, lostPosition: number): DeviceEvent => ({
  type: 'push-token-lost',
  data: {
    deviceId,
    kind: 'alert',
    vendor: 'apns',
    tokenRef,
    toDeviceId: 'x',
    lostPosition,
    lostAt: 1,
  },
});
const log = (...events: DeviceEvent[]): DirectoryEvent[] =>
  events.map((event, index) => ({ app, deviceId: event.data.deviceId, position: index + 1, event }));
const rowOf = (rows: readonly DirectoryRow[], id: string) => rows.find(({ deviceId }) => deviceId === id);
const alertOf = (rows: readonly DirectoryRow[], id: string) => rowOf(rows, id)?.device.alert;

describe('projectDevices', () => {
  it('gives a token to the newest binding and says who lost it', () => {
    const { rows, taken } = projectDevices(log(bound('a', 't'), bound('b', 't')), []);
    expect(alertOf(rows, 'a')?.takenBy).toBe('b');
    expect(alertOf(rows, 'b')).toMatchObject({ takenBy: null, position: 2 });
    expect(taken).toEqual([{ app, deviceId: 'a', kind: 'alert', lostPosition: 1, toDeviceId: 'b' }]);
  });

  it('gives it back to who binds it again', () => {
    const { rows } = projectDevices(log(bound('a', 't'), bound('b', 't'), bound('a', 't')), []);
    expect([alertOf(rows, 'a')?.takenBy, alertOf(rows, 'b')?.takenBy]).toEqual([null, 'a']);
  });

  it('takes nothing from a device whose token is another by now, or switched off', () => {
    const events = log(
      bound('a', 't'),
      bound('a', 't2'),
      bound('c', 't'),
      unregistered('c'),
      bound('b', 't'),
    );
    const { rows, taken } = projectDevices(events, []);
    expect(taken).toEqual([]);
    expect(alertOf(rows, 'a')).toMatchObject({ tokenRef: 't2', takenBy: null });
    expect(alertOf(rows, 'c')).toMatchObject({ state: 'unregistered', takenBy: null });
  });

  it('leaves a restored token with whoever has bound it since', () => {
    const dead: DeviceEvent = {
      type: 'push-token-invalidated',
      data: {
        deviceId: 'a',
        kind: 'alert',
        vendor: 'apns',
        tokenRef: 't',
        reason: 'token-unregistered',
        observedAt: 1,
        invalidatedAt: 5,
      },
    };
    const back: DeviceEvent = {
      type: 'push-token-restored',
      data: {
        deviceId: 'a',
        kind: 'alert',
        vendor: 'apns',
        tokenRef: 't',
        because: 'operator',
        restoredAt: 9,
      },
    };
    const alone = projectDevices(log(bound('a', 't'), dead, back), []);
    expect(alertOf(alone.rows, 'a')).toMatchObject({ state: 'live', deadAt: null, takenBy: null });
    expect(alertOf(projectDevices(log(bound('a', 't'), dead), []).rows, 'a')).toMatchObject({ deadAt: 5 });
    const { rows, taken } = projectDevices(log(bound('a', 't'), dead, bound('b', 't'), back), []);
    expect(alertOf(rows, 'a')).toMatchObject({ state: 'live', takenBy: 'b' });
    expect(alertOf(rows, 'b')).toMatchObject({ state: 'live', takenBy: null });
    expect(taken).toEqual([{ app, deviceId: 'a', kind: 'alert', lostPosition: 1, toDeviceId: 'b' }]);
  });

  it('takes from no other app', () => {
    const [first, second] = log(bound('a', 't'), bound('b', 't'));
    const events = [first, { ...second, app: 'other' }] as DirectoryEvent[];
    expect(projectDevices(events, []).taken).toEqual([]);
  });

  it('forgets a token that was lost, and not the one that was bound after', () => {
    const { rows } = projectDevices(log(bound('a', 't'), bound('b', 't'), lost('a', 't', 1)), []);
    expect(alertOf(rows, 'a')).toBeNull();
    const again = log(bound('a', 't'), bound('b', 't'), bound('a', 't'), lost('a', 't', 1));
    expect(alertOf(projectDevices(again, []).rows, 'a')?.state).toBe('live');
  });

  it('changes nothing when events come again', () => {
    const events = log(login('a', 'ana'), bound('a', 't'), bound('b', 't'), bound('a', 't'));
    const once = projectDevices(events, []).rows;
    expect(projectDevices(events, once)).toEqual({ rows: [], taken: [] });
  });

  it('gives the same rows in one batch, event by event, or cut anywhere', () => {
    const devices = ['a', 'b', 'c'];
    let seed = 7;
    const next = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const events = log(
      ...Array.from({ length: 300 }, () => {
        const deviceId = devices[next(3)] ?? 'a';
        const tokenRef = `t${next(3)}`;
        const kinds = [
          () => bound(deviceId, tokenRef),
          () => bound(deviceId, tokenRef, 'voip'),
          () => login(deviceId, `u${next(2)}`),
          () => unregistered(deviceId),
          () => lost(deviceId, tokenRef, next(300)),
        ];
        return (kinds[next(kinds.length)] ?? kinds[0])?.() ?? bound(deviceId, tokenRef);
      }),
    );
    const inBatchesOf = (size: number) => {
      const rows = new Map<string, DirectoryRow>();
      for (let from = 0; from < events.length; from += size) {
        const change = projectDevices(events.slice(from, from + size), [...rows.values()]);
        for (const row of change.rows) rows.set(row.deviceId, row);
      }
      return devices.map((id) => rows.get(id));
    };
    const whole = inBatchesOf(events.length);
    for (const size of [1, 2, 7, 64]) expect(inBatchesOf(size)).toEqual(whole);
  });

  it('never lets two devices have one token', () => {
    const events = log(bound('a', 't'), bound('b', 't'), bound('c', 't'), bound('a', 't'), bound('b', 't'));
    for (let end = 1; end <= events.length; end += 1) {
      const { rows } = projectDevices(events.slice(0, end), []);
      expect(
        rows.filter(({ device }) => device.alert !== null && device.alert.takenBy === null),
      ).toHaveLength(1);
    }
  });
});
