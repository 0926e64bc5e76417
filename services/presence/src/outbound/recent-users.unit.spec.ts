import type { DeviceDescription } from '@reveille/contracts/ask/presence';
import { describe, expect, it } from 'vitest';
import { RecentUsers } from './recent-users.js';

const app = 'chat';
const device = (deviceId: string, tokenRef: string | null = null): DeviceDescription => ({
  deviceId,
  platform: 'iphone',
  isBound: true,
  alert:
    tokenRef === null
      ? null
      : {
          vendor: 'apns',
          environment: 'production',
          tokenRef,
          sealedToken: 'sealed',
          bundle: null,
          boundAt: 1,
          state: 'live',
        },
  voip: null,
  sessions: [],
});

describe('RecentUsers', () => {
  it('remembers who has no device too', () => {
    const recent = new RecentUsers(10);
    recent.put({ app, user: 'bob' }, []);
    expect(recent.get(app, 'bob')).toEqual([]);
    expect(recent.get(app, 'eve')).toBeNull();
    expect(recent.get('other', 'bob')).toBeNull();
  });

  it('forgets the least recent', () => {
    const recent = new RecentUsers(2);
    recent.put({ app, user: 'a' }, [device('da')]);
    recent.put({ app, user: 'b' }, [device('db')]);
    recent.get(app, 'a');
    recent.put({ app, user: 'c' }, [device('dc')]);
    expect([recent.get(app, 'a'), recent.get(app, 'b'), recent.size]).toEqual([[device('da')], null, 2]);
  });

  it('forgets by user, by device and by token', () => {
    const recent = new RecentUsers(10);
    for (const user of ['a', 'b', 'c']) recent.put({ app, user }, [device(`d${user}`, `t${user}`)]);
    recent.forgetUser(app, 'a');
    recent.forgetDevice(app, 'db');
    recent.forgetToken(app, 'tc');
    expect(recent.size).toBe(0);
  });

  it('finds the user whose device it is now', () => {
    const recent = new RecentUsers(10);
    recent.put({ app, user: 'a' }, [device('d', 't')]);
    recent.forgetDevice(app, 'd');
    recent.put({ app, user: 'b' }, [device('d', 't')]);
    recent.forgetUser(app, 'a');
    expect(recent.get(app, 'b')).toHaveLength(1);
    recent.forgetToken(app, 't');
    expect(recent.get(app, 'b')).toBeNull();
  });

  it('keeps no trace of whom it forgot', () => {
    const recent = new RecentUsers(1);
    for (let index = 0; index < 100; index += 1) {
      recent.put({ app, user: `u${index}` }, [device(`d${index}`, `t${index}`)]);
    }
    recent.forgetDevice(app, 'd5');
    recent.forgetToken(app, 't5');
    expect(recent.size).toBe(1);
  });
});
