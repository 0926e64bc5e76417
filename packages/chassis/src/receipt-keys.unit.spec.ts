import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createReceiptKeys } from './receipt-keys.js';

const line = () => randomBytes(32).toString('base64');
const messageId = '019ab2c4-5e6f-7abc-8def-0123456789ab';
const secretIn = (path: string) => path.split('/').at(-1) ?? '';

describe('addresses of receipts', () => {
  const keys = createReceiptKeys(line());
  it('are of one app and vendor each', () => {
    const secret = secretIn(keys.pathOf('shop', 'fcm'));
    expect(secret).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(keys.isSecretOf('shop', 'fcm', secret)).toBe(true);
    for (const [app, vendor, given] of [
      ['cafe', 'fcm', secret],
      ['shop', 'apns', secret],
      ['shop', 'fcm', `${secret}a`],
      ['shop', 'fcm', ''],
    ] as const)
      expect(keys.isSecretOf(app, vendor, given)).toBe(false);
  });
});

describe('the word that names a message', () => {
  const keys = createReceiptKeys(line());
  it('comes back as that message', () => {
    const param = keys.paramOf('shop', 'fcm', messageId) ?? '';
    expect(param.length).toBeLessThanOrEqual(50);
    expect(keys.messageIdIn('shop', 'fcm', param)).toBe(messageId);
  });
  it('is not made for an id that is too long for it', () => {
    expect(keys.paramOf('shop', 'fcm', 'm'.repeat(37))?.length).toBe(50);
    expect(keys.paramOf('shop', 'fcm', 'm'.repeat(38))).toBeNull();
  });
  it.each([
    ['of another app', (param: string) => keys.messageIdIn('cafe', 'fcm', param)],
    ['of another message', (param: string) => keys.messageIdIn('shop', 'fcm', `x${param}`)],
    ['without its proof', () => keys.messageIdIn('shop', 'fcm', messageId)],
    ['that is empty', () => keys.messageIdIn('shop', 'fcm', '')],
  ])('%s names none', (_, read) => {
    expect(read(keys.paramOf('shop', 'fcm', messageId) ?? '')).toBeNull();
  });
});

describe('while keys rotate', () => {
  it('what the former key made still counts', () => {
    const [old, fresh] = [line(), line()];
    const before = createReceiptKeys(old);
    const after = createReceiptKeys(`# new first\n${fresh}\n${old}\n`);
    expect(after.isSecretOf('shop', 'fcm', secretIn(before.pathOf('shop', 'fcm')))).toBe(true);
    expect(after.messageIdIn('shop', 'fcm', before.paramOf('shop', 'fcm', messageId) ?? '')).toBe(messageId);
    expect(after.pathOf('shop', 'fcm')).not.toBe(before.pathOf('shop', 'fcm'));
  });
  it.each(['', 'AAAA', `${line()}\n${line()}\n${line()}`])('a file that is none is refused', (text) =>
    expect(() => createReceiptKeys(text)).toThrow(/receipt key file/),
  );
});
