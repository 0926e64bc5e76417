import { describe, expect, it } from 'vitest';
import { DeviceIdentity, MemoryStorage, newUuid } from './storage.js';

describe('newUuid', () => {
  it('is a UUIDv7 of its moment', () => {
    const id = newUuid(1_795_518_000_000);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(1_795_518_000_000);
    expect(newUuid(1_795_518_000_000)).not.toBe(id);
  });
});

describe('DeviceIdentity', () => {
  it('is made once and outlives the app, one for each app', () => {
    const storage = new MemoryStorage();
    const { deviceId } = new DeviceIdentity(storage, 'chat');
    expect(new DeviceIdentity(storage, 'chat').deviceId).toBe(deviceId);
    expect(new DeviceIdentity(storage, 'other').deviceId).not.toBe(deviceId);
  });

  it('keeps secret and tombstone until they are taken away', () => {
    const storage = new MemoryStorage();
    const identity = new DeviceIdentity(storage, 'chat');
    expect([identity.secret, identity.tombstone]).toEqual([null, null]);
    identity.secret = 's';
    identity.tombstone = 'ana';
    const again = new DeviceIdentity(storage, 'chat');
    expect([again.secret, again.tombstone]).toEqual(['s', 'ana']);
    again.secret = null;
    again.tombstone = null;
    expect([identity.secret, identity.tombstone]).toEqual([null, null]);
  });

  it('that is forgotten is another device without a secret', () => {
    const identity = new DeviceIdentity(new MemoryStorage(), 'chat');
    const { deviceId } = identity;
    identity.secret = 's';
    identity.tombstone = 'ana';
    identity.forget();
    expect(identity.deviceId).not.toBe(deviceId);
    expect([identity.secret, identity.tombstone]).toEqual([null, null]);
  });
});
