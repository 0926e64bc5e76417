import { expect, test } from 'vitest';
import { FcmQuotas } from './fcm.quotas.js';
import { fcmDefaults } from './fcm.switches.js';

const minuteMs = 60_000;

test('a window begins with its first message', () => {
  const quotas = new FcmQuotas({ ...fcmDefaults, devicePerMinute: 2 });
  const startedAt = 1_000_059_999;
  expect(quotas.takeOfDevice('t', false, startedAt)).toBeNull();
  expect(quotas.takeOfDevice('t', false, startedAt + 1_000)).toBeNull();
  expect(quotas.takeOfDevice('t', false, startedAt + 2_000)).toMatchObject({
    retryAfterSeconds: 58,
    error: { errorCode: 'QUOTA_EXCEEDED' },
  });
  expect(quotas.takeOfDevice('other', false, startedAt + 2_000)).toBeNull();
  expect(quotas.takeOfDevice('t', false, startedAt + minuteMs)).toBeNull();
});

test('collapsible messages come back one by one', () => {
  const quotas = new FcmQuotas({ ...fcmDefaults, collapsibleBurst: 2 });
  const take = (atMinutes: number): boolean => quotas.takeOfDevice('t', true, atMinutes * minuteMs) === null;
  expect([take(100), take(100), take(100), take(103), take(104), take(106), take(106)]).toEqual([
    true,
    true,
    false,
    true,
    false,
    true,
    false,
  ]);
  expect(quotas.takeOfDevice('t', false, 106 * minuteMs)).toBeNull();
});

test('0 switches a limit off', () => {
  const quotas = new FcmQuotas({
    ...fcmDefaults,
    projectPerMinute: 0,
    devicePerMinute: 0,
    devicePerHour: 0,
    collapsibleBurst: 0,
  });
  for (let sent = 0; sent < 6_000; sent++)
    expect(quotas.takeOfDevice('t', true, 0) ?? quotas.takeOfProject('p', 0)).toBeNull();
});
