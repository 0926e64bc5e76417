import type { VendorName } from '@reveille/contracts/push/vendor';
import { describe, expect, it } from 'vitest';
import { chooseSource, type ZPNsConfig, type ZPNsTokenSource } from './token-source.js';

const source = (vendor: VendorName, isAvailable?: () => Promise<boolean>): ZPNsTokenSource => ({
  vendor,
  get: async () => ({ token: `of ${vendor}` }),
  ...(isAvailable !== undefined && { isAvailable }),
});
const all: readonly VendorName[] = ['huawei', 'xiaomi', 'oppo', 'honor', 'fcm'];
const chosen = async (vendors: readonly VendorName[], config: ZPNsConfig = {}) =>
  (
    await chooseSource(
      vendors.map((vendor) => source(vendor)),
      config,
    )
  ).vendor;

describe('which vendor gives the token', () => {
  it.each([
    [{}, 'huawei'],
    [{ enableMiPush: true }, 'xiaomi'],
    [{ enableOppoPush: true, enableMiPush: true }, 'xiaomi'],
    [{ enableHWPush: false }, 'xiaomi'],
    [{ enableHWPush: true }, 'huawei'],
    [{ enableFCMPush: true, enableHWPush: true }, 'fcm'],
    [{ enableFCMPush: false, enableOppoPush: true }, 'oppo'],
  ] as const)('%j: %s', async (config, vendor) => {
    expect(await chosen(all, config)).toBe(vendor);
  });

  it('is Honor with Huawei’s switch, as in the model', async () => {
    expect(await chosen(['xiaomi', 'honor'], { enableHWPush: true })).toBe('honor');
  });

  it('is the platform’s own whatever is switched', async () => {
    expect(await chosen(['apns'], { enableMiPush: true })).toBe('apns');
    expect(await chosen(['webpush'], { enableFCMPush: true })).toBe('webpush');
  });

  it('is the first that the phone has', async () => {
    const no = async () => false;
    const broken = async () => {
      throw new Error('no such service');
    };
    const sources = [source('huawei', no), source('xiaomi', broken), source('oppo', async () => true)];
    expect((await chooseSource(sources, {})).vendor).toBe('oppo');
    await expect(chooseSource(sources.slice(0, 2), {})).rejects.toMatchObject({
      code: 'no-token-source',
      message: 'this phone has none of huawei, xiaomi',
      cause: { message: 'no such service' },
    });
  });

  it('is none where all are switched off', async () => {
    await expect(chosen(['oppo'], { enableOppoPush: false })).rejects.toMatchObject({
      code: 'push-unsupported',
      message: 'setPushConfig enables none of oppo',
    });
    await expect(chosen(['xiaomi', 'oppo'], { enableFCMPush: true })).rejects.toMatchObject({
      code: 'push-unsupported',
    });
    await expect(chosen([])).rejects.toMatchObject({ code: 'no-token-source' });
  });
});
