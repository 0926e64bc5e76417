import { expect, it } from 'vitest';
import { haltedAmong, haltedText } from './halted-lines.js';

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
