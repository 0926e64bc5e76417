import { expect, test } from 'vitest';
import { readFcmPush } from './fcm.push.js';
import { readSend } from './fcm.validate.js';

const now = 1_760_000_000_000;
const phone = (platform: string) => ({ details: { platform }, bundle: 'org.example.chat' });
function got(platform: string, message: object) {
  const read = readSend(JSON.stringify({ message: { token: 't', ...message } }));
  if ('error' in read) throw new Error(JSON.stringify(read.error));
  return readFcmPush(read.send, phone(platform), 'v1', now, true);
}

const message = {
  notification: { title: 'Ann', body: 'hello' },
  android: { ttl: '60s', notification: { tag: 'a' } },
  webpush: { headers: { TTL: '30', Urgency: 'high' }, notification: { tag: 'w' } },
  apns: { headers: { 'apns-expiration': '1760000010', 'apns-collapse-id': 'i' } },
};

test.each([
  ['android', { tag: 'a', collapseId: null, expiresAt: now + 60_000, storageKey: 'org.example.chat' }],
  ['web', { tag: 'w', collapseId: null, expiresAt: now + 30_000, storageKey: null }],
  ['ios', { tag: null, collapseId: 'i', expiresAt: now + 10_000, storageKey: 'org.example.chat' }],
] as const)('%s goes by its own block', (platform, expected) => {
  expect(got(platform, message)).toMatchObject({ title: 'Ann', body: 'hello', ...expected });
});

test.each(['android', 'web', 'ios'] as const)(
  'without a time to live %s keeps it for four weeks',
  (platform) => {
    expect(got(platform, { notification: { title: 'Ann' } }).expiresAt).toBe(now + 2_419_200_000);
  },
);

test('a time to live that is no number of seconds is none; 0 is now or never', () => {
  const ttl = (TTL: string) => got('web', { ...message, webpush: { headers: { TTL } } }).expiresAt;
  expect([ttl('soon'), ttl('9999999'), ttl('0')]).toEqual([now + 2_419_200_000, now + 2_419_200_000, 0]);
});
