import { type TimelineEntry, timelineEntrySchema } from '@reveille/contracts/ask/router';
import { expect, it } from 'vitest';
import { attempted, closed, settled } from '../testing/log-entries.js';
import type { LogEntry } from '../audit/log-entry.js';
import { printWaiting, tellWaiting } from './tell-waiting.js';

const entry = ({ type, data }: LogEntry): TimelineEntry =>
  timelineEntrySchema.parse({ type, data, at: 1, position: 1 });
const halted = { app: 'demo', vendor: 'apns', cause: 'InvalidProviderToken', sinceAt: 0 };
const waiting = (log: readonly LogEntry[], now = 10, lines = [halted]) =>
  tellWaiting(log.map(entry), 'demo', lines, now).map(printWaiting);

it('names the halted line that a decided push waits for', () => {
  expect(waiting([settled('m1')])).toEqual([
    'waiting: bob/d1: apns of demo is halted: InvalidProviderToken since 1970-01-01T00:00:00.000Z',
  ]);
});
it('else says what the last attempt said, or that there was none', () => {
  expect(waiting([settled('m1'), attempted('m1', {}, 'deferred')], 10, [])).toEqual([
    'waiting: bob/d1: deferred(no-answer) [cut]',
  ]);
  expect(waiting([settled('m1')], 10, [])).toEqual(['waiting: bob/d1: apns has not answered yet']);
  expect(waiting([settled('m1')], 10, [{ ...halted, app: 'other' }])).toEqual([
    'waiting: bob/d1: apns has not answered yet',
  ]);
});
it('says nothing of a push that has ended, was closed, is past its time, or was never decided', () => {
  for (const log of [
    [settled('m1'), attempted('m1')],
    [settled('m1'), closed('m1')],
    [settled('m1', 'withheld')],
  ])
    expect(waiting(log)).toEqual([]);
  expect(waiting([settled('m1')], 5_000)).toEqual([]);
});
