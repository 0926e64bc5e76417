import { expect, test } from 'vitest';
import { readSend } from './fcm.validate.js';

type Json = Record<string, unknown>;

function refusalOf(message: Json): string {
  const read = readSend(JSON.stringify({ message: { token: 't', ...message } }));
  if ('send' in read) return 'good';
  const { errorCode, details } = read.error;
  const [violation] = (details[0]?.['fieldViolations'] ?? []) as { field: string }[];
  return `${errorCode ?? '-'} ${violation?.field ?? ''}`.trim();
}

test.each<[string, Json, string]>([
  ['a notification', { notification: { title: 'a', body: 'b' } }, 'good'],
  ['an unknown field', { shout: 1 }, '- message'],
  ['an unknown field below', { android: { notification: { shout: 1 } } }, '- message.android.notification'],
  ['null is a field that is not set', { notification: null }, 'good'],
  ['a list in place of an object', { notification: [] }, '- message.notification'],
  ['data of numbers', { data: { a: 1 } }, '- message.data[0].value'],
  ['data that is a list', { data: ['a'] }, '- message.data'],
  ['android data of numbers', { android: { data: { a: 'x', b: 1 } } }, '- message.android.data[1].value'],
  ['ttl without unit', { android: { ttl: '60' } }, '- message.android.ttl'],
  ['ttl as a number', { android: { ttl: 60 } }, '- message.android.ttl'],
  ['ttl of four weeks', { android: { ttl: '2419200s' } }, 'good'],
  ['ttl above', { android: { ttl: '2419200.5s' } }, 'INVALID_ARGUMENT message.android.ttl'],
  ['priority in lower case', { android: { priority: 'high' } }, 'good'],
  ['priority 10', { android: { priority: '10' } }, '- message.android.priority'],
  ['a count as text', { android: { notification: { notification_count: '3' } } }, 'good'],
  [
    'a count that is no number',
    { android: { notification: { notification_count: 'many' } } },
    '- message.android.notification.notification_count',
  ],
  [
    'a wrong duration in a list',
    { android: { notification: { vibrate_timings: ['1s', 'x'] } } },
    '- message.android.notification.vibrate_timings[1]',
  ],
  [
    'a time without zone',
    { android: { notification: { event_time: '2030-01-02T03:04:05' } } },
    '- message.android.notification.event_time',
  ],
  ['reserved: google prefix', { data: { googleplay: 'x' } }, 'INVALID_ARGUMENT message.data'],
  ['not reserved: fromage', { data: { fromage: 'x' } }, 'good'],
  ['camel case', { fcmOptions: { analyticsLabel: 'x' } }, 'good'],
  ['any object as APNs payload', { apns: { payload: { aps: {}, x: [1, { y: null }] } } }, 'good'],
])('%s', (_name, message, expected) => {
  expect(refusalOf(message)).toBe(expected);
});

test('each platform is measured by its own words', () => {
  const data = { k: 'x'.repeat(4_000) };
  expect(refusalOf({ data, notification: { title: 'y'.repeat(80) } })).toBe('good');
  expect(refusalOf({ data, notification: { title: 'y'.repeat(100) } })).toBe('INVALID_ARGUMENT message');
  // Android data lies over the common data: what is replaced does not count there, and still counts for others.
  expect(refusalOf({ data: { k: 'x' }, android: { data: { k: 'x'.repeat(4_096) } } })).toBe(
    'INVALID_ARGUMENT message',
  );
});

test('every violation is named at once', () => {
  const read = readSend(
    JSON.stringify({ message: { token: 't', shout: 1, notification: { title: 1, body: 2 } } }),
  );
  expect('error' in read && read.error.details[0]?.['fieldViolations']).toHaveLength(3);
});

test('what is nested without end is refused and hurts nobody', () => {
  const deep = `{"message":{"token":"t","apns":{"payload":{"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}}}}`;
  expect(readSend(deep)).toMatchObject({ error: { code: 400, errorCode: null } });
  expect(readSend(`{"message":{"token":${'['.repeat(20_000)}`)).toMatchObject({ error: { code: 400 } });
});
