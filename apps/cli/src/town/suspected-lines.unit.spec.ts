import { expect, it } from 'vitest';
import { suspectedAmong, suspectedText } from './suspected-lines.js';

const part = (name: string, isOk: boolean, detail: string) => ({ name, isOk, detail, sinceAt: 0 });

it('finds suspected lines among the parts of presence', () => {
  const detail = 'suspected: 60 of 100 pushes condemned their token';
  const lines = suspectedAmong([
    part('postgres', true, ''),
    part('fcm tokens of demo', false, detail),
    part('apns tokens of other', false, 'something else'),
  ]);
  expect(lines.map(suspectedText)).toEqual([
    'fcm tokens of demo are suspected: 60 of 100 pushes condemned their token, since 1970-01-01T00:00:00.000Z: none is deleted',
  ]);
});
