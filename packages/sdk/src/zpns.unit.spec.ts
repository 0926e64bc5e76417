import { describe, expect, it } from 'vitest';
import { MemoryStorage } from './storage.js';
import { ZIM } from './zim.js';
import { ZPNs, type ZPNsMessage, ZPNsPushSourceType, type ZPNsRegisterMessage } from './zpns.js';

/** Nobody is logged in, and nobody listens there. */
const client = () =>
  new ZIM({ appID: 'chat', url: 'ws://127.0.0.1:9/ws', storage: new MemoryStorage(), platform: 'iphone' });
const registering = () => {
  const told: ZPNsRegisterMessage[] = [];
  const zpns = new ZPNs();
  zpns.setEventHandler({ onRegistered: (message) => void told.push(message) });
  return { zpns, told };
};

describe('registerPush', () => {
  it('without a source of tokens tells the vendor’s code', async () => {
    const { zpns, told } = registering();
    await expect(zpns.registerPush({}, client())).rejects.toMatchObject({ code: 'no-token-source' });
    expect(told).toMatchObject([{ pushID: '', errorCode: 6_000_403, pushSourceType: null }]);
  });

  it('tells the vendor’s code when the vendor gives no token, and keeps the cause', async () => {
    const { zpns, told } = registering();
    const cause = new Error('no network at the vendor');
    zpns.setTokenSource({ vendor: 'apns', get: () => Promise.reject(cause) });
    await expect(zpns.registerPush({}, client())).rejects.toMatchObject({ code: 'no-token-source', cause });
    expect(told).toMatchObject([{ errorCode: 6_000_403, pushSourceType: ZPNsPushSourceType.APNs }]);
  });

  it('needs somebody who is logged in', async () => {
    const { zpns, told } = registering();
    zpns.setTokenSource({ vendor: 'fcm', get: async () => ({ token: 't' }) });
    await expect(zpns.registerPush()).rejects.toMatchObject({ code: 'not-logged-in' });
    await expect(zpns.registerPush({}, client())).rejects.toMatchObject({ code: 'not-logged-in' });
    expect(told.map(({ errorCode }) => errorCode)).toEqual([6_000_404, 6_000_404]);
  });

  it('with FCM enabled takes a token of FCM alone', async () => {
    const { zpns } = registering();
    zpns.setPushConfig({ enableFCMPush: true });
    zpns.setTokenSource({ vendor: 'xiaomi', get: async () => ({ token: 't' }) });
    await expect(zpns.registerPush({}, client())).rejects.toMatchObject({ code: 'push-unsupported' });
  });

  it('says whose token it would have been', async () => {
    const { zpns, told } = registering();
    zpns.setPushConfig({ enableMiPush: true });
    zpns.setTokenSources([
      { vendor: 'huawei', get: async () => ({ token: 'h' }) },
      { vendor: 'xiaomi', get: async () => ({ token: 'm' }) },
    ]);
    await expect(zpns.registerPush({}, client())).rejects.toMatchObject({ code: 'not-logged-in' });
    expect(told).toMatchObject([{ pushSourceType: ZPNsPushSourceType.Xiaomi }]);
  });
});

it('unregisterPush comes after registerPush', async () => {
  await expect(new ZPNs().unregisterPush()).rejects.toMatchObject({ code: 'push-not-registered' });
});

it('a click before registerPush is held', () => {
  const zpns = new ZPNs();
  const clicked: ZPNsMessage[] = [];
  zpns.setEventHandler({ onNotificationClicked: (message) => void clicked.push(message) });
  zpns.notificationClicked({
    title: 't',
    content: 'c',
    payload: '',
    extras: {},
    pushSourceType: ZPNsPushSourceType.FCM,
  });
  expect(clicked).toEqual([]);
});
