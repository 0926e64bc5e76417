import { expect, it } from 'vitest';
import { haltedAmong, haltedText, quotasAmong } from './halted-lines.js';

it('reads halted lines, and nothing else, out of a readiness page', () => {
  const halted = haltedAmong([
    { name: 'nats', isOk: true, detail: '', sinceAt: 1 },
    {
      name: 'apns of demo',
      isOk: false,
      detail: 'credential refused: InvalidProviderToken',
      sinceAt: 1_700_000_000_000,
    },
    { name: 'consumer push-apns-normal-demo', isOk: false, detail: 'it does not exist yet', sinceAt: 1 },
  ]);
  expect(halted.map(haltedText)).toEqual([
    'apns of demo is halted: InvalidProviderToken since 2023-11-14T22:13:20.000Z',
  ]);
});

it('says what a line is shut for when it is not the credential', () => {
  const [line] = haltedAmong([{ name: 'fcm of shop', isOk: false, detail: 'vendor out: 503', sinceAt: 0 }]);
  expect(line && haltedText(line)).toBe(
    'fcm of shop is halted: vendor out: 503 since 1970-01-01T00:00:00.000Z',
  );
});

it('reads quotas, spent or not', () => {
  const part = { name: 'quota marketing of xiaomi of shop', isOk: true, detail: '3 taken of 9', sinceAt: 0 };
  expect(quotasAmong([part, { ...part, name: 'nats' }, { ...part, isOk: false }])).toEqual([
    { app: 'shop', vendor: 'xiaomi', quota: 'marketing', isSpent: false, detail: '3 taken of 9' },
    { app: 'shop', vendor: 'xiaomi', quota: 'marketing', isSpent: true, detail: '3 taken of 9' },
  ]);
});
